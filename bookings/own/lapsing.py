"""Whose time is over is erased by the clock, as if they had asked: accounts, guests, and what was written freely.

Once a night each tenant's accounts and bookings are walked, the oldest first, in pages; a piece of work that has taken
`SECONDS` hands the place of the next page to another one. Each erasure is a transaction of its own that looks again
under the locks, so what is killed, repeated, or meets somebody who comes back at that moment does no harm.

Whoever has an account is told by one letter `NOTICE` before: an address that mail does not reach is no reason to keep
it longer. While a business is suspended or closing nothing goes and nobody is told, since nobody could sign in; who was
told before is told anew.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import translation

from accounts.models import User
from billing.payments.issuing import business
from bookings.models import Booking, RetentionNotice, RetentionRule
from bookings.own import erasing, letters, reminding, retention, unfinished
from bookings.own.retention import NOTICE
from bookings.own.wiping import Whose, empty, empty_words
from bookings.records import SYSTEM
from kernel import failpoints
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import cleaning, due
from tenants.models import Tenant

log = logging.getLogger(__name__)

KIND = "retention"
ACCOUNTS, BOOKINGS = "accounts", "bookings"
PAGE = 500
SECONDS = 20.0
"""So long one piece of work goes on before it hands over: well within its lease."""
FRESH = timedelta(days=90)
"""A letter that is older counts no more: whoever it was about has come back since, or nothing went for long."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Step = Callable[[RetentionRule, str, float], str | None]


@cleaning.of_tenants("retention")
def begin() -> int:
    """Have the walks begin; nothing is deleted here."""
    now = database_now()
    transact(lambda: due.schedule_all(KIND, [(f"{ACCOUNTS}:", now), (f"{BOOKINGS}:", now)]))
    return 0


@due.handles(KIND, queue=due.Queue.BULK)
def walk(named: str) -> None:
    """Go on for `SECONDS` with a walk from the place that the work names."""
    if _rests():
        transact(lambda: RetentionNotice.objects.all().delete())
        return
    what, _colon, after = named.partition(":")
    step: Step = {ACCOUNTS: _accounts, BOOKINGS: _bookings}[what]
    until = time.monotonic() + SECONDS
    place: str | None = after
    while place is not None:
        place = step(retention.rule(), place, until)
        if place is not None and time.monotonic() >= until:
            transact(partial(due.schedule, KIND, f"{what}:{place}", database_now()))
            return


def _rests() -> bool:
    tenant = Tenant.objects.select_related("closing").get(schema_name=current_schema())
    return not tenant.is_ready or tenant.final_at is not None


def _accounts(rule: RetentionRule, after: str, until: float) -> str | None:
    """One page of accounts: who is told, who goes. Answers the place of the next page, None for none.

    Once it is `until` (monotonic) it is the same page again, in which whoever was told or is gone has no turn any more.
    """
    now = database_now()
    nearly = retention.since(rule.account_months, now) + NOTICE
    found = unfinished.accounts().filter(created_at__lt=nearly)
    rows = _next(found, "created_at", after)
    people = User.objects.filter(pk__in=[pk for _at, pk in rows])
    stale = unfinished.stale(people, nearly, now).select_related("retention_notice").order_by("pk")
    for user in stale:
        has_acted = False
        if not _is_told(user, now):
            has_acted = _tell(user, rule)
        elif _may_go(user, rule, now):
            has_acted = _try(Whose(user.email, user, is_due=True), partial(_check_account, user, rule))
        if has_acted and time.monotonic() >= until:
            return after
    return _place(rows)


def _is_told(user: User, now: datetime) -> bool:
    notice: RetentionNotice | None = getattr(user, "retention_notice", None)
    return notice is not None and notice.at > now - FRESH


def _may_go(user: User, rule: RetentionRule, now: datetime) -> bool:
    is_heard = user.retention_notice.at <= now - NOTICE
    return is_heard and not _is_put_off(rule, now) and _is_stale(user, retention.since(rule.account_months, now), now)


def _is_stale(user: User, since: datetime, now: datetime) -> bool:
    return unfinished.stale(User.objects.filter(pk=user.pk), since, now).exists()


def _is_put_off(rule: RetentionRule, now: datetime) -> bool:
    return rule.not_before is not None and now < rule.not_before


def _tell(user: User, rule: RetentionRule) -> bool:
    """One letter, in their language, and a note that it was written; False for whoever came back meanwhile."""

    def act() -> bool:
        now = database_now()
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        nearly = retention.since(rule.account_months, now) + NOTICE
        if not _is_stale(row, nearly, now) or _is_told(row, now):
            return False
        RetentionNotice.objects.update_or_create(user=row, defaults={"at": now})
        with translation.override(row.language or business().language):
            said = reminding.goes_soon(retention.in_words(rule.account_months), NOTICE.days)
            letters.send(f"keep:{row.pk}:{now:%Y%m%d}", row.email, said, now, page="login")
        return True

    return transact(act)


def _check_account(user: User, rule: RetentionRule, now: datetime) -> None:
    """Under the locks of bookings: whoever signs in at this moment waits for this one, or was first."""
    User.objects.select_for_update().get(pk=user.pk)
    if not _is_stale(user, retention.since(rule.account_months, now), now):
        raise _kept()


def _bookings(rule: RetentionRule, after: str, until: float) -> str | None:
    """One page of bookings that began before any of the two times: their words, and guests; as `_accounts`."""
    now = database_now()
    if _is_put_off(rule, now):
        return None
    of_guests, of_words = (retention.since(months, now) for months in (rule.guest_months, rule.word_months))
    rows = _next(Booking.objects.filter(start__lt=max(of_guests, of_words)), "start", after)
    page = Booking.objects.filter(pk__in=[pk for _at, pk in rows])
    _take_words(page, of_words)
    mine = page.filter(end__lt=of_guests, pk__in=unfinished.guests().values("pk"))
    addresses = set(mine.annotate(address=Lower("email")).values_list("address", flat=True))
    for address in sorted(unfinished.stale_guests(addresses, of_guests)):
        is_gone = _try(Whose(address, is_due=True), partial(_check_guest, address, rule))
        if is_gone and time.monotonic() >= until:
            return after
    _take_names(page, of_guests)
    return _place(rows)


def _check_guest(address: str, rule: RetentionRule, now: datetime) -> None:
    if not unfinished.stale_guests([address], retention.since(rule.guest_months, now)):
        raise _kept()


def _take_words(bookings: QuerySet[Booking], since: datetime) -> None:
    found = unfinished.past(retention.with_words(bookings), since)
    _each_locked(found, lambda ids: empty_words(ids, database_now()))


def _take_names(bookings: QuerySet[Booking], since: datetime) -> None:
    """Of guests who left no address: each of their bookings stands alone."""
    found = unfinished.past(retention.nameless(bookings), since)
    _each_locked(found, lambda ids: empty(ids, SYSTEM, database_now()))


def _each_locked(found: QuerySet[Booking], act: Callable[[Collection[UUID]], None]) -> None:
    """Do it to those of a page that are still the same once they are locked."""

    def once() -> None:
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        if ids:
            list(Booking.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
            act(list(found.filter(pk__in=ids).values_list("pk", flat=True)))

    transact(once)


def _try(whose: Whose, check: erasing.Check) -> bool:
    """Erase one; False for who came back or has something open after all, who stays."""
    try:
        erasing.erase_if(whose, check)
    except (Refused, Conflict) as refusal:
        log.info("retention: somebody stays: %s", refusal.code)
        return False
    failpoints.hit("retention.gone")
    return True


def _kept() -> Refused:
    return Refused("kept", "Somebody came back.")


def _next(found: QuerySet[Any], column: str, after: str) -> list[tuple[datetime, Any]]:
    """The next page in the order of a time and the id."""
    if after:
        micros, _comma, pk = after.partition(",")
        at = EPOCH + timedelta(microseconds=int(micros))
        found = found.filter(Q((f"{column}__gt", at)) | Q((column, at), pk__gt=pk), **{f"{column}__gte": at})
    return list(found.order_by(column, "pk").values_list(column, "pk")[:PAGE])


def _place(rows: list[tuple[datetime, Any]]) -> str | None:
    """After a full page: its last row, short enough for the schedule."""
    if len(rows) < PAGE:
        return None
    at, pk = rows[-1]
    return f"{(at - EPOCH) // timedelta(microseconds=1)},{pk}"
