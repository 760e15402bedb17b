"""The desk's calendars elsewhere: which are connected and how each is doing, and what can be done with one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import User
from bookings.calendars import conflicts, connecting, finding, health
from bookings.calendars.access import connection_managed_by, connections_managed_by
from bookings.calendars.connecting import Copies, Wish
from bookings.calendars.writers import WRITERS
from bookings.models.calendars import Connection
from kernel.errors import Refused
from schemas.clock import database_now

BAD_REQUEST = 400
LIST, ONE = "calendars", "calendar"
TONES = {
    "ok": "badge-success",
    "failing": "badge-warning",
    "dead": "badge-error",
    "paused": "badge-neutral",
    "leaving": "badge-neutral",
}


class DirectionForm(DressedForm):
    """What a calendar is for: its name here, and which way it goes."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    pushes = forms.BooleanField(label=gettext_lazy("Write bookings into this calendar"), required=False)
    pulls = forms.BooleanField(label=gettext_lazy("Block times at which this calendar is busy"), required=False)

    def __init__(self, *args: Any, may_push: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_push:
            del self.fields["pushes"]
        for name in {"pushes", "pulls"} & self.fields.keys():
            self.fields[name].widget.attrs["class"] = "checkbox"


class LeavingForm(DressedForm):
    """What becomes of our events in a calendar that is disconnected."""

    copies = forms.ChoiceField(
        label=gettext_lazy("Bookings in this calendar"),
        choices=[
            (Copies.KEEP.value, gettext_lazy("Leave them there")),
            (Copies.DELETE.value, gettext_lazy("Take out those that are to come")),
        ],
        initial=Copies.KEEP.value,
    )


@staff_only
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    """All connections that the caller looks after, and how to make another."""
    rows = connecting.with_figures(connections_managed_by(request.user)).order_by("pk")
    offered = set(finding.offered())
    context = {
        "rows": [_row(connection) for connection in rows],
        "offered": [(name, Connection.Provider(name).label) for name in finding.ISSUERS if name in offered],
        "missing": [Connection.Provider(name).label for name in finding.ISSUERS if name not in offered],
        "conflicts_count": conflicts.open_of(conflicts.seen_by(request.user)).count(),
        "now": database_now(),
    }
    return render(request, "calendars/list.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, connection_id: int) -> HttpResponse:
    """One connection: how it is doing, and what it is for."""
    connection = connection_managed_by(request.user, connection_id)
    may_push = connection.provider in WRITERS
    if request.method != "POST":
        initial = {"name": connection.name, "pushes": connection.pushes, "pulls": connection.pulls}
        return _page(request, connection, DirectionForm(initial=initial, may_push=may_push))
    form = DirectionForm(request.POST, may_push=may_push)
    if form.is_valid():
        sent = form.cleaned_data
        wish = Wish(connection.venue, connection.resource, sent.get("pushes", False), sent["pulls"], sent["name"])
        try:
            connecting.change(connection.pk, wish)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect(ONE, connection.pk)
    return _page(request, connection, form, BAD_REQUEST)


@staff_only
@require_POST
def pause(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Leave it alone for a while."""
    connecting.pause(connection_managed_by(request.user, connection_id).pk)
    messages.success(request, _("Paused. What was read from this calendar goes on blocking times."))
    return redirect(ONE, connection_id)


@staff_only
@require_POST
def resume(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Go on."""
    connecting.resume(connection_managed_by(request.user, connection_id).pk)
    messages.success(request, _("On again. What happened meanwhile is made up for now."))
    return redirect(ONE, connection_id)


@staff_only
@require_POST
def test(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Ask the calendar now."""
    connection = connection_managed_by(request.user, connection_id)
    try:
        connecting.test(connection)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        is_asked = connection.provider in WRITERS
        messages.success(request, _("The calendar answers.") if is_asked else _("The address is read again now."))
    return redirect(ONE, connection_id)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Give a calendar up, after saying what becomes of the bookings in it."""
    connection = connection_managed_by(request.user, connection_id)
    form = LeavingForm(request.POST) if request.method == "POST" else LeavingForm()
    if form.is_bound and form.is_valid():
        connecting.disconnect(connection.pk, Copies(form.cleaned_data["copies"]))
        messages.success(request, _("%(name)s is disconnected.") % {"name": connection.name})
        return redirect(LIST)
    context = {"connection": connection, "form": form}
    return render(request, "calendars/disconnect.html", context, status=BAD_REQUEST if form.is_bound else 200)


def _page(request: HttpRequest, connection: Connection, form: DirectionForm, status: int = 200) -> HttpResponse:
    shown = connecting.with_figures(Connection.objects.filter(pk=connection.pk))
    row = _row(shown.select_related("venue", "resource__venue").get())
    return render(request, "calendars/one.html", {"row": row, "form": form, "now": database_now()}, status=status)


def _row(connection: Connection) -> dict[str, Any]:
    place = connection.resource or connection.venue
    assert place is not None
    venue = connection.resource.venue if connection.resource else connection.venue
    assert venue is not None
    return {
        "connection": connection,
        "place": f"{place.name}, {venue.name}" if connection.resource else place.name,
        "tone": TONES[connection.state],
        "trouble": health.words_of(connection.last_error),
        "by_sign_in": connection.provider in finding.ISSUERS,
        "by_password": connection.provider == Connection.Provider.CALDAV,
        "by_address": connection.provider == Connection.Provider.ICS,
        "zone": venue.time_zone,
    }


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the doors see to it that somebody is."""
    assert isinstance(request.user, User)
    return request.user
