"""What is said beforehand about an act on many bookings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User
from bookings.batches.foretelling import Wish
from bookings.cancelling import Cancellation
from bookings.letters.kinds import Kind
from bookings.models import Batch, BookingMessage
from bookings.states import CancelReason
from venues.access import venues_run_by
from venues.models import Resource

REASONS = {
    CancelReason.OTHER: _("We have to cancel: everything goes back"),
    CancelReason.WEATHER: _("The weather: your terms for bad weather count"),
    CancelReason.USER_REQUEST: _("They asked for it: their terms count"),
}
LETTERS = {"": _("Your own words"), Kind.CONFIRMATION: _("Their confirmation once more")}
LONGEST_SHIFT = 366
HOUR = 60


class CancelForm(DressedForm):
    """Why."""

    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()))
    notes = forms.CharField(
        label=_("Message to the customers (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def why(self) -> Cancellation:
        """Of a valid form."""
        return Cancellation(CancelReason(self.cleaned_data["reason"]), self.cleaned_data["notes"])


class DeclineForm(DressedForm):
    """Why not, as far as one says it."""

    notes = forms.CharField(
        label=_("Reason (optional), for the customer to read"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MessageForm(DressedForm):
    """What is written."""

    letter = forms.ChoiceField(label=_("What they get"), choices=list(LETTERS.items()), required=False)
    text = forms.CharField(
        label=_("What you write"),
        max_length=BookingMessage.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The letter around it is in each customer's language. They can write back."),
    )


class MoveForm(DressedForm):
    """By how much, and where to."""

    days = forms.IntegerField(
        label=_("By how many days"),
        min_value=-LONGEST_SHIFT,
        max_value=LONGEST_SHIFT,
        required=False,
        help_text=_("7 is a week later, -1 a day earlier."),
    )
    hours = forms.IntegerField(label=_("By how many hours"), min_value=-23, max_value=23, required=False)
    minutes = forms.IntegerField(
        label=_("and minutes"), min_value=-59, max_value=59, required=False, widget=forms.NumberInput(attrs={"step": 5})
    )
    resource = forms.TypedChoiceField(label=_("Where to"), coerce=int, empty_value=None, required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Resource.objects.filter(venue__in=venues_run_by(user), is_active=True).select_related("venue")
        told = [
            (place.pk, f"{place.venue.name} · {place.name}")
            for place in places.order_by("venue__position", "position", "name")
        ]
        self.fields["resource"].choices = [("", _("as before")), *told]  # type: ignore[attr-defined]


def form_for(user: User, batch: Batch, data: Any = None) -> DressedForm | None:
    """The form of what can be said about a draft, filled in as it is; None where there is nothing to be said."""
    hours = int(batch.minutes / HOUR)
    initial = {
        "reason": batch.reason,
        "notes": batch.notes,
        "letter": batch.letter,
        "text": batch.text,
        "days": batch.days or None,
        "hours": hours or None,
        "minutes": (batch.minutes - hours * HOUR) or None,
        "resource": batch.resource_id,
    }
    match batch.kind:
        case Batch.Kind.CANCEL:
            return CancelForm(data, initial=initial)
        case Batch.Kind.DECLINE:
            return DeclineForm(data, initial=initial)
        case Batch.Kind.MESSAGE:
            return MessageForm(data, initial=initial)
        case Batch.Kind.MOVE:
            return MoveForm(user, data, initial=initial)
    return None


def wish_of(kind: str, given: dict[str, Any]) -> Wish:
    """What a valid form says."""
    return Wish(
        kind=kind,
        reason=given.get("reason") or CancelReason.OTHER,
        notes=given.get("notes", ""),
        letter=given.get("letter", ""),
        text=given.get("text", ""),
        days=given.get("days") or 0,
        minutes=(given.get("hours") or 0) * HOUR + (given.get("minutes") or 0),
        resource_id=given.get("resource"),
    )
