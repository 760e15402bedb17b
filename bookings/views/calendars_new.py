"""Connecting a calendar elsewhere: by password, by address, or by signing in at its provider and coming back (T27)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.doors import open_to_all, staff_only
from accounts.forms import DressedForm
from accounts.models import User
from bookings.calendars import connecting, finding, linking
from bookings.calendars.access import connection_managed_by, place_managed_by
from bookings.calendars.connecting import Wish
from bookings.models.calendars import LONGEST_URL, Connection
from bookings.views.calendars import BAD_REQUEST, LIST, ONE, DirectionForm, user_of
from kernel.errors import Refused
from rest.fields import whole
from venues.access import check_manager, resources_managed_by, venues_managed_by

CHOOSE = "calendar-choose"


class PasswordForm(DressedForm):
    """Name and password at a CalDAV server."""

    username = forms.CharField(label=gettext_lazy("User name"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("App password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Make one for us in your account's settings; your own password stays yours."),
    )


class LoginForm(PasswordForm):
    """Where a CalDAV server is, and who signs in there."""

    url = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("iCloud: https://caldav.icloud.com · Fastmail: https://caldav.fastmail.com"),
    )
    field_order = ["url", "username", "password"]


class PlaceForm(DirectionForm):
    """What a calendar is for: a venue or a resource, and which way it goes."""

    place = forms.ChoiceField(label=gettext_lazy("For"))
    field_order = ["calendar", "url", "place", "pushes", "pulls", "name"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        venues = [(f"venue:{venue.pk}", venue.name) for venue in venues_managed_by(user)]
        rows = resources_managed_by(user).filter(is_active=True).select_related("venue").order_by("venue", "name")
        resources = [(f"resource:{row.pk}", f"{row.name}, {row.venue.name}") for row in rows]
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            (_("One resource"), resources),
            (_("All of a venue"), venues),
        ]

    def wish(self) -> Wish:
        """What was filled in; raises `Refused` for what is not the caller's."""
        kind, _colon, number = self.cleaned_data["place"].partition(":")
        ids = {"venue_id": None, "resource_id": None, f"{kind}_id": int(number)}
        venue, resource = place_managed_by(self.user, **ids)
        sent = self.cleaned_data
        return Wish(venue, resource, sent.get("pushes", False), sent["pulls"], sent["name"])


class AddressForm(PlaceForm):
    """An address at which a calendar can be read."""

    url = forms.CharField(
        label=gettext_lazy("Address of the calendar"),
        max_length=LONGEST_URL,
        help_text=gettext_lazy(
            "It ends in .ics as a rule. Who has it can read the calendar, so we keep it to ourselves."
        ),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, may_push=False, **kwargs)
        self.fields["pulls"].initial = True


class ChoiceForm(PlaceForm):
    """Which calendar of an account, and what for."""

    calendar = forms.ChoiceField(label=gettext_lazy("Calendar"))

    def __init__(self, user: User, found: finding.Found, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["calendar"].choices = [  # type: ignore[attr-defined]
            (each.remote_id, each.name if each.is_writable else _("%(name)s (read only)") % {"name": each.name})
            for each in found.choices
        ]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def by_password(request: HttpRequest) -> HttpResponse:
    """Sign in at a CalDAV server; then one of its calendars is chosen."""
    check_manager(request.user)
    form = LoginForm(request.POST) if request.method == "POST" else LoginForm()
    if form.is_bound and form.is_valid():
        try:
            linking.keep(request.session, finding.discover(**form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            return redirect(CHOOSE)
    context = {"form": form, "title": _("Connect a calendar by CalDAV"), "button": _("Look for calendars")}
    return render(request, "calendars/form.html", context, status=BAD_REQUEST if form.is_bound else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def by_address(request: HttpRequest) -> HttpResponse:
    """Read busy times from an address."""
    check_manager(request.user)
    user = user_of(request)
    form = AddressForm(user, request.POST) if request.method == "POST" else AddressForm(user)
    if form.is_bound and form.is_valid():
        try:
            made = connecting.subscribe(form.cleaned_data["url"], form.wish(), user.pk)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Connected. The calendar is read now, and every 15 minutes from now on."))
            return redirect(ONE, made.pk)
    context = {"form": form, "title": _("Read a calendar from its address"), "button": _("Connect")}
    return render(request, "calendars/form.html", context, status=BAD_REQUEST if form.is_bound else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose one of the calendars of an account that was opened, and what it is for."""
    check_manager(request.user)
    user, found = user_of(request), linking.opened(request.session)
    form = ChoiceForm(user, found, request.POST or None, initial={"pushes": True, "pulls": True})
    if form.is_bound and form.is_valid():
        try:
            made = connecting.connect(found, form.cleaned_data["calendar"], form.wish(), user.pk)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            linking.forget(request.session)
            messages.success(request, _("%(name)s is connected.") % {"name": made.name})
            return redirect(ONE, made.pk)
    context = {
        "form": form if found.choices else None,
        "account": found.account,
        "title": _("Which calendar, and what for?"),
        "button": _("Connect"),
    }
    return render(request, "calendars/form.html", context, status=BAD_REQUEST if form.is_bound else 200)


@staff_only
@require_POST
def leave(request: HttpRequest, provider: str) -> HttpResponse:
    """Off to the provider's pages, by a page in between: a form's answer must not lead to another site (our policy)."""
    check_manager(request.user)
    again = whole(request.POST.get("again", ""))
    connection = connection_managed_by(request.user, again) if again is not None else None
    url = linking.leave(provider, request.session, user_of(request).pk, connection.pk if connection else 0)
    context = {"url": url, "provider": Connection.Provider(provider).label}
    return render(request, "calendars/leaving.html", context)


@open_to_all("people come back here from Google and Microsoft; the signed state says where they belong")
@never_cache
@require_GET
def returned_to_platform(request: HttpRequest, provider: str) -> HttpResponse:
    """At the platform's host: on to the tenant that sent them, which looks at who it is."""
    brought = {name: request.GET.get(name, "") for name in ("code", "error")}
    return redirect(linking.landing(provider, request.GET.get("state", ""), brought))


@staff_only
@require_GET
def returned(request: HttpRequest, provider: str) -> HttpResponse:
    """At the tenant's host: the account of who left from here in this session."""
    check_manager(request.user)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    try:
        found, again = linking.arrive(provider, request.session, user_of(request).pk, state, code)
        if again:
            connecting.again(connection_managed_by(request.user, again).pk, found)
            messages.success(request, _("Connected again. What happened meanwhile is made up for now."))
            return redirect(ONE, again)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect(LIST)
    linking.keep(request.session, found)
    return redirect(CHOOSE)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Another password for a calendar that does not take the old one."""
    connection = connection_managed_by(request.user, connection_id)
    form = (
        PasswordForm(request.POST)
        if request.method == "POST"
        else PasswordForm(initial={"username": connection.account})
    )
    if form.is_bound and form.is_valid():
        try:
            found = finding.discover(url=connection.remote_id, **form.cleaned_data)
            connecting.again(connection.pk, found)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Connected again. What happened meanwhile is made up for now."))
            return redirect(ONE, connection.pk)
    context = {"form": form, "title": connection.name, "button": _("Connect again")}
    return render(request, "calendars/form.html", context, status=BAD_REQUEST if form.is_bound else 200)
