"""The kinds of messages about bookings: who wants to be told them, by which ways, and what they may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.models.messages import Channel


class Kind(StrEnum):
    """What a message is about. The values are kept in rows, in addresses and in v1."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"
    REQUEST = "request"
    REQUEST_ACCEPTED = "request_accepted"
    REQUEST_DECLINED = "request_declined"
    EXPIRED = "expired"
    WAITLIST_OFFER = "waitlist_offer"
    PAYMENT = "payment"
    REFUND = "refund"
    BALANCE = "balance"
    REVIEW = "review"
    ANSWER = "answer"
    SUMMARY = "summary"

    @property
    def label(self) -> str:
        """What owners call it."""
        return str(OF[self].label)

    @property
    def is_essential(self) -> bool:
        """Whether it goes to those, too, who want no mail: it is about what they have agreed on, or owe."""
        return OF[self].is_essential

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The ways by which it can go; the first is the usual one."""
        return OF[self].channels

    @property
    def placeholders(self) -> Mapping[str, str]:
        """What an owner's words may name, each with what it stands for, in the language that is active."""
        about = ABOUT_US if self is Kind.SUMMARY else {**ABOUT_US, **ABOUT_BOOKING}
        return {name: str(meaning) for name, meaning in {**about, **OF[self].own}.items()}

    @property
    def calendar(self) -> str:
        """The METHOD of the calendar entry that comes with it (RFC 5546), empty for kinds without one."""
        return OF[self].calendar


@dataclass(frozen=True, slots=True)
class Nature:
    """What is fixed about a kind. `own` are the placeholders that no other kind has."""

    label: Promise
    is_essential: bool
    channels: tuple[Channel, ...]
    own: Mapping[str, Promise]
    calendar: str = ""


BOTH = (Channel.MAIL, Channel.SMS)
MAIL = (Channel.MAIL,)

ABOUT_US: Mapping[str, Promise] = {
    "greeting": _("“Hello Anna,”, or “Hello,” where the name is not known"),
    "business": _("your business"),
}
ABOUT_BOOKING: Mapping[str, Promise] = {
    "name": _("who booked"),
    "code": _("reference code"),
    "what": _("what is booked"),
    "venue": _("the venue"),
    "address": _("the venue's address"),
    "day": _("the day, in the venue's time zone"),
    "time": _("from when to when"),
    "zone": _("the time zone in words"),
    "people": _("number of people"),
    "total": _("the price"),
    "paid": _("what was paid"),
    "due": _("what is still to be paid"),
    "link": _("the address of the booking's page"),
    "phone": _("the venue's telephone"),
    "email": _("the venue's address for mail"),
}
UNTIL: Mapping[str, Promise] = {"until": _("until when the time is kept")}
DATES: Mapping[str, Promise] = {"dates": _("all dates of a series, line by line; empty for a booking alone")}
SAID: Mapping[str, Promise] = {"message": _("what you wrote to the customer with it, if anything")}
AMOUNT: Mapping[str, Promise] = {"amount": _("the amount of money")}

OF: Mapping[Kind, Nature] = {
    Kind.CONFIRMATION: Nature(_("Confirmation"), True, BOTH, DATES, "REQUEST"),
    Kind.CHANGE: Nature(_("Change"), True, BOTH, {"changes": _("what is different now, line by line")}, "REQUEST"),
    Kind.CANCELLATION: Nature(
        _("Cancellation"),
        True,
        BOTH,
        {
            "fee": _("what cancelling costs, empty where it is free"),
            "kept": _("what is kept of what was paid, empty where it is nothing"),
            "refund": _("what is given back, empty where it is nothing"),
            "by": _("a sentence that says who cancelled it"),
            **SAID,
            **DATES,
        },
        "CANCEL",
    ),
    Kind.REMINDER: Nature(_("Reminder"), False, BOTH, {}),
    Kind.REQUEST: Nature(_("Request received"), True, BOTH, DATES),
    Kind.REQUEST_ACCEPTED: Nature(_("Request accepted, to be paid"), True, BOTH, UNTIL),
    Kind.REQUEST_DECLINED: Nature(_("Request declined"), True, BOTH, SAID),
    Kind.EXPIRED: Nature(_("Not finished in time"), True, BOTH, {}),
    Kind.WAITLIST_OFFER: Nature(_("A place on the waiting list came up"), True, BOTH, UNTIL),
    Kind.PAYMENT: Nature(_("Payment received"), True, MAIL, AMOUNT),
    Kind.REFUND: Nature(
        _("Refund"), True, MAIL, {**AMOUNT, "why": _("a sentence that says why it goes back, or came back to us")}
    ),
    Kind.BALANCE: Nature(_("Balance due"), True, BOTH, AMOUNT),
    Kind.REVIEW: Nature(_("After the visit"), False, MAIL, {}),
    Kind.ANSWER: Nature(_("Answer to a question"), True, MAIL, {"message": _("what you wrote")}),
    Kind.SUMMARY: Nature(
        _("Your daily summary"),
        False,
        MAIL,
        {
            "date": _("the day that it is about"),
            "count": _("how many bookings there are"),
            "list": _("the bookings, line by line"),
        },
    ),
}
