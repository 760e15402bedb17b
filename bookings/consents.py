"""Who agreed to what, written down: at a booking with the words that were shown, and what mail somebody wants.

Rows are only ever added. Words are kept once for each digest, so that they can be read later, whatever the venue says
by then.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from bookings.models import Booking, Consent, ShownText
from schemas.clock import database_now

What = Consent.What


def agreed(booking: Booking, shown: Mapping[Consent.What, str]) -> None:
    """Note what somebody was shown and agreed to by booking; two statements, none where nothing was shown.

    Whoever sends the same form again with other words has agreed to those as well.
    """
    if not shown:
        return
    now = database_now()
    rows = {what: _kept(text, now) for what, text in shown.items()}
    ShownText.objects.bulk_create(rows.values(), ignore_conflicts=True)
    Consent.objects.bulk_create(
        Consent(at=now, what=what, is_given=True, booking=booking, text_id=row.pk) for what, row in rows.items()
    )


def chosen(whose: str, *, wants: bool) -> None:
    """Note that the reader of an address, by its digest, wants optional mail again, or no more."""
    Consent.objects.create(at=database_now(), what=What.MAIL, is_given=wants, whose=whose)


def taken_back(booking: Booking, what: Consent.What) -> None:
    """Note that somebody took back what they had agreed to for a booking."""
    Consent.objects.create(at=database_now(), what=what, is_given=False, booking=booking)


def of(bookings: QuerySet[Booking], whose: str) -> QuerySet[Consent]:
    """The log of somebody by their bookings and the digest of their address, the newest first, in one query."""
    theirs = Q(booking__in=bookings.order_by().values("pk")) | Q(whose=whose)
    return Consent.objects.filter(theirs).select_related("text", "booking")


def forget(whose: str) -> None:
    """What is left of an address says that somebody chose, and no more who."""
    Consent.objects.filter(whose=whose).update(whose="")


def _kept(text: str, now: datetime) -> ShownText:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return ShownText(digest=digest, language=get_language() or "", text=text, kept_at=now)
