"""Extras, answers and wishes of a booking that stands; where money changes, it is shown first."""

from collections.abc import Mapping
from dataclasses import replace
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
from accounts.forms import DressedForm, dressed
from bookings import changes
from bookings.agreed import Change
from bookings.models import Booking
from bookings.states import State
from bookings.views.consent import Told, actor_of, as_shown, can_change, changes_money, figures_of, revision_of, told
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.moving import changed, elsewhere
from bookings.views.options import ANSWER, EXTRA, OptionsForm, question_fields
from kernel.errors import Away, Busy, Refused, TooMany
from rest.errors import status_of
from schemas.clock import database_now


class AnswersForm(DressedForm):
    """The venue's questions, and wishes. Whether an answer is needed the booking decides."""

    notes = forms.CharField(
        label=gettext_lazy("Wishes (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, booking: Booking, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data, initial={"notes": booking.notes})
        for name, field in question_fields(booking).items():
            field.required = False
            self.fields[name] = field
        dressed(self)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The questions, in the owner's order."""
        return [self[name] for name in self.fields if name.startswith(ANSWER)]

    @property
    def answers(self) -> dict[int, str]:
        """Of a valid form: every answer; an empty one takes back what was said."""
        named = {name: self.cleaned_data[name] for name in self.fields if name.startswith(ANSWER)}
        return {
            int(name.removeprefix(ANSWER)): "" if value is None else str(value)
            for name, value in named.items()
            if name in self.data
        }


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def extras(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Extras, answers, wishes. What changes no money is kept at once; else a POST shows it, and a second confirms."""
    booking, now = booking_of(request, booking_id, token), database_now()
    if booking.state == State.HELD or not can_change(booking, now):
        return elsewhere(request, booking, token)
    sent = request.POST if request.method == "POST" else None
    options, answers = OptionsForm(booking, sent), AnswersForm(booking, sent)
    if sent is None or not (options.is_valid() and answers.is_valid()):
        return _page(request, booking, token, (options, answers))
    wanted = _wanted(options, answers)
    actor = actor_of(request, booking)
    try:
        found = changes.preview(booking, wanted, actor)
        if changes_money(booking, found) and "confirm" not in request.POST:
            return _page(request, booking, token, (options, answers), told(booking, found, actor, now))
        figures = request.POST.get("shown", "") if "confirm" in request.POST else figures_of(found)
        seen = revision_of(request.POST.get("revision", ""))
        done = as_shown(booking, replace(wanted, revision=seen), actor, figures)
    except Refused as refusal:
        if isinstance(refusal, Away | Busy | TooMany):
            raise
        return _refused(request, booking, token, (options, answers), refusal)
    if changes_money(booking, done):
        return changed(request, done.booking, token)
    messages.success(request, _("Your changes are kept."))
    return redirect(path_of("booking", booking.pk, token))


Forms = tuple[OptionsForm, AnswersForm]


def _wanted(options: OptionsForm, answers: AnswersForm) -> Change:
    # Codes are for holds: a booking that stands keeps what it was paid with.
    chosen = options.change()
    return Change(
        extras=chosen.extras if chosen else None, notes=answers.cleaned_data["notes"], answers=answers.answers or None
    )


def _refused(request: HttpRequest, booking: Booking, token: str, shown: Forms, refusal: Refused) -> HttpResponse:
    """Why not, at the field that it is about; what costs something else by now is shown as it is."""
    options, answers = shown
    extra, answer = f"{EXTRA}{refusal.extra.get('product')}", f"{ANSWER}{refusal.extra.get('field')}"
    if extra in options.fields:
        options.add_error(extra, refusal.detail)
    elif answer in answers.fields:
        answers.add_error(answer, refusal.detail)
    fresh, anew = booking_of(request, booking.pk, token), None
    if refusal.code in {"price_changed", "changed_meanwhile"}:
        if _is_done(fresh, options, answers):  # by the first of two clicks
            return redirect(path_of("booking", booking.pk, token))
        actor = actor_of(request, fresh)
        anew = told(fresh, changes.preview(fresh, _wanted(options, answers), actor), actor, database_now())
    return _page(request, fresh, token, shown, anew, refusal)


def _is_done(booking: Booking, options: OptionsForm, answers: AnswersForm) -> bool:
    known = dict(booking.answers.values_list("field_id", "value"))
    again = OptionsForm(booking, options.data)
    return (
        again.is_valid()
        and again.change() is None
        and answers.cleaned_data["notes"] == booking.notes
        and all(known.get(field, "") == text for field, text in answers.answers.items())
    )


def _page(
    request: HttpRequest,
    booking: Booking,
    token: str,
    shown: Forms,
    found: Told | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    options, answers = shown
    context = {
        "booking": booking,
        "resource": booking.resource,
        "token": token,
        "options": options,
        "answers": answers,
        "told": found,
        "refusal": refusal,
    }
    has_errors = bool(options.errors or answers.errors)
    status = status_of(refusal) if refusal else 400 if has_errors else 200
    return render(request, "bookings/extras.html", context, status=status)
