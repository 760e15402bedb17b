"""A closure over bookings is settled while somebody books: no time is had twice, and nobody slips in."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import clearing
from bookings.clearing import Fate
from bookings.closures import ClosureRequest
from bookings.models import Booking, Displacement
from kernel.periods import Period
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot
from venues.models import Closure, Venue


def test_nobody_books_what_is_being_closed(ground, server, tomorrow, figures):
    """Six bookings are settled while three customers want each of their hours, before, during and after."""
    court, other = ground.court("cleared"), ground.court("cleared-other")
    zone, customers = ground.alpha.tenant.time_zone, ground.clients(server)[:18]
    hours = range(8, 14)
    bodies = [slot(court, zone, tomorrow, hour) for hour in hours]
    made = [customers[0].post(BOOKINGS, body) for body in bodies]
    assert [answer.status for answer in made] == [201] * 6
    with tenant_context(ground.alpha.tenant):
        found = list(Booking.objects.filter(resource=court).order_by("start"))
        request = ClosureRequest(
            Venue.objects.get(pk=ground.alpha.venue), Period(found[0].start, found[-1].end), court, "race"
        )
        fates = {booking.pk: Fate("cancel") for booking in found[:4]}
        fates |= {booking.pk: Fate("move", other, booking.start) for booking in found[4:]}
        owner = User.objects.get(pk=ground.alpha.users["owner"])

    def close():
        with tenant_context(ground.alpha.tenant):
            one = clearing.close([request], fates, owner)
            assert one is not None
            clearing.work(str(one.pk))
        connection.close()

    calls = [partial(client.post, BOOKINGS, bodies[number % 6]) for number, client in enumerate(customers)]
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(close)
        answers = together(calls)
        closing.result()
    answers += [customers[0].post(BOOKINGS, body) for body in bodies]
    figures("answers", dict(Counter(answer.status for answer in answers)))
    assert [answer for answer in answers if answer.status == 201] == []
    with tenant_context(ground.alpha.tenant):
        assert Closure.objects.filter(resource=court).count() == 1
        assert Counter(Displacement.objects.values_list("way", "state")) == {("cancel", "done"): 4, ("move", "done"): 2}
        assert not Booking.objects.filter(resource=court, state__in=["held", "pending", "confirmed"]).exists()
        assert Booking.objects.filter(resource=other, state__in=["pending", "confirmed", "held"]).count() == 2
    assert ground.violations() == []
