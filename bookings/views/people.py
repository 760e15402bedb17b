"""How many come, and who: a customer changes the number with its price shown first, and keeps the list of names."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from accounts.forms import DressedForm
from bookings import changes, participants
from bookings.agreed import Change
from bookings.models import Booking
from bookings.participants import Person
from bookings.states import State
from bookings.views.consent import actor_of, as_shown, can_change, number, revision_of, told
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.moving import changed, elsewhere
from kernel.errors import Away, Busy, Refused, TooMany
from rest.errors import status_of
from schemas.clock import database_now

MOST_ROWS = 300
"""Names on one page: a form has a thousand fields at most."""
SPARE_ROWS = 4


class PersonForm(DressedForm):
    """Somebody who comes along."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address (optional)"), max_length=254, required=False)

    def clean(self) -> dict[str, str]:
        """An address needs a name."""
        if self.cleaned_data.get("email") and not self.cleaned_data.get("name"):
            self.add_error("name", _("Please say whose address this is."))
        return self.cleaned_data

    @property
    def person(self) -> Person | None:
        """Of a valid form; None for an empty row."""
        name = self.cleaned_data.get("name", "")
        return Person(name, self.cleaned_data.get("email", "")) if name else None


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def people(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """A GET with `people` previews another number, a POST confirms it, or keeps the list of names."""
    booking, now = booking_of(request, booking_id, token), database_now()
    if booking.state == State.HELD or not can_change(booking, now):
        return elsewhere(request, booking, token)
    if request.method == "POST":
        return _named(request, booking, token) if "names" in request.POST else _counted(request, booking, token)
    return _page(request, booking, token, number(request.GET.get("people", "")))


def _counted(request: HttpRequest, booking: Booking, token: str) -> HttpResponse:
    wanted = number(request.POST.get("people", ""))
    if wanted is None:
        return _page(request, booking, token, None)
    change = Change(participants=wanted, revision=revision_of(request.POST.get("revision", "")))
    try:
        done = as_shown(booking, change, actor_of(request, booking), request.POST.get("shown", ""))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy | TooMany):
            raise
        fresh = booking_of(request, booking.pk, token)
        if fresh.participants == wanted:
            return redirect(path_of("booking-people", booking.pk, token))
        return _page(request, fresh, token, wanted, refusal)
    return changed(request, done.booking, token)


def _named(request: HttpRequest, booking: Booking, token: str) -> HttpResponse:
    rows = min(_rows(request.POST.get("rows", "")), MOST_ROWS)
    listed = [PersonForm(request.POST, prefix=str(index)) for index in range(rows)]
    if not all([form.is_valid() for form in listed]):  # noqa: C419 - every row says what is wrong with it
        return _page(request, booking, token, None, listed=listed)
    if "more" in request.POST:
        return _page(request, booking, token, None, listed=[*listed, *_spare(rows, booking)])
    found = [form.person for form in listed if form.person]
    try:
        participants.write(booking, found, actor_of(request, booking))
    except Refused as refusal:
        return _page(request, booking, token, None, refusal, listed)
    messages.success(request, _("The list is kept."))
    return redirect(path_of("booking-people", booking.pk, token))


def _rows(text: str) -> int:
    return number(text, least=0) or 0


def _spare(start: int, booking: Booking) -> list[PersonForm]:
    end = min(start + SPARE_ROWS, booking.participants, MOST_ROWS)
    return [PersonForm(prefix=str(index)) for index in range(start, end)]


def _listed(booking: Booking) -> list[PersonForm]:
    known = participants.people_of(booking)[:MOST_ROWS]
    rows = [
        PersonForm(prefix=str(index), initial={"name": person.name, "email": person.email})
        for index, person in enumerate(known)
    ]
    return [*rows, *_spare(len(rows), booking)]


def _page(
    request: HttpRequest,
    booking: Booking,
    token: str,
    wanted: int | None,
    refusal: Refused | None = None,
    listed: list[PersonForm] | None = None,
) -> HttpResponse:
    found, now = None, database_now()
    if wanted is not None and wanted != booking.participants:
        try:
            actor = actor_of(request, booking)
            found = told(booking, changes.preview(booking, Change(participants=wanted), actor), actor, now)
        except Refused as no:
            refusal = refusal or no
    rows = _listed(booking) if listed is None else listed
    has_errors = any(form.errors for form in rows if form.is_bound)
    context = {
        "booking": booking,
        "resource": booking.resource,
        "token": token,
        "people": wanted or booking.participants,
        "told": found,
        "refusal": refusal,
        "rows": rows,
        "has_errors": has_errors,
        "may_have_more": len(rows) < min(booking.participants, MOST_ROWS),
    }
    status = status_of(refusal) if refusal else 400 if has_errors else 200
    return render(request, "bookings/people.html", context, status=status)
