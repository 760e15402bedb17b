"""Letters that others write, as lines of the delivery log: documents, requests to pay, and money that goes back.

Whoever posts them keeps them to once by a key of their own, which names the booking; their line has that key where
others have the carrier's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.payments.models import Document, Refund
from billing.payments.sheets import REFERENCE
from bookings.letters.kinds import Kind
from bookings.models import Booking, Notice
from bookings.models.messages import Channel
from tenants import mail
from tenants.mail import Letter


class Paper(StrEnum):
    """Letters that carry a document."""

    RECEIPT = "receipt"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


LABELS = {
    Paper.RECEIPT: _("Receipt"),
    Paper.INVOICE: _("Invoice"),
    Paper.CREDIT_NOTE: _("Credit note"),
}
KINDS = (*Paper, Kind.BALANCE, Kind.REFUND)
"""The kinds that the log has from here."""

About = tuple[UUID, str]


def _document(number: str) -> About | None:
    return Document.objects.filter(number=number).values_list("booking_id", "kind").first()


def _request(rest: str) -> About | None:
    try:
        return UUID(rest.partition(":")[0]), Kind.BALANCE
    except ValueError:  # a letter about something else: what it says must not depend on the log
        return None


def _refund(number: str) -> About | None:
    found = Refund.objects.filter(pk=number).values_list("booking_id", flat=True).first()
    return (found, Kind.REFUND) if found else None


FINDERS: dict[str, Callable[[str], About | None]] = {
    REFERENCE: _document,
    "balance": _request,
    "pay-link": _request,
    "refund": _refund,
    "refund-back": _refund,
}
"""By the first word of a letter's key, which booking it is about, and its kind."""


@mail.when_posted
def note(letter: Letter, now: datetime) -> None:
    """Give a letter its line in the log, in its transaction. Several of one instant lie a microsecond apart."""
    about = _about(letter.key)
    if about is None:
        return
    booking_id, kind = about
    if not Booking.objects.filter(pk=booking_id).exists():
        return
    same = Notice.objects.filter(booking=booking_id, kind=kind, channel=Channel.MAIL, due_at__gte=now)
    due_at = now + timedelta(microseconds=same.count())
    Notice.objects.create(
        booking_id=booking_id,
        kind=kind,
        channel=Channel.MAIL,
        to=letter.to[:254],
        language=letter.language or mail.house_language(),
        due_at=due_at,
        send_at=now,
        state=Notice.State.SENDING,
        attempts=1,
        provider_id=letter.key,
        created_at=now,
        updated_at=now,
    )


def rows_of(key: str) -> QuerySet[Notice]:
    """The line of a letter, by its key; none for letters that the log does not have."""
    about = _about(key)
    return Notice.objects.filter(booking=about[0], provider_id=key) if about else Notice.objects.none()


def _about(key: str) -> About | None:
    prefix, _colon, rest = key.partition(":")
    return FINDERS[prefix](rest) if prefix in FINDERS else None
