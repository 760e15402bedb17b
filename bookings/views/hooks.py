"""The desk's webhooks: the list, a new one, one of them with its log and all that can be done to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import User
from bookings.hooks import endpoints, kinds
from bookings.hooks.endpoints import Wish
from bookings.hooks.pruning import KEPT_DAYS
from bookings.models import WebhookDelivery, WebhookEndpoint
from bookings.models.hooks import LONGEST_URL
from kernel.errors import Refused
from schemas.clock import database_now
from venues.access import venues_managed_by

BAD_REQUEST = 400
PER_PAGE = 25
LIST, ONE = "webhooks", "webhook"


class EndpointForm(DressedForm):
    """What an endpoint is to be."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("It begins with https:// and is reached from the internet."),
    )
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=120, required=False)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("What it is told"),
        choices=list(kinds.EVERY.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    venues = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Venues"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list(venues_managed_by(user).order_by("name").values_list("pk", "name"))
        self.fields["venues"].choices = places  # type: ignore[attr-defined]
        for name in ("types", "venues"):
            self.fields[name].widget.attrs["class"] = "checkbox checkbox-sm"

    def wish(self) -> Wish:
        """What was filled in."""
        return Wish(**{name: self.cleaned_data[name] for name in ("url", "description", "types", "venues")})


@staff_only
@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """All endpoints that the caller may look after."""
    rows = endpoints.with_figures(endpoints.seen_by(_user(request))).order_by("pk")
    return render(request, "hooks/list.html", {"endpoints": rows})


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new endpoint; its secret is on the page that answers, and nowhere else."""
    user = _user(request)
    endpoints.seen_by(user)
    form = EndpointForm(user, request.POST or None, initial={"types": list(kinds.STANDARD)})
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form)
    try:
        made, secret = endpoints.make(user, form.wish())
    except Refused as refusal:
        form.add_error("url" if "errors" in refusal.extra else None, refusal.detail)
        return _form_page(request, form)
    return _page(request, made.pk, secret)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Another address, description, types or venues."""
    user = _user(request)
    endpoint = endpoints.one(user, endpoint_id)
    before = {name: getattr(endpoint, name) for name in ("url", "description", "types", "venues")}
    before["types"] = before["types"] or list(kinds.STANDARD)
    form = EndpointForm(user, request.POST or None, initial=before)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, endpoint)
    try:
        endpoints.change(user, endpoint_id, form.wish())
    except Refused as refusal:
        form.add_error("url" if "errors" in refusal.extra else None, refusal.detail)
        return _form_page(request, form, endpoint)
    messages.success(request, _("Saved."))
    return redirect(ONE, endpoint_id)


@staff_only
@require_safe
def webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint with what it was told."""
    return _page(request, endpoint_id)


@staff_only
@never_cache
@require_POST
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, on the page that answers."""
    _endpoint, secret = endpoints.rotate(_user(request), endpoint_id)
    return _page(request, endpoint_id, secret)


@staff_only
@require_POST
def remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Remove it with its log."""
    endpoints.remove(_user(request), endpoint_id)
    messages.success(request, _("The webhook is removed."))
    return redirect(LIST)


@staff_only
@require_POST
def test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Have a test sent."""
    return _done(request, endpoint_id, endpoints.test, _("A test is on its way. Look at the log in a moment."))


@staff_only
@require_POST
def pause(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send nothing for now."""
    return _done(request, endpoint_id, endpoints.pause, _("Paused. What happens waits until you enable it."))


@staff_only
@require_POST
def enable(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again."""
    return _done(request, endpoint_id, endpoints.enable, _("Enabled. What waited goes now."))


@staff_only
@require_POST
def replay_failed(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again all that was not taken and is still in the log."""
    since = database_now() - timedelta(days=KEPT_DAYS)

    def again(user: User, pk: int) -> None:
        count = endpoints.replay_failed(user, pk, since)
        said = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count)
        messages.success(request, said % {"count": count})

    return _done(request, endpoint_id, again)


@staff_only
@require_POST
def replay(request: HttpRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send one message again."""

    def again(user: User, _pk: int) -> None:
        endpoints.replay(user, delivery_id)

    return _done(request, endpoint_id, again, _("It is sent again, with the same id."))


def _done(request: HttpRequest, endpoint_id: int, act: Callable[[User, int], object], said: str = "") -> HttpResponse:
    try:
        act(_user(request), endpoint_id)
    except Refused as refusal:
        if refusal.code != "endpoint_disabled":
            raise
        messages.error(request, refusal.detail)
    else:
        if said:
            messages.success(request, said)
    return redirect(ONE, endpoint_id)


def _page(request: HttpRequest, endpoint_id: int, secret: str = "") -> HttpResponse:
    user = _user(request)
    endpoint = endpoints.one(user, endpoint_id)
    log = endpoints.deliveries(user).filter(endpoint=endpoint)
    state = request.GET.get("state", "")
    if state in WebhookDelivery.State.values:
        log = log.filter(state=state)
    context = {
        "endpoint": endpoint,
        "secret": secret,
        "types": [(name, kinds.EVERY[name]) for name in endpoint.types or kinds.STANDARD],
        "venues": venues_managed_by(user).filter(pk__in=endpoint.venues).order_by("name"),
        "page": Paginator(log, PER_PAGE).get_page(request.GET.get("page")),
        "states": WebhookDelivery.State.choices,
        "state": state,
        "query": f"state={state}&" if state in WebhookDelivery.State.values else "",
        "kept_days": KEPT_DAYS,
    }
    return render(request, "hooks/one.html", context)


def _form_page(request: HttpRequest, form: EndpointForm, endpoint: WebhookEndpoint | None = None) -> HttpResponse:
    status = BAD_REQUEST if form.errors else 200
    return render(request, "hooks/form.html", {"form": form, "endpoint": endpoint}, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
