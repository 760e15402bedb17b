"""A resource is switched off, or an extra gets fewer, while somebody books it (R34)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django_tenants.utils import tenant_context

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters
from venues.models import ExtraOffer, Product, Resource

ADMIN = "/api/v1/admin"
OFF = {"is_active": False}


def test_hold_that_waited_for_the_switching_off_is_refused(ground, rigged, tomorrow):
    """R34: the owner has written and not committed; the customer waits for the lock and then looks."""
    server, rigging = rigged
    court = ground.court("off-early")
    switching, booking = _off_first(ground, server, rigging, court, tomorrow, waiting=1)
    assert (switching.status, switching.body["is_active"]) == (200, False)
    assert (booking.status, booking.code) == (400, "resource_unknown")
    assert ground.bookings_of(court) == 0


def test_without_the_lock_it_would_be_booked(ground, rigged, tomorrow):
    """R34, the negative control: whoever does not wait sees the resource as it was."""
    server, rigging = rigged
    court = ground.court("off-unlocked")
    rigging.set("claims.lock", "skip")
    switching, booking = _off_first(ground, server, rigging, court, tomorrow, waiting=0)
    assert (switching.status, booking.status) == (200, 201)
    assert ground.bookings_of(court) == 1


def test_switching_off_that_waited_for_a_hold_leaves_it_alone(ground, rigged, tomorrow):
    """R34: existing bookings stay as they are."""
    server, rigging = rigged
    court = ground.court("off-late")
    owner, customer = ground.client(server, "owner"), ground.client(server, "guest")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(customer.post, BOOKINGS, slot(court, ground.alpha.tenant.time_zone, tomorrow, 9))
        rigging.wait_until_reached("hold.checked")
        switching = threads.submit(owner.patch, f"{ADMIN}/resources/{court}/", OFF)
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert (booking.result().status, switching.result().status) == (201, 200)
    read = customer.get(f"{BOOKINGS}{booking.result().body['id']}/")
    assert (read.status, read.body["status"]) == (200, "confirmed")
    later = customer.post(BOOKINGS, slot(court, ground.alpha.tenant.time_zone, tomorrow, 11))
    assert (later.status, later.code) == (400, "resource_unknown")
    assert ground.bookings_of(court) == 1


def test_nobody_books_after_the_switching_off(ground, server, tomorrow, figures):
    """R34: fifteen customers want a slot each, the owner switches the court off amidst them; both orders are right."""
    court = ground.court("off-amidst")
    zone = ground.alpha.tenant.time_zone
    owner, customers = ground.client(server, "owner"), ground.clients(server)[:15]
    calls = [
        partial(client.post, BOOKINGS, slot(court, zone, tomorrow, 7 + number))
        for number, client in enumerate(customers)
    ]
    calls.insert(7, partial(owner.patch, f"{ADMIN}/resources/{court}/", OFF))
    answers = together(calls)
    switching = answers.pop(7)
    figures("answers", outcomes(answers))
    assert switching.status == 200
    found = Counter((answer.status, answer.code) for answer in answers)
    assert found.keys() <= {(201, ""), (400, "resource_unknown")}
    assert ground.bookings_of(court) == found[201, ""]
    assert customers[0].post(BOOKINGS, slot(court, zone, tomorrow, 22)).code == "resource_unknown"


def test_stock_that_is_booked_meanwhile_is_not_taken_away(ground, rigged, tomorrow):
    """The customer has looked and found three rackets; the owner, who has only two left, waits and then sees it."""
    server, rigging = rigged
    court = ground.court("stocked")
    with tenant_context(ground.alpha.tenant):
        pool = Resource.objects.create(venue_id=ground.alpha.venue, name="Rackets", slug="stock", units=3)
        rackets = Product.objects.create(name="Racket", slug="stocked-racket", kind="extra", stock=pool)
        ExtraOffer.objects.create(extra=rackets, resource_id=court, is_required=True, least=3, most=3)
        rackets.rates.create(amount_minor=100, unit="booking")
    owner, customer = ground.client(server, "owner"), ground.client(server, "guest")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(customer.post, BOOKINGS, slot(court, ground.alpha.tenant.time_zone, tomorrow, 9))
        rigging.wait_until_reached("hold.checked")
        lowering = threads.submit(owner.patch, f"{ADMIN}/products/{rackets.pk}/", {"stock": 2})
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert booking.result().status == 201
        assert (lowering.result().status, lowering.result().code) == (409, "units_booked")
    assert ground.sql("SELECT units FROM venues_resource WHERE id = %s", pool.pk) == [(3,)]
    assert ground.sql("SELECT count(*) FROM bookings_occupancy WHERE resource_id = %s", pool.pk) == [(3,)]


def _off_first(ground, server, rigging, court, day, *, waiting):
    """The owner switches a court off and pauses before the commit; a customer comes. Both answers."""
    owner, customer = ground.client(server, "owner"), ground.client(server, "guest")
    body = slot(court, ground.alpha.tenant.time_zone, day, 9)
    rigging.set("answer.uncommitted", "wait")
    with ThreadPoolExecutor(2) as threads:
        path = f"{ADMIN}/resources/{court}/"
        switching = threads.submit(partial(owner.patch, path, OFF, Idempotency_Key=f"off-{court}"))
        rigging.wait_until_reached("answer.uncommitted")
        booking = threads.submit(customer.post, BOOKINGS, body)
        if waiting:
            wait_for_lock_waiters(ground, waiting)
        else:
            booking.result()
        rigging.release("answer.uncommitted")
        return switching.result(), booking.result()
