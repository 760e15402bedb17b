"""The last use, the last cent, the last racket; and a price that changes while somebody books (R33)."""

import threading
from collections import Counter
from functools import partial

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import CreditEntry, GiftCredit, HoursAccount, HoursEntry
from schemas.clock import database_now
from tests.races.conftest import pointed_at
from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, ends_in, later, slot, wait_for_lock_waiters
from venues.models import ExtraOffer, Pack, Product, Rate, Resource, Voucher

CROWD = 20
BUSY = 503
QUOTES = "/api/v1/quotes/"


def courts(ground, name, number=CROWD, **fields):
    """So many courts that are paid online, so that bookings of them stay held."""
    return [ground.court(f"{name}-{n}", pays_online=True, **fields) for n in range(number)]


def each(ground, places, day, hour=10, **more):
    """A body for each place, at one hour."""
    return [{**slot(place, ground.alpha.tenant.time_zone, day, hour), **more} for place in places]


def all_at_once(clients, bodies):
    """One booking by each client. Who is told that it is too busy, with nothing changed, asks again as the rest do."""
    calls = [partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=False)]
    answers = together(calls)
    while busy := [number for number, answer in enumerate(answers) if answer.status == BUSY]:
        for number, answer in zip(busy, together([calls[number] for number in busy]), strict=True):
            answers[number] = answer
    return answers


def counted(answers):
    """How often which status and code came."""
    return Counter((answer.status, answer.code) for answer in answers)


@pytest.fixture(scope="module")
def places(arena, django_db_blocker):
    """Twenty courts for the tests of this file, made once; each test has an hour of its own."""
    with django_db_blocker.unblock(), pointed_at(arena.database):
        return courts(arena, "last")


def limited(ground, code, uses):
    """A voucher of ten per cent with so many uses."""
    with tenant_context(ground.alpha.tenant):
        return Voucher.objects.create(code=code, percent_off=1000, most_uses=uses).pk


def live_uses(ground, voucher):
    """How many live bookings use a voucher."""
    return ground.sql(
        "SELECT count(*) FROM bookings_voucheruse u JOIN bookings_booking b ON b.id = u.booking_id"
        " WHERE u.voucher_id = %s AND b.state IN ('held', 'pending', 'confirmed')",
        voucher,
    )[0][0]


def test_five_uses_of_a_voucher_go_to_five_of_twenty(ground, server, places, tomorrow, figures):
    """Each on a court of their own, so that only the voucher is fought for."""
    voucher = limited(ground, "FIVE", 5)
    clients = ground.clients(server)[:CROWD]
    answers = all_at_once(clients, each(ground, places, tomorrow, 8, voucher="FIVE"))
    figures("answers", outcomes(answers))
    assert counted(answers) == {(201, ""): 5, (400, "voucher_used_up"): 15}
    assert {answer.body["total_price"] for answer in answers if answer.status == 201} == {"22.50"}
    assert live_uses(ground, voucher) == 5


def test_without_the_lock_more_than_five_get_it(ground, rigged, places, tomorrow, figures):
    """The negative control: the same race finds the mistake when the voucher is counted without its lock."""
    server, rigging = rigged
    voucher = limited(ground, "UNLOCKED", 5)
    rigging.set("vouchers.lock", "skip")
    rigging.set("hold.checked", "meet 6")
    clients = ground.clients(server)[:CROWD]
    answers = all_at_once(clients, each(ground, places, tomorrow, 9, voucher="UNLOCKED"))
    figures("answers", outcomes(answers))
    winners = sum(answer.status == 201 for answer in answers)
    assert winners > 5
    assert live_uses(ground, voucher) == winners
    rigging.clear()
    ground.sql("DELETE FROM bookings_voucheruse WHERE voucher_id = %s", voucher)


def gift(ground, code, balance):
    """A gift credit with its entry; its id."""
    with tenant_context(ground.alpha.tenant):
        now = database_now()
        made = GiftCredit.objects.create(code=code, currency="EUR", balance_minor=balance, created_at=now)
        CreditEntry.objects.create(credit=made, amount_minor=balance, at=now)
        return made.pk


def account_of(ground, made):
    """Balance, sum of entries, and what live bookings use of a credit."""
    return ground.sql(
        "SELECT balance_minor, (SELECT sum(amount_minor) FROM bookings_creditentry WHERE credit_id = c.id),"
        " (SELECT coalesce(-sum(e.amount_minor), 0) FROM bookings_creditentry e JOIN bookings_booking b"
        "  ON b.id = e.booking_id WHERE e.credit_id = c.id AND b.state IN ('held', 'pending', 'confirmed'))"
        " FROM bookings_giftcredit c WHERE id = %s",
        made,
    )[0]


def test_twenty_clients_on_one_credit_spend_what_is_on_it(ground, server, places, tomorrow, figures):
    """110.00 for twenty bookings of 25.00: four are paid in full, one gets the last 10.00, the others nothing."""
    made = gift(ground, "SHARED", 11_000)
    clients = ground.clients(server)[:CROWD]
    answers = all_at_once(clients, each(ground, places, tomorrow, 11, gift_credit="SHARED"))
    figures("answers", outcomes(answers))
    assert counted(answers) == {(201, ""): CROWD}
    paid = [
        ground.sql("SELECT credit_minor FROM bookings_booking WHERE id = %s", answer.body["id"])[0][0]
        for answer in answers
    ]
    assert Counter(paid) == {2500: 4, 1000: 1, 0: 15}
    assert account_of(ground, made) == (0, 0, 11_000)


def test_lapsed_hold_lets_go_of_a_credit_for_one_of_twenty(ground, server, places, tomorrow, figures):
    """A hold that is over has all of it; twenty want it at the same moment. No deadlock, exact sums."""
    made = gift(ground, "LAPSED", 4_000)
    clients = ground.clients(server)[:CROWD]
    two_hours = slot(places[0], ground.alpha.tenant.time_zone, tomorrow, 18, minutes=120)
    first = clients[0].post(BOOKINGS, {**two_hours, "gift_credit": "LAPSED"})
    assert (first.status, account_of(ground, made)) == (201, (0, 0, 4_000))
    ends_in(ground, first.body["id"], -1)
    answers = all_at_once(clients, each(ground, places, tomorrow, 20, gift_credit="LAPSED"))
    figures("answers", outcomes(answers))
    assert counted(answers) == {(201, ""): CROWD}
    assert account_of(ground, made) == (0, 0, 4_000)
    assert ground.sql("SELECT state FROM bookings_booking WHERE id = %s", first.body["id"]) == [("expired",)]


def test_one_account_of_hours_is_spent_once(ground, server, places, tomorrow, figures):
    """Ten requests of one customer, an hour each, with three hours prepaid."""
    client = ground.client(server, "guest")
    with tenant_context(ground.alpha.tenant):
        now = database_now()
        pack = Pack.objects.create(name="Three", minutes=180, price_minor=6000, currency="EUR")
        guest = User.objects.get(pk=ground.alpha.users["guest"])
        account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=180, created_at=now)
        HoursEntry.objects.create(account=account, minutes=180, at=now)
    clients = [client, *(ground.client(server, "guest") for _ in range(7))]
    answers = all_at_once(clients, each(ground, places[:8], tomorrow, 14, hours_account=account.pk))
    figures("answers", outcomes(answers))
    assert Counter(answer.body["total_price"] for answer in answers) == {"0.00": 3, "25.00": 5}
    left = ground.sql(
        "SELECT minutes_left, (SELECT sum(minutes) FROM bookings_hoursentry WHERE account_id = a.id)"
        " FROM bookings_hoursaccount a WHERE id = %s",
        account.pk,
    )
    assert left == [(0, 0)]


def rackets(ground, name, places, units):
    """An extra from a pool of so many units, on offer at these places; ids of extra and pool."""
    with tenant_context(ground.alpha.tenant):
        pool = Resource.objects.create(venue_id=ground.alpha.venue, name=name, slug=name, units=units)
        extra = Product.objects.create(name=name, slug=name, kind="extra", stock=pool)
        Rate.objects.create(product=extra, unit="booking", amount_minor=300)
        ExtraOffer.objects.bulk_create(ExtraOffer(extra=extra, resource_id=place, most=20) for place in places)
    return extra.pk, pool.pk


def out_at_once(ground, pool):
    """The most units of a pool that are out at one instant."""
    return ground.sql(
        "SELECT coalesce(max(n), 0) FROM (SELECT count(*) n FROM bookings_occupancy a JOIN bookings_occupancy b"
        " ON a.resource_id = b.resource_id AND b.during @> lower(a.during) WHERE a.resource_id = %s GROUP BY a.id) t",
        pool,
    )[0][0]


def test_twenty_rackets_are_never_twenty_one(ground, server, places, tomorrow, figures):
    """Twenty clients want three each, on courts of their own: six get them, eighteen rackets are out."""
    extra, pool = rackets(ground, "bats", places, 20)
    clients = ground.clients(server)[:CROWD]
    wanted = [{"product": extra, "quantity": 3}]
    answers = all_at_once(clients, each(ground, places, tomorrow, 15, extras=wanted))
    figures("answers", outcomes(answers))
    assert counted(answers) == {(201, ""): 6, (400, "extra_sold_out"): 14}
    assert {answer.body["left"] for answer in answers if answer.status == 400} <= {2}
    assert out_at_once(ground, pool) == 18
    won = next(answer for answer in answers if answer.status == 201).body["id"]
    owner = next(client for client, answer in zip(clients, answers, strict=True) if answer.status == 201)
    assert owner.post(f"{BOOKINGS}{won}/cancel/").status == 200
    lost = next(n for n, answer in enumerate(answers) if answer.status == 400)
    again = each(ground, [places[lost]], tomorrow, 15, extras=[{"product": extra, "quantity": 5}])[0]
    assert clients[lost].post(BOOKINGS, again).status == 201
    assert out_at_once(ground, pool) == 20


def test_rackets_that_overlap_in_time_by_half_are_counted_where_they_do(ground, server, places, tomorrow, figures):
    """Half want 16:00-17:00, half 16:30-17:30; of ten rackets, one each: ten in all, for 16:30-17:00 is both's."""
    halves = courts(ground, "half", grid_minutes=30)
    extra, pool = rackets(ground, "paddles", halves, 10)
    clients = ground.clients(server)[:CROWD]
    bodies = each(ground, halves, tomorrow, 16, extras=[{"product": extra}])
    bodies = [later(body, 30 * (number % 2)) for number, body in enumerate(bodies)]
    answers = all_at_once(clients, bodies)
    figures("answers", outcomes(answers))
    assert counted(answers) == {(201, ""): 10, (400, "extra_sold_out"): 10}
    assert out_at_once(ground, pool) == 10


def test_price_that_changes_before_the_booking_looks_is_refused(ground, server, tomorrow, figures):
    """R33, the edit first."""
    [place] = courts(ground, "edit-first", 1)
    client = ground.clients(server)[0]
    body = each(ground, [place], tomorrow, 10)[0]
    quote = client.post(QUOTES, body).body["quote"]
    ground.sql("UPDATE venues_rate SET amount_minor = 3000 WHERE resource_id = %s", place)
    answer = client.post(BOOKINGS, {**body, "quote": quote})
    assert (answer.status, answer.code) == (409, "price_changed")
    assert (answer.body["quoted"], answer.body["current"], answer.body["difference"]) == ("25.00", "30.00", "5.00")
    assert ground.bookings_of(place) == 0


def test_price_that_changes_after_the_booking_looked_is_not_charged(ground, rigged, tomorrow, figures):
    """R33, the booking first: it has looked, and waits before it writes. It costs what the quote said."""
    server, rigging = rigged
    [place] = courts(ground, "booking-first", 1)
    client, other = ground.clients(server)[:2]
    body = each(ground, [place], tomorrow, 10)[0]
    quote = client.post(QUOTES, body).body["quote"]
    rigging.set("hold.checked", "wait")
    answers = []
    booking = threading.Thread(target=lambda: answers.append(client.post(BOOKINGS, {**body, "quote": quote})))
    booking.start()
    rigging.wait_until_reached("hold.checked")
    ground.sql("UPDATE venues_rate SET amount_minor = 3000 WHERE resource_id = %s", place)
    rigging.release("hold.checked")
    booking.join()
    assert [(answer.status, answer.body["total_price"]) for answer in answers] == [(201, "25.00")]
    later_one = each(ground, [place], tomorrow, 12)[0]
    assert other.post(BOOKINGS, later_one).body["total_price"] == "30.00"


def test_price_that_changes_while_the_booking_waits_for_its_lock_is_refused(ground, rigged, tomorrow, figures):
    """R33: the look comes after the lock, so what was changed meanwhile is seen."""
    server, rigging = rigged
    [place] = courts(ground, "in-between", 1)
    first, second = ground.clients(server)[:2]
    body = each(ground, [place], tomorrow, 10)[0]
    quote = second.post(QUOTES, body).body["quote"]
    rigging.set("hold.checked", "wait")
    answers = {}
    one = threading.Thread(
        target=lambda: answers.update(first=first.post(BOOKINGS, each(ground, [place], tomorrow, 12)[0]))
    )
    one.start()
    rigging.wait_until_reached("hold.checked")
    two = threading.Thread(target=lambda: answers.update(second=second.post(BOOKINGS, {**body, "quote": quote})))
    two.start()
    wait_for_lock_waiters(ground, 1)
    ground.sql("UPDATE venues_rate SET amount_minor = 3000 WHERE resource_id = %s", place)
    rigging.release("hold.checked")
    one.join()
    two.join()
    assert (answers["first"].status, answers["first"].body["total_price"]) == (201, "25.00")
    assert (answers["second"].status, answers["second"].code) == (409, "price_changed")
