"""What keeps somebody whose time would be over: each thing that is open, and each that they did lately."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessToken, Session, User
from billing.payments.models import Dispute, Payment, Refund
from bookings.models import (
    Booking,
    BookingMessage,
    CreditEntry,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    OnSitePayment,
    Purchase,
    Series,
    WaitlistEntry,
)
from bookings.own import retention, unfinished
from schemas.clock import database_now
from tests.bookings.own.retaining import DAY, LONG_AGO, customer, is_erased, night, told, visit
from tests.worlds import World
from venues.models import CustomerGroup, Membership, Pack

Case = Callable[[World, User, Booking], object]
YEAR = 365 * DAY


def past() -> dict[str, object]:
    """When everything of the cases was made."""
    return {"created_at": database_now() - LONG_AGO}


def payment(booking_id: UUID, state: str = "succeeded") -> Payment:
    """A payment of long ago."""
    then = database_now() - LONG_AGO
    return Payment.objects.create(
        booking_id=booking_id, number=1, purpose="booking", state=state, amount_minor=2500, currency="EUR",
        charge_type="direct", account_id="acct_1", is_live=False, created_at=then, updated_at=then,
    )  # fmt: skip


def purchase(user: User, **fields: object) -> Purchase:
    """A pack that was bought long ago."""
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=9000, currency="EUR")
    then = database_now() - LONG_AGO
    given = {"state": "paid", "created_at": then, "updated_at": then, **fields}
    return Purchase.objects.create(
        reference=f"PK-{Purchase.objects.count():06}", customer=user, pack=pack, name="Ten", minutes=600,
        price_minor=9000, currency="EUR", **given,
    )  # fmt: skip


def hours(user: User, **fields: object) -> HoursAccount:
    """Prepaid hours."""
    return HoursAccount.objects.create(
        customer=user, pack=Pack.objects.create(name="Five", minutes=300, price_minor=1, currency="EUR"),
        **{"minutes_left": 0, **past(), **fields},
    )  # fmt: skip


def credit(user: User, **fields: object) -> GiftCredit:
    """Gift credit that the team gave."""
    given = {"balance_minor": 0, "code": "SORRY", "currency": "EUR", **past(), **fields}
    return GiftCredit.objects.create(customer=user, **given)


def member(user: User, **fields: object) -> Membership:
    """Somebody in a group."""
    return Membership.objects.create(group=CustomerGroup.objects.create(name="Club"), user=user, **fields)


def waiting(world: World, user: User, latest: timedelta, state: str = "waiting", ago: timedelta = LONG_AGO) -> None:
    """A place on the waiting list."""
    end = database_now() + latest
    WaitlistEntry.objects.create(
        resource_id=world.court_1, earliest=end - DAY, latest=end, minutes=60, customer=user, state=state,
        created_at=database_now() - ago,
    )  # fmt: skip


def dispute(booking_id: UUID, **fields: object) -> None:
    """A bank took money back."""
    paid = payment(booking_id)
    Dispute.objects.create(
        dispute_id="dp_1", payment=paid, booking_id=booking_id, amount_minor=2500, currency="EUR", reason="fraudulent",
        status="needs_response", opened_at=paid.created_at, **fields,
    )  # fmt: skip


def refund(booking_id: UUID, state: str) -> None:
    """Money that goes back."""
    paid = payment(booking_id)
    Refund.objects.create(
        payment=paid, booking_id=booking_id, amount_minor=2500, reason="by_hand", state=state,
        created_at=paid.created_at, updated_at=paid.created_at,
    )  # fmt: skip


def changed(booking: Booking, **fields: object) -> None:
    """A booking as it otherwise is."""
    Booking.objects.filter(pk=booking.pk).update(**fields)


def message(booking: Booking, ago: timedelta, *, is_answered: bool) -> None:
    """A customer's question."""
    at = database_now() - ago
    BookingMessage.objects.create(
        booking=booking, side="customer", text="?", at=at, answered_at=at if is_answered else None
    )


def of_guest(world: World, user: User, **fields: object) -> None:
    """What somebody booked with the same address, without signing in."""
    changed(visit(world, email=user.email.upper()), **fields)


OPEN: dict[str, Case] = {
    "a booking ahead": lambda _w, _u, b: changed(
        b, state="confirmed", start=database_now() + DAY, end=database_now() + 2 * DAY
    ),
    "a visit under way": lambda _w, _u, b: changed(b, state="confirmed", end=database_now() + DAY),
    "a request that waits for the venue": lambda _w, _u, b: changed(b, state="pending", pending_reason="approval"),
    "money owed for a visit": lambda _w, _u, b: changed(b, paid_minor=b.total_minor - 1),
    "a fee owed for a cancellation": lambda _w, _u, b: changed(b, state="cancelled", paid_minor=0, fee_minor=1),
    "money to be given back": lambda _w, _u, b: changed(b, refund_due_minor=1),
    "money on its way back": lambda _w, _u, b: changed(b, refunding_minor=1, total_minor=0),
    "a refund under way": lambda _w, _u, b: refund(b.pk, "pending"),
    "a refund that Stripe has not taken": lambda _w, _u, b: refund(b.pk, "wanted"),
    "a payment that a bank decides on": lambda _w, _u, b: payment(b.pk, "processing"),
    "a dispute": lambda _w, _u, b: dispute(b.pk),
    "a message without an answer": lambda _w, _u, b: message(b, LONG_AGO, is_answered=False),
    "a debt as a guest": lambda w, u, _b: of_guest(w, u, paid_minor=0),
    "a pack taken back, not given back": lambda _w, u, _b: purchase(u, state="returned", paid_minor=9000),
    "a dispute about a pack": lambda _w, u, _b: dispute(purchase(u).pk),
    "a pack that a bank decides on": lambda _w, u, _b: payment(purchase(u, state="open").pk, "processing"),
    "credit without an end": lambda _w, u, _b: credit(u, balance_minor=1),
    "hours without an end": lambda _w, u, _b: hours(u, minutes_left=1),
    "a membership without an end": lambda _w, u, _b: member(u),
    "a place on a waiting list": lambda w, u, _b: waiting(w, u, DAY),
    "an offer from a waiting list": lambda w, u, _b: waiting(w, u, DAY, "offered"),
}
LATELY: dict[str, Case] = {
    "a visit": lambda _w, _u, b: changed(b, end=database_now() - YEAR),
    "a booking that was made": lambda _w, _u, b: changed(b, created_at=database_now() - YEAR),
    "a cancellation": lambda _w, _u, b: changed(b, cancelled_at=database_now() - YEAR),
    "a payment": lambda _w, _u, b: changed(b, paid_at=database_now() - YEAR),
    "money at the desk": lambda _w, _u, b: OnSitePayment.objects.create(
        booking=b, amount_minor=1, at=database_now() - YEAR
    ),
    "a message": lambda _w, _u, b: message(b, YEAR, is_answered=True),
    "a visit as a guest": lambda w, u, _b: of_guest(w, u, end=database_now() - YEAR),
    "a purchase": lambda _w, u, _b: purchase(u, paid_at=database_now() - YEAR),
    "money for a purchase": lambda _w, u, _b: OnSitePayment.objects.create(
        purchase=purchase(u), amount_minor=1, at=database_now() - YEAR
    ),
    "credit that ended": lambda _w, u, _b: credit(u, valid_until=(database_now() - YEAR).date()),
    "credit that was used": lambda _w, u, _b: CreditEntry.objects.create(
        credit=credit(u), amount_minor=-1, at=database_now() - YEAR
    ),
    "a pack that ended": lambda _w, u, _b: hours(u, minutes_left=9, valid_until=(database_now() - YEAR).date()),
    "hours that were used": lambda _w, u, _b: HoursEntry.objects.create(
        account=hours(u), minutes=-1, at=database_now() - YEAR
    ),
    "a membership that ended": lambda _w, u, _b: member(u, valid_until=(database_now() - YEAR).date()),
    "a series": lambda w, u, _b: Series.objects.create(
        resource_id=w.court_1, customer=u, first="2022-01-01T10:00", minutes=60, time_zone="Europe/Berlin",
        created_at=database_now() - YEAR,
    ),
    "a waiting list that was left": lambda w, u, _b: waiting(w, u, -YEAR, "left"),
    "a session": lambda _w, u, _b: Session.objects.create(
        session_key="k" * 32, user_id=u.pk, seen_at=database_now() - YEAR, expire_date=database_now()
    ),
    "an app with a token": lambda _w, u, _b: AccessToken.objects.create(
        digest="d" * 64, user=u, last_used_at=database_now() - YEAR
    ),
}  # fmt: skip
OVER: dict[str, Case] = {
    "a dispute that was decided": lambda _w, _u, b: dispute(b.pk, closed_at=database_now() - LONG_AGO),
    "a refund that went through": lambda _w, _u, b: refund(b.pk, "succeeded"),
    "a message that was answered": lambda _w, _u, b: message(b, LONG_AGO, is_answered=True),
    "a hold that lapsed": lambda _w, _u, b: changed(b, state="expired"),
    "a pack that was never paid": lambda _w, u, _b: purchase(u, state="dropped"),
    "credit that ran out": lambda _w, u, _b: credit(u, balance_minor=5, valid_until=(database_now() - LONG_AGO).date()),
    "hours that are used up": lambda _w, u, _b: hours(u),
    "a membership of long ago": lambda _w, u, _b: member(u, valid_until=(database_now() - LONG_AGO).date()),
    "a waiting list of long ago": lambda w, u, _b: waiting(w, u, -LONG_AGO),
}
STAYS = {
    **{f"open: {name}": case for name, case in OPEN.items()},
    **{f"lately: {n}": case for n, case in LATELY.items()},
}


@pytest.mark.parametrize("case", STAYS.values(), ids=STAYS)
def test_somebody_stays_because_of(case: Case, in_alpha: World) -> None:
    user = customer("vera")
    booking = visit(in_alpha, user=user)
    case(in_alpha, user, booking)
    told(user, 40 * DAY)
    night()
    row = User.objects.get(pk=user.pk)
    assert (row.erased_at, row.name, row.is_active) == (None, "Vera", True)
    assert Booking.objects.get(pk=booking.pk).name == "Gina Guest"


@pytest.mark.parametrize("case", OVER.values(), ids=OVER)
def test_nobody_is_kept_by(case: Case, in_alpha: World) -> None:
    """The control: the same scene without anything open goes, and so it does with what is over."""
    user = customer("vera")
    case(in_alpha, user, visit(in_alpha, user=user))
    told(user, 40 * DAY)
    night()
    assert is_erased(user)


GUESTS = {
    name: case
    for name, case in OPEN.items()
    if name not in {"a debt as a guest", "an offer from a waiting list"} and " pack" not in name
} | {name: LATELY[name] for name in ("a visit", "a cancellation", "money at the desk", "a message")}
OF_BOOKINGS = [name for name in GUESTS if "without an end" not in name and "waiting list" not in name]


@pytest.mark.parametrize("email", ["gina@example.org", ""], ids=["with an address", "with a name alone"])
@pytest.mark.parametrize("name", OF_BOOKINGS)
def test_guest_stays_because_of(name: str, email: str, in_alpha: World) -> None:
    booking = visit(in_alpha, email=email)
    GUESTS[name](in_alpha, User(pk=0), booking)
    changed(booking, notes="left-handed")
    night()
    kept = Booking.objects.get(pk=booking.pk)
    assert (kept.name, kept.notes) == ("Gina Guest", "left-handed")


def test_page_of_accounts_takes_the_same_queries_however_many_they_are(in_alpha: World) -> None:
    now = database_now()
    counts = []
    for number in (1, 20):
        for each in range(number):
            customer(f"vera{number}-{each}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = unfinished.stale(unfinished.accounts(), retention.since(36, now), now)
            assert len(found) == sum((1, 20)[: (1, 20).index(number) + 1])
        counts.append(len(queries))
    assert counts == [1, 1]
