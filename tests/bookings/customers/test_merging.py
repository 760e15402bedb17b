"""Two customers become one: everything that was the one's is the other's, and no sum is another one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccessToken, User
from billing.payments.models import Document, Payment
from bookings import customers, issuing, lifecycle, merging
from bookings.customers import Whom
from bookings.issuing import Gift
from bookings.merging import Moves
from bookings.models import (
    Booking,
    BookingEvent,
    CreditEntry,
    CustomerFile,
    Feed,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    Look,
    Merge,
    OnSitePayment,
    Participant,
    Purchase,
    WaitlistEntry,
)
from bookings.own import erasing, exporting
from bookings.own.wiping import Whose
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from tests.bookings.scenes import confirmed, held, slot
from tests.worlds import World
from venues.models import CustomerGroup, Membership, Pack

MONEY = ("total_minor", "tax_minor", "deposit_minor", "credit_minor", "paid_minor", "fee_minor", "refund_due_minor")


def owner() -> User:
    return User.objects.get(email__startswith="owner@")


def person(name: str, **fields: Any) -> User:
    return User.objects.create_user(f"{name}@example.org", "correct-horse-battery", name=name, **fields)


def booked(world: World, customer: User, hour: int) -> Booking:
    return lifecycle.submit(
        held(world.court_1, slot(hour), customer=customer),
        Contact(customer.name, customer.email, ""),
        Actor.of(customer),
    )


def as_guest(world: World, email: str, hour: int) -> Booking:
    return lifecycle.submit(held(world.court_2, slot(hour)), Contact("Gina", email, ""), Actor.of(None))


@pytest.fixture
def pair(in_alpha: World) -> tuple[User, User]:
    """Anna, and Anna again with all that somebody can have here."""
    now, group = database_now(), CustomerGroup.objects.create(name="Members")
    kept, gone = person("anna", phone=""), person("anna-w", phone="+49 89 1234567")
    booked(in_alpha, kept, 9)
    booked(in_alpha, gone, 11)
    Membership.objects.create(user=gone, group=group, valid_until=date(2030, 1, 31))
    pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=10_000, currency="EUR")
    issuing.grant(pack, gone)
    Purchase.objects.create(
        reference="PK-AAAAAA", customer=gone, pack=pack, name="Ten hours", minutes=600, price_minor=10_000,
        currency="EUR", created_at=now, updated_at=now,
    )  # fmt: skip
    issuing.issue(Gift(2_000, "EUR", customer=gone))
    WaitlistEntry.objects.create(
        resource_id=in_alpha.court_2, earliest=now, latest=now + timedelta(hours=1), minutes=60, customer=gone,
        created_at=now,
    )  # fmt: skip
    customers.alter(Whom.of(kept), {"notes": "Likes court 1"}, owner())
    customers.alter(Whom.of(gone), {"notes": "Brings a dog"}, owner())
    Feed.objects.create(digest="0" * 64, sealed="x", scope="customer", customer=gone, created_at=now)
    AccessToken.issue(gone)
    Look.objects.create(viewer_id=owner().pk, account_id=gone.pk, what="page", hour=now, at=now)
    return User.objects.get(pk=kept.pk), User.objects.get(pk=gone.pk)


def test_what_is_foretold_is_what_moves(pair: tuple[User, User]) -> None:
    kept, gone = pair
    assert merging.foretold(Whom.of(gone)) == Moves(
        bookings=1, upcoming=1, series=0, waiting=1, packs=1, minutes=600, purchases=1, unpaid=1, credits=1,
        memberships=1, has_notes=True, is_blocked=False, keeps_cards=False,
    )  # fmt: skip
    merge = merging.merge(kept, Whom.of(gone), owner())
    assert (merge.kept, merge.gone_id, merge.email, merge.by_id, merge.bookings) == (
        kept, gone.pk, "anna-w@example.org", owner().pk, 1,
    )  # fmt: skip
    for model in (HoursAccount, Purchase, GiftCredit, WaitlistEntry):
        assert list(model._default_manager.values_list("customer", flat=True)) == [kept.pk]
    assert list(Booking.objects.values_list("customer", flat=True)) == [kept.pk, kept.pk]
    assert Purchase.objects.get().state == Purchase.State.DROPPED
    assert Membership.objects.get().user_id == kept.pk
    assert [file.notes for file in CustomerFile.objects.all()] == ["Likes court 1\n\nBrings a dog"]
    assert Look.objects.get().account_id == kept.pk
    nothing = Moves(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, has_notes=False, is_blocked=False, keeps_cards=False)
    assert merging.foretold(Whom.of(User.objects.get(pk=gone.pk))) == nothing


def test_record_says_that_it_was_merged_and_by_whom(pair: tuple[User, User]) -> None:
    kept, gone = pair
    moved = Booking.objects.get(customer=gone)
    merging.merge(kept, Whom.of(gone), owner())
    last = BookingEvent.objects.filter(booking=moved).latest("pk")
    assert (last.why, last.actor_kind, last.actor_id) == ("merged", "staff", owner().pk)


def test_account_that_is_gone_opens_nothing_and_its_address_is_free(pair: tuple[User, User]) -> None:
    kept, gone = pair
    merging.merge(kept, Whom.of(gone), owner())
    row = User.objects.get(pk=gone.pk)
    assert (row.is_active, row.email, row.name, row.phone) == (False, f"merged-{row.pk}@invalid.example", "", "")
    assert row.get_session_auth_hash() != gone.get_session_auth_hash()
    assert not AccessToken.objects.filter(user=row).exists()
    assert not Feed.objects.exists()
    assert User.objects.create_user("anna-w@example.org").pk not in {kept.pk, gone.pk}
    assert User.objects.get(pk=kept.pk).phone == "+49 89 1234567"


def test_guests_bookings_become_the_account_s(in_alpha: World) -> None:
    kept = person("anna")
    as_guest(in_alpha, "Anna.W@example.org", 9)
    other = as_guest(in_alpha, "somebody@example.org", 11)
    customers.alter(Whom("anna.w@example.org"), {"blocked": True, "block_reason": "Unpaid"}, owner())
    merge = merging.merge(kept, Whom("anna.w@example.org"), owner())
    assert (merge.gone, merge.bookings) == (None, 1)
    assert Booking.objects.get(customer=kept).email == "Anna.W@example.org"
    assert Booking.objects.get(pk=other.pk).customer is None
    files = CustomerFile.objects.order_by("email").values_list("email", "customer", "block_reason")
    assert list(files) == [("anna.w@example.org", None, "Unpaid"), ("anna@example.org", kept.pk, "Unpaid")]


def test_nobody_is_merged_with_themselves_with_the_team_or_twice(pair: tuple[User, User]) -> None:
    kept, gone = pair
    staff = owner()
    for whom, code in ((kept, "same_customer"), (staff, "customer_closed")):
        with pytest.raises(Refused) as refusal:
            merging.merge(kept, Whom.of(whom), staff)
        assert refusal.value.code == code
    assert Merge.objects.count() == 0
    merging.merge(kept, Whom.of(gone), staff)
    with pytest.raises(Conflict):
        merging.merge(kept, Whom.of(gone), staff)
    with pytest.raises(Conflict):
        merging.merge(gone, Whom.of(kept), staff)
    assert Merge.objects.count() == 1


def test_payment_under_way_is_waited_for(pair: tuple[User, User]) -> None:
    kept, gone = pair
    now, booking = database_now(), Booking.objects.get(customer=gone)
    Payment.objects.create(
        number=1, booking_id=booking.pk, purpose="booking", state="processing", amount_minor=2500, currency="EUR",
        is_live=False,
        created_at=now, updated_at=now,
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        merging.merge(kept, Whom.of(gone), owner())
    assert refusal.value.code == "payment_open"
    assert Booking.objects.get(customer=gone).pk == booking.pk
    assert User.objects.get(pk=gone.pk).is_active


def test_erasing_the_kept_one_forgets_the_address_that_it_had_before(pair: tuple[User, User], in_alpha: World) -> None:
    kept, gone = pair
    merging.merge(kept, Whom.of(gone), owner())
    of_others = confirmed(in_alpha.court_2, slot(15), Actor.of(owner()))
    Participant.objects.create(booking=of_others, name="Anna", email="anna-w@example.org")
    told = exporting.gathered(Whose(kept.email, kept), database_now())
    assert [row["email"] for row in told["merged_accounts"]] == ["anna-w@example.org"]
    assert [row["who"] for row in told["who_of_the_team_looked"]] == ["owner"]
    Booking.objects.filter(customer=kept).update(
        start=database_now() - timedelta(days=2), end=database_now() - timedelta(days=1)
    )
    erasing.erase(Whose(kept.email, kept, owner()))
    assert (Merge.objects.get().email, Participant.objects.get().email) == ("", "")
    assert set(Booking.objects.filter(customer=kept).values_list("name", "email")) == {("", "")}
    last = BookingEvent.objects.filter(booking__customer=kept).latest("pk")
    assert (last.why, last.actor_kind, last.actor_id) == ("erased", "staff", owner().pk)


def test_team_books_nothing_for_an_account_that_is_gone(pair: tuple[User, User], in_alpha: World) -> None:
    kept, gone = pair
    merging.merge(kept, Whom.of(gone), owner())
    with pytest.raises(Conflict) as refusal:
        lifecycle.book_for(HoldRequest(period=slot(15), resource_id=in_alpha.court_1, customer=gone), Actor.of(owner()))
    assert refusal.value.code == "customer_closed"
    with pytest.raises(Conflict):
        customers.alone(Whom.of(gone), lambda: None)
    assert Booking.objects.filter(customer=gone).count() == 0


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ((None, date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 3, 31)), (None, date(2026, 3, 31))),
        ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 3, 1), None), (date(2026, 3, 1), None)),
        ((date(2026, 5, 1), None), (date(2026, 1, 1), date(2026, 6, 1)), (date(2026, 1, 1), None)),
    ],
)
def test_days_in_a_group_are_joined_where_they_touch(one: Any, other: Any, both: Any) -> None:
    assert merging.joined(one, other) == both
    assert merging.joined(other, one) == both


def sums() -> dict[str, Any]:
    """All money that there is, and all documents."""
    return {
        "bookings": list(Booking.objects.values("currency").annotate(**{each: Sum(each) for each in MONEY})),
        "credit": GiftCredit.objects.aggregate(sum=Sum("balance_minor")),
        "entries": CreditEntry.objects.aggregate(sum=Sum("amount_minor")),
        "hours": HoursAccount.objects.aggregate(sum=Sum("minutes_left")),
        "minutes": HoursEntry.objects.aggregate(sum=Sum("minutes")),
        "desk": OnSitePayment.objects.aggregate(sum=Sum("amount_minor")),
        "documents": list(Document.objects.order_by("pk").values()),
    }


AMOUNTS = st.lists(st.tuples(st.booleans(), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=AMOUNTS)
def test_no_sum_changes_whatever_moves(in_alpha: World, amounts: list[tuple[bool, int, int]]) -> None:
    now = database_now()
    pair = [person(f"{side}{User.objects.count()}") for side in ("kept", "gone")]
    for number, (side, total, paid) in enumerate(amounts):
        booking = Booking.objects.create(
            reference_code=f"{pair[0].pk}-{number}", resource_id=in_alpha.court_1, start=now,
            end=now + timedelta(hours=1), customer=pair[side], state="completed", payment_state="paid",
            price_per_unit_minor=total, pricing_unit="hour", total_minor=total, paid_minor=paid, currency="EUR",
            time_zone="Europe/Berlin", created_at=now, updated_at=now,
        )  # fmt: skip
        if paid:
            OnSitePayment.objects.create(booking=booking, amount_minor=paid, at=now)
        issuing.issue(Gift(total + 1, "EUR", customer=pair[side]))
    before = sums()
    merging.merge(pair[0], Whom.of(pair[1]), owner())
    assert sums() == before
    assert Booking.objects.filter(customer=pair[0]).count() == len(amounts)
