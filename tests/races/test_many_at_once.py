"""Many cancelled at once while their customers cancel: each ends once, and is given back once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.batches import drafting, working
from bookings.batches.foretelling import Wish
from bookings.models import BatchRow
from tests.races.crowd import together
from tests.races.ground import BOOKINGS
from tests.races.test_giving_up import ADMIN, ENDS, booked

DUE = "SELECT refund_due_minor + refunding_minor FROM bookings_booking WHERE id = %s"


def test_customers_cancel_while_two_workers_cancel_all_of_them(ground, server, tomorrow, figures):
    """R28 for a batch: twelve customers against two workers on the same act."""
    court = ground.court("many-at-once")
    bookings = [booked(ground, server, court, tomorrow, hour) for hour in range(8, 20)]
    desk = ground.client(server, "owner")
    for booking in bookings:
        assert desk.post(f"{ADMIN}{booking}/payments/", {"amount": "25.00"}).status == 201
    with tenant_context(ground.alpha.tenant):
        owner = User.objects.get(pk=ground.alpha.users["owner"])
        batch = drafting.draft(owner, [UUID(each) for each in bookings], Wish("cancel"))
        drafting.go(owner, batch.pk, drafting.figures_of(batch))
    guests = [ground.client(server, "guest") for _ in bookings]
    with ThreadPoolExecutor(2) as workers:
        going = [workers.submit(_work, ground, batch.pk) for _ in range(2)]
        cancels = [
            partial(guest.post, f"{BOOKINGS}{booking}/cancel/") for guest, booking in zip(guests, bookings, strict=True)
        ]
        answers = together(cancels)
        for each in going:
            each.result()
    _work(ground, batch.pk)
    with tenant_context(ground.alpha.tenant):
        rows = Counter(BatchRow.objects.filter(batch=batch.pk).values_list("state", "code"))
    figures("rows", {str(key): count for key, count in rows.items()})
    assert set(rows) <= {("done", ""), ("refused", "cancelled_already")}
    assert {answer.status for answer in answers} <= {200, 503}  # who is told to come again is cancelled by the team
    ends = [ground.sql(ENDS, booking)[1:] for booking in bookings]
    assert [len(found) for found in ends] == [1] * 12
    by_staff = sum(kind == "staff" for [(_state, kind)] in ends)
    assert by_staff == rows["done", ""]
    assert [ground.sql(DUE, booking) for booking in bookings] == [[(2500,)]] * 12


def _work(ground, batch_id):
    """As a worker does, in a connection of its own."""
    try:
        with tenant_context(ground.alpha.tenant):
            working.work(str(batch_id))
    finally:
        connection.close()
