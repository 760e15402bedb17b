"""Random sequences of edits: after each one the booking fits together, and a refusal has changed nothing."""

import random

import pytest

from bookings import changes, lifecycle
from bookings.agreed import Change
from bookings.lifecycle import Taking
from bookings.models import CreditEntry, GiftCredit, HoursAccount, HoursEntry
from bookings.records import Actor
from bookings.requests import ExtraWish, Payment
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.changing import again, assert_whole, beside, booked, court, extra, wish
from tests.bookings.scenes import at, digest, slot
from venues.models import Pack, Voucher

ROUNDS = 25


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_edited_lines_rows_and_entries_add_up(in_alpha, guest, staff, seed):
    chance = random.Random(seed)
    first = court(deposit_percent=3000)
    second = beside(first, "second", 3300, buffer_after_minutes=30)
    half = beside(first, "half", 1700, parent=second)
    projector = beside(first, "projector", 900)
    racket, ball = extra("Racket", first, 500, stock=5), extra("Ball", first, 150)
    for product in (racket, ball):
        product.offers.create(resource=second)
        product.offers.create(resource=half)
    Voucher.objects.create(code="FIFTH", percent_off=2000)
    GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=4000, created_at=database_now())
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=20000, currency="EUR")
    account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=90, created_at=database_now())
    means = [Payment(), Payment(voucher="FIFTH", credit="GIFT"), Payment(hours_account=account.pk)]
    others = [booked(wish(first, slot(12), guest), "confirmed", staff)]
    booking = booked(wish(first, slot(10), guest, payment=means[seed % 3]), "confirmed", staff)
    done = 0
    for _round in range(ROUNDS):
        start = at(chance.randrange(8, 18), ahead=chance.choice([7, 7, 8]))
        change = Change(
            start=chance.choice([None, start]),
            end=chance.choice([None, None, start + chance.choice([1, 2, 3]) * (at(11) - at(10))]),
            resource_id=chance.choice([None, None, first.pk, second.pk, half.pk]),
            also=chance.choice([None, (), (projector.pk,)]),
            participants=chance.choice([None, 1, 3, 4]),
            extras=chance.choice([None, (), (ExtraWish(racket.pk, chance.randrange(1, 7)), ExtraWish(ball.pk))]),
            agreed_minor=chance.choice([None, None, None, 2000]),
        )
        actor = staff if change.agreed_minor else chance.choice([staff, Actor.of(guest)])
        before = digest()
        try:
            changes.change(booking, change, actor)
            done += 1
        except Refused:
            assert digest() == before
        now = again(booking)
        assert_whole(now)
        if now.due_minor and chance.random() < 0.3:
            lifecycle.pay_on_site(now, Taking(now.due_minor), staff)
        if now.refund_due_minor and chance.random() < 0.3:
            lifecycle.pay_on_site(now, Taking(-now.refund_due_minor), staff)
        assert_whole(again(others[0]))
    assert done >= 5
    credit = GiftCredit.objects.get()
    assert credit.balance_minor == 4000 + sum(CreditEntry.objects.values_list("amount_minor", flat=True))
    account.refresh_from_db()
    assert account.minutes_left == 90 + sum(HoursEntry.objects.values_list("minutes", flat=True))
