"""Erasure (GDPR art. 17): what names somebody goes, at once and for good; what the law keeps stays, without the name.

`bookings.own.tables` is the list, `wiping` does it. Bookings keep their times and money; prepaid hours, payments and
documents keep their numbers. Who is still to come cancels first: a booking without a name could not be kept. Stripe
forgets the person by due work, since no network is asked in a transaction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Role, User
from billing.payments import cards
from bookings import barred, joining, limits
from bookings.models import Booking, Merge, WaitlistEntry
from bookings.own import letters, unpaid
from bookings.own.wiping import FORGET_CARDS, Whose, wipe
from bookings.states import LIVE
from kernel.errors import Forbidden, Refused
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import cleaning, due, gate
from tenants.models import OutgoingMail

FORGET_LETTER = "forget_letter"
Check = Callable[[datetime], None]


def ahead(whose: Whose, now: datetime) -> QuerySet[Booking]:
    """Bookings that stand and are not over: they are cancelled first."""
    lapsed = Q(state="held", hold_expires_at__lte=now)
    return whose.bookings.filter(state__in=LIVE, end__gt=now).exclude(lapsed).order_by("start")


def erase(whose: Whose) -> None:
    """Erase it, with one last letter. A second time finds nothing more and changes nothing.

    Raises `Refused("bookings_ahead" | "payment_open")`, `Forbidden("staff_account")` for who works here: their owner
    removes them, and `Conflict("customer_closed")` for an account that became another one meanwhile, which has it all.
    """
    _check_role(whose.user)
    _check_none_ahead(whose, database_now())
    if whose.user is not None:
        unpaid.check(whose.user)
        leave_lines(whose.user)  # its locks of places come before those of people
    _erase(whose, lambda _now: None, lambda now: _say_goodbye(whose, now))


def erase_if(whose: Whose, check: Check) -> None:
    """As `erase`, but without the letter, and only if `check`, which looks under the locks, does not refuse."""
    _check_role(whose.user)
    _erase(whose, check, lambda _now: None)


def _erase(whose: Whose, check: Check, farewell: Check) -> None:
    user = whose.user

    def act() -> None:
        keys = [limits.account_key(user.pk)] if user else []
        gate.wait_for_all([*keys, barred.email_key(whose.email)])
        now = database_now()
        if user is not None and Merge.objects.filter(gone=user).exists():
            raise barred.closed()
        _check_none_ahead(whose, now)
        check(now)
        if user is not None:
            unpaid.drop_all(user)
        wipe(whose, now)
        farewell(now)

    transact(act)


def _check_role(user: User | None) -> None:
    if user is not None and user.role != Role.CUSTOMER:
        raise Forbidden("staff_account", _("You work here: ask the owner to remove your account."))


def leave_lines(user: User) -> None:
    """Wait for nothing any more."""
    for entry in WaitlistEntry.objects.filter(customer=user, state__in=["waiting", "offered"]):
        joining.leave(entry)


def _check_none_ahead(whose: Whose, now: datetime) -> None:
    if ahead(whose, now).exists():
        raise Refused("bookings_ahead", _("You have bookings ahead of you. Please cancel them first."))


def _say_goodbye(whose: Whose, now: datetime) -> None:
    """One last letter; the row that remembers to whom it went is deleted as soon as it has gone."""
    key = f"erased:{now:%Y%m%d%H%M%S%f}"
    letters.send(key, whose.email, letters.was_erased, now)
    mail = OutgoingMail.objects.get(schema_name=current_schema(), key=f"account:{key}")
    due.schedule(FORGET_LETTER, mail.pk, now + timedelta(minutes=10))


class NotGoneYet(Exception):
    """The last letter still waits: look again later."""


@due.handles(FORGET_LETTER)
def forget_letter(mail_id: str) -> None:
    """Delete the row of the last letter; raises `NotGoneYet` while it waits, and the clock asks again."""
    row = OutgoingMail.objects.filter(pk=mail_id, schema_name=current_schema()).first()
    if row is None:
        return
    if row.state == OutgoingMail.State.WAITING and database_now() - row.created_at < timedelta(days=1):
        raise NotGoneYet
    transact(lambda: OutgoingMail.objects.filter(pk=mail_id, schema_name=current_schema()).delete())


@due.handles(FORGET_CARDS, queue=due.Queue.MONEY)
def forget_cards(user_id: str) -> None:
    """Have Stripe delete the person, cards included."""
    cards.forget(int(user_id))


@cleaning.of_tenants("mailed links")
def old_links() -> int:
    """Links that nobody needs any more."""
    return cleaning.sweep(links.over(database_now()))
