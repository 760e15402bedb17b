"""Twenty at once for the one place that a plan has left: the count under a lock is the only guard (R34)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psycopg
from django_tenants.utils import tenant_context
from psycopg import sql

from tenants import limits
from tenants.limits import Thing
from tenants.models import Tenant
from tests.races.contest import outcomes
from tests.races.crowd import Answer, together
from tests.races.ground import BOOKINGS, Ground, slot, wait_for_lock_waiters
from tests.servers import Server
from venues.models import Resource

AT_ONCE = 20
UNLIMITED = {"most_resources": None, "most_bookings": None, "takes_public_bookings": True}
LOCK = sql.SQL("SELECT id FROM {}.venues_resource WHERE id = %s FOR NO KEY UPDATE")


@contextmanager
def plan_of(ground: Ground, **limited: object) -> Iterator[None]:
    """Alpha's plan allows so much for a while."""
    Tenant.objects.filter(pk=ground.alpha.tenant.pk).update(**limited)
    yield
    Tenant.objects.filter(pk=ground.alpha.tenant.pk).update(**UNLIMITED)


def used(ground: Ground, thing: Thing) -> int:
    """What counts for Alpha's plan."""
    with tenant_context(ground.alpha.tenant):
        return limits.used(thing)


def open_twenty(ground: Ground, server: Server, name: str) -> tuple[list[int], list[Answer]]:
    """The owner opens twenty courts at once where there is room for one more; the courts and the answers."""
    courts = [ground.court(f"{name}-{number}", is_active=False) for number in range(AT_ONCE)]
    with plan_of(ground, most_resources=used(ground, Thing.RESOURCES) + 1):
        clients = [ground.client(server, "owner") for _court in courts]
        calls = [
            partial(client.patch, f"/api/v1/admin/resources/{court}/", {"is_active": True})
            for client, court in zip(clients, courts, strict=True)
        ]
        answers = together(calls)
    ground.hang_up()
    return courts, answers


def opened(ground: Ground, courts: list[int]) -> int:
    """How many of the courts are open."""
    with tenant_context(ground.alpha.tenant):
        return Resource.objects.filter(pk__in=courts, is_active=True).count()


def test_one_of_twenty_gets_the_last_place_of_the_plan(ground, server, figures):
    before = used(ground, Thing.RESOURCES)
    courts, answers = open_twenty(ground, server, "plan")
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(200, ""): 1, (403, "plan_limit"): AT_ONCE - 1}
    full = {"limit": before + 1, "used": before + 1}
    assert all({key: a.body[key] for key in full} == full for a in answers if a.status == 403)
    assert opened(ground, courts) == 1


def test_places_counted_without_the_lock_are_no_limit(ground, rigged, figures):
    """The negative control."""
    server, rigging = rigged
    rigging.set("limits.alone", "skip")
    rigging.set("limits.counted", "meet 6")
    courts, answers = open_twenty(ground, server, "unplanned")
    figures("answers", outcomes(answers))
    assert opened(ground, courts) > 1


def test_a_month_s_bookings_are_exact_for_twenty_customers_on_twenty_courts(ground, server, tomorrow, figures):
    zone = ground.alpha.tenant.time_zone
    courts = [ground.court(f"month-{number}") for number in range(AT_ONCE)]
    calls = [
        partial(client.post, BOOKINGS, slot(court, zone, tomorrow, 10))
        for client, court in zip(ground.clients(server), courts, strict=False)
    ]
    with plan_of(ground, most_bookings=used(ground, Thing.BOOKINGS) + 3):
        answers = together(calls)
    ground.hang_up()
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 3, (403, "tenant_closed"): AT_ONCE - 3}
    assert sum(ground.bookings_of(court) for court in courts) == 3


def test_hold_that_waited_while_its_tenant_was_blocked_is_refused_and_the_owner_s_is_not(ground, server, tomorrow):
    """R34: they were let in, wait for their court, and look again after the lock."""
    court, zone = ground.court("unpaid"), ground.alpha.tenant.time_zone
    with psycopg.connect(ground.database_url) as holding, ThreadPoolExecutor(2) as threads:
        holding.execute(LOCK.format(sql.Identifier(ground.schema)), [court])
        public = threads.submit(ground.client(server, "guest").post, BOOKINGS, slot(court, zone, tomorrow, 9))
        staff = threads.submit(ground.client(server, "owner").post, BOOKINGS, slot(court, zone, tomorrow, 11))
        wait_for_lock_waiters(ground, 2)
        with plan_of(ground, takes_public_bookings=False):
            holding.rollback()
            answers = [public.result(), staff.result()]
    assert [(a.status, a.code) for a in answers] == [(403, "tenant_closed"), (201, "")]
    assert ground.bookings_of(court) == 1
