"""The team changes a booking: when, where, for how many, with what. Shown first, done as it was shown."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import changes, overrides
from bookings.agreed import Change
from bookings.facts import Reason
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import LIVE
from bookings.views.adding import AnswersForm
from bookings.views.consent import Told, as_shown, revision_of, told
from bookings.views.file_forms import RULES
from bookings.views.options import OptionsForm
from desk.booking import found
from desk.calendar.forms import MoveForm
from desk.callers import staff
from kernel.errors import Away, Busy, Refused
from rest.errors import status_of
from rest.fields import SMALLINT_MAX
from schemas.clock import database_now


class ChangeForm(MoveForm):
    """Place, time and people; rules that are in the way are set aside with a reason."""

    people = forms.IntegerField(label=gettext_lazy("People"), min_value=1, max_value=SMALLINT_MAX)
    aside = forms.BooleanField(label=gettext_lazy("Do it all the same"), required=False)
    because = forms.CharField(
        label=gettext_lazy("Why against the rules?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the record; the customer does not see it."),
    )

    @staticmethod
    def own(booking: Booking) -> dict[str, Any]:
        """The booking as it is."""
        return {**MoveForm.own(booking), "people": booking.participants}


@dataclass(frozen=True)
class Look:
    """What the forms would do, and the rules that it takes to set aside; or why it cannot be."""

    told: Told | None = None
    rules: frozenset[Reason] = frozenset()
    refusal: Refused | None = None

    @property
    def named(self) -> list[tuple[str, str]]:
        """The rules, by code and in words."""
        return [(str(rule), str(RULES[rule])) for rule in sorted(self.rules)]


class Forms:
    """All that can be changed, as it is or as it was sent."""

    def __init__(self, booking: Booking, sent: Any = None) -> None:
        self.place = ChangeForm(booking, sent if sent is not None else ChangeForm.own(booking))
        self.options, self.answers = OptionsForm(booking, sent), AnswersForm(booking, sent)
        self.is_good = self.place.is_valid() and (sent is None or (self.options.is_valid() and self.answers.is_valid()))

    def change(self) -> Change:
        """What good forms ask for; the rules are left to whoever looks."""
        given, chosen = self.place.cleaned_data, self.options.change()
        return Change(
            start=given["period"].start,
            end=given["period"].end,
            resource_id=given["resource"].pk,
            participants=given["people"],
            extras=chosen.extras if chosen else None,
            notes=self.answers.cleaned_data["notes"],
            answers=self.answers.answers or None,
            agreed_minor=self.place.booking.total_minor if given["keep_price"] else None,
        )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A first POST shows what it would do, one with what was shown does it. What was typed stays."""
    booking = found.run(request.user, booking_id)
    if booking.state not in LIVE or database_now() >= booking.end:
        messages.info(request, _("This booking can no longer be changed."))
        return redirect("desk-booking", booking.pk)
    if request.method != "POST":
        return _page(request, booking, Forms(booking), None)
    sent = Forms(booking, request.POST)
    if not sent.is_good:
        return _page(request, booking, sent, None, HTTPStatus.BAD_REQUEST)
    actor = Actor.of(staff(request))
    look = _looked(booking, sent.change(), actor)
    if "do" not in request.POST or look.told is None:
        return _page(request, booking, sent, look, status_of(look.refusal) if look.refusal else 200)
    return _done(request, booking, sent, look)


def _looked(booking: Booking, wanted: Change, actor: Actor) -> Look:
    def attempt(rules: frozenset[Reason]) -> Told:
        shown = changes.preview(booking, replace(wanted, overrules=rules), actor)
        return told(booking, shown, actor, database_now())

    try:
        return Look(*overrides.needed(attempt))
    except Refused as refusal:
        return Look(refusal=refusal)


def _done(request: HttpRequest, booking: Booking, sent: Forms, look: Look) -> HttpResponse:
    given, shown = sent.place.cleaned_data, request.POST
    rules = frozenset(rule for rule in look.rules if str(rule) in shown.getlist("rule"))
    if rules != look.rules or (rules and not given["aside"]):
        sent.place.add_error("aside", _("This goes against the rules of the house. Tick that it is meant."))
        return _page(request, booking, sent, look, HTTPStatus.BAD_REQUEST)
    try:
        overrides.check_says_why(rules, given["because"])
        wanted = replace(
            sent.change(),
            overrules=rules,
            overruled_because=given["because"],
            revision=revision_of(shown.get("revision", "")),
        )
        as_shown(booking, wanted, Actor.of(staff(request)), shown.get("shown", ""))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        if refusal.code == "reason_required":
            sent.place.add_error("because", refusal.detail)
            return _page(request, booking, sent, look, HTTPStatus.BAD_REQUEST)
        fresh = found.run(request.user, booking.pk)
        anew = _looked(fresh, sent.change(), Actor.of(staff(request)))
        return _page(request, fresh, sent, replace(anew, refusal=anew.refusal or refusal), status_of(refusal))
    messages.success(request, _("%(code)s is changed.") % {"code": booking.reference_code})
    return redirect("desk-booking", booking.pk)


def _page(request: HttpRequest, booking: Booking, sent: Forms, look: Look | None, status: int = 200) -> HttpResponse:
    context = {
        "booking": booking,
        "form": sent.place,
        "options": sent.options,
        "answers": sent.answers,
        "look": look,
        "told": look.told if look else None,
    }
    return render(request, "desk/booking/change.html", context, status=status)
