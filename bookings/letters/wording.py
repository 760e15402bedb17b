"""The house's own words for every kind of message, in Liquid like the owners' own. Facts and the button follow them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from bookings.letters.kinds import Kind
from bookings.models.messages import Channel


@dataclass(frozen=True, slots=True)
class Words:
    """A subject in one line (none for short messages) and a body; an empty line begins a paragraph."""

    subject: str
    body: str


def house_words(kind: Kind, channel: str, language: str) -> Words:
    """The words that go out where a tenant has none of its own."""
    with override(language):
        return Words("", SHORT[kind]()) if channel == Channel.SMS else MAILS[kind]()


def button(kind: Kind) -> str:
    """What the button to the booking's page says, in the language that is active."""
    if kind is Kind.ANSWER:
        return _("Read it and write back")
    if kind in {Kind.REQUEST_ACCEPTED, Kind.BALANCE}:
        return _("Pay now")
    return _("Finish the booking") if kind == Kind.WAITLIST_OFFER else _("Look at the booking")


def _mail(subject: str, *paragraphs: str) -> Words:
    return Words(subject, "\n\n".join(["{{ greeting }}", *paragraphs]))


def _confirmation() -> Words:
    return _mail(
        _("Confirmed: {{ what }}, {{ day }}"),
        _("Your booking is confirmed. We look forward to seeing you."),
        _("{% if due %}Still to be paid: {{ due }}.{% endif %}"),
        _("{% if dates %}These are the dates of your series:{% endif %}"),
        "{{ dates }}",
    )


def _change() -> Words:
    return _mail(
        _("Changed: {{ what }}, {{ day }}"),
        _("Your booking {{ code }} was changed. Below is how it stands now."),
        "{{ changes }}",
    )


def _cancellation() -> Words:
    return _mail(
        _("Cancelled: {{ what }}, {{ day }}"),
        _("Your booking {{ code }} is cancelled. {{ by }}"),
        _("{% if message %}{{ business }} says:{% endif %}"),
        "{{ message }}",
        _("{% if fee %}Cancelling costs {{ fee }}.{% endif %}"),
        _("{% if kept %}{{ kept }} of what was paid is kept for it; the receipts that you have stay valid.{% endif %}"),
        _("{% if refund %}You get {{ refund }} back.{% endif %}"),
        _("{% if kept %}{% unless refund %}Nothing comes back.{% endunless %}{% endif %}"),
        _("{% if dates %}These dates of your series are cancelled:{% endif %}"),
        "{{ dates }}",
    )


def _reminder() -> Words:
    return _mail(
        _("Reminder: {{ what }}, {{ day }}, {{ time }}"),
        _("This is to remind you of your booking. See you soon!"),
        _("{% if due %}Still to be paid: {{ due }}.{% endif %}"),
    )


def _request() -> Words:
    return _mail(
        _("Your request: {{ what }}, {{ day }}"),
        _("We have your request and will answer it soon. The time is kept for you meanwhile."),
        _("{% if dates %}These are the dates of your series:{% endif %}"),
        "{{ dates }}",
    )


def _request_accepted() -> Words:
    return _mail(
        _("Please pay: {{ what }}, {{ day }}"),
        _("Your request is accepted. Please pay until {{ until }}, then the time is yours."),
    )


def _request_declined() -> Words:
    return _mail(
        _("Not possible: {{ what }}, {{ day }}"),
        _("We are sorry, but we cannot accept your request {{ code }}. Nothing is owed."),
        _("{% if message %}{{ business }} says:{% endif %}"),
        "{{ message }}",
    )


def _expired() -> Words:
    return _mail(
        _("Not booked: {{ what }}, {{ day }}"),
        _("Your booking {{ code }} was not finished in time, so the time is free for others again."),
        _("You can choose a time again whenever you like."),
    )


def _waitlist_offer() -> Words:
    return _mail(
        _("A place came up: {{ what }}, {{ day }}"),
        _("You are on the waiting list, and a place came up. We keep it for you until {{ until }}."),
        _("Finish the booking by then, or the next one gets it."),
    )


def _payment() -> Words:
    return _mail(
        _("Payment received for booking {{ code }}"),
        _("Thank you. We have received {{ amount }} for your booking."),
    )


def _refund() -> Words:
    return _mail(
        _("Refund of {{ amount }} for booking {{ code }}"),
        "{{ why }}",
        _("We return {{ amount }} the way you paid. It can take a few days until you see it in your account."),
    )


def _balance() -> Words:
    return _mail(
        _("Please pay {{ amount }} for booking {{ code }}"),
        _("{{ amount }} are still open for your booking."),
    )


def _review() -> Words:
    return _mail(
        _("How was it at {{ venue }}?"),
        _("Thank you for coming. How was it? We read every answer to this letter."),
    )


def _answer() -> Words:
    return _mail(
        _("About your booking {{ code }}: {{ what }}, {{ day }}"),
        _("{{ business }} wrote to you about your booking:"),
        "{{ message }}",
        _("You can write back on the page of your booking."),
    )


def _summary() -> Words:
    return _mail(
        _("{{ date }} at {{ business }}: {{ count }} booked"),
        _("{% if list %}Your bookings on {{ date }}:{% else %}No bookings on {{ date }}.{% endif %}"),
        "{{ list }}",
    )


MAILS: dict[Kind, Callable[[], Words]] = {
    Kind.CONFIRMATION: _confirmation,
    Kind.CHANGE: _change,
    Kind.CANCELLATION: _cancellation,
    Kind.REMINDER: _reminder,
    Kind.REQUEST: _request,
    Kind.REQUEST_ACCEPTED: _request_accepted,
    Kind.REQUEST_DECLINED: _request_declined,
    Kind.EXPIRED: _expired,
    Kind.WAITLIST_OFFER: _waitlist_offer,
    Kind.PAYMENT: _payment,
    Kind.REFUND: _refund,
    Kind.BALANCE: _balance,
    Kind.REVIEW: _review,
    Kind.ANSWER: _answer,
    Kind.SUMMARY: _summary,
}

SHORT: dict[Kind, Callable[[], str]] = {
    Kind.CONFIRMATION: lambda: _("{{ venue }}: confirmed, {{ what }}, {{ day }}, {{ time }}. {{ link }}"),
    Kind.CHANGE: lambda: _("{{ venue }}: changed, now {{ what }}, {{ day }}, {{ time }}. {{ link }}"),
    Kind.CANCELLATION: lambda: _("{{ venue }}: cancelled, {{ what }}, {{ day }}, {{ time }}. {{ link }}"),
    Kind.REMINDER: lambda: _("{{ venue }}: see you {{ day }}, {{ time }}, {{ what }}. {{ link }}"),
    Kind.REQUEST: lambda: _("{{ venue }}: we have your request for {{ what }}, {{ day }}, {{ time }}. {{ link }}"),
    Kind.REQUEST_ACCEPTED: lambda: _(
        "{{ venue }}: accepted, {{ what }}, {{ day }}, {{ time }}. Please pay until {{ until }}: {{ link }}"
    ),
    Kind.REQUEST_DECLINED: lambda: _(
        "{{ venue }}: we are sorry, {{ what }}, {{ day }}, {{ time }} is not possible. {{ link }}"
    ),
    Kind.EXPIRED: lambda: _("{{ venue }}: not finished in time, {{ what }}, {{ day }}, {{ time }} is free again."),
    Kind.WAITLIST_OFFER: lambda: _(
        "{{ venue }}: a place came up, {{ what }}, {{ day }}, {{ time }}. Yours until {{ until }}: {{ link }}"
    ),
    Kind.BALANCE: lambda: _("{{ venue }}: {{ amount }} are still open for {{ what }}, {{ day }}. {{ link }}"),
}
