"""Joining a waiting list: for what is taken, once, and not for everything."""

import pytest

from bookings import joining
from bookings.joining import Want
from bookings.models import WaitlistEntry
from kernel.errors import Refused
from tenants.models import DueWork
from tests.bookings.scenes import at, confirmed, digest, held, let_lapse, slot
from tests.bookings.waiting import states, wait


def refused(want):
    """What joining is refused with; nothing changes."""
    before = (digest(), WaitlistEntry.objects.count())
    with pytest.raises(Refused) as refusal:
        joining.join(want)
    assert (digest(), WaitlistEntry.objects.count()) == before
    return refusal.value


def test_whoever_joins_waits_for_the_slot(in_alpha, guest, staff):
    confirmed(in_alpha.court_1, slot(10), staff)
    entry, is_new = joining.join(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10), participants=2))
    assert is_new
    assert (entry.resource_id, entry.product_id, entry.minutes, entry.participants) == (in_alpha.court_1, None, 60, 2)
    assert (entry.earliest, entry.latest, entry.state, entry.customer_id) == (at(10), at(11), "waiting", guest.pk)
    assert DueWork.objects.get(kind="waitlist_entry").due_at == at(10)


def test_the_same_wish_again_answers_with_the_same_entry(in_alpha, guest, stranger, staff):
    confirmed(in_alpha.court_1, slot(10), staff)
    first, _new = joining.join(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10)))
    again = joining.join(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10), participants=3))
    assert again == (first, False)
    other = joining.join(Want(customer=stranger, resource_id=in_alpha.court_1, period=slot(10)))
    assert other[1]
    assert WaitlistEntry.objects.count() == 2


def test_whoever_left_may_join_again_at_the_end_of_the_line(in_alpha, guest, staff):
    confirmed(in_alpha.court_1, slot(10), staff)
    first = wait(guest, in_alpha.court_1, slot(10))
    joining.leave(first)
    second = wait(guest, in_alpha.court_1, slot(10))
    assert second.pk > first.pk
    assert states(first, second) == ["left", "waiting"]


def test_what_is_free_is_not_waited_for(in_alpha, guest, staff):
    refusal = refused(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10)))
    assert (refusal.code, refusal.extra) == (
        "available",
        {"start_datetime": at(10).isoformat(), "end_datetime": at(11).isoformat()},
    )
    confirmed(in_alpha.court_1, slot(7, minutes=120), staff)
    day = refused(Want(customer=guest, resource_id=in_alpha.court_1, day=at(10).date(), minutes=60))
    assert (day.code, day.extra["start_datetime"]) == ("available", at(9).isoformat())


def test_a_lapsed_hold_is_free_and_not_waited_for(in_alpha, guest):
    let_lapse(held(in_alpha.court_1, slot(10)))
    assert refused(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10))).code == "available"


def test_what_can_never_be_had_is_refused_with_its_reason(in_alpha, guest, staff):
    court = in_alpha.court_1
    confirmed(court, slot(10), staff)
    wishes = {
        "closed": Want(customer=guest, resource_id=court, period=slot(3)),
        "granularity": Want(customer=guest, resource_id=court, period=slot(10, 15)),
        "duration": Want(customer=guest, resource_id=court, period=slot(10, minutes=600)),
        "capacity": Want(customer=guest, resource_id=court, period=slot(10), participants=99),
        "lead_time": Want(customer=guest, resource_id=court, period=slot(10, ahead=-2)),
        "too_far": Want(customer=guest, resource_id=court, period=slot(10, ahead=900)),
        "resource_unknown": Want(customer=guest, resource_id=10**6, period=slot(10)),
        "product_unknown": Want(customer=guest, product_id=10**6, period=slot(10)),
    }
    assert {code: refused(want).code for code, want in wishes.items()} == {code: code for code in wishes}
    far = Want(customer=guest, resource_id=court, day=at(10, ahead=900).date(), minutes=60)
    long = Want(customer=guest, resource_id=court, day=at(10).date(), minutes=600)
    assert (refused(far).code, refused(long).code) == ("too_far", "duration")


def test_nobody_waits_for_what_they_have(in_alpha, guest):
    held(in_alpha.court_1, slot(10), customer=guest)
    assert refused(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10))).code == "held_by_you"


def test_a_service_of_one_length_is_waited_for_in_that_length(in_alpha, guest, staff):
    for court in (in_alpha.court_1, in_alpha.court_2):
        confirmed(court, slot(10), staff)
    wish = Want(customer=guest, product_id=in_alpha.tennis, period=slot(10, minutes=90))
    assert refused(wish).code == "duration"
    entry, _new = joining.join(Want(customer=guest, product_id=in_alpha.tennis, period=slot(10)))
    assert (entry.resource_id, entry.product_id, entry.minutes) == (None, in_alpha.tennis, 60)


def test_nobody_waits_for_more_than_twenty_things(in_alpha, guest, staff):
    for hour in range(10, 21):
        confirmed(in_alpha.court_1, slot(hour), staff)
        confirmed(in_alpha.court_2, slot(hour), staff)
    wishes = [(court, hour) for court in (in_alpha.court_1, in_alpha.court_2) for hour in range(10, 21)]
    for court, hour in wishes[:20]:
        wait(guest, court, slot(hour))
    court, hour = wishes[20]
    assert refused(Want(customer=guest, resource_id=court, period=slot(hour))).code == "too_many_waiting"
    joining.leave(WaitlistEntry.objects.earliest("pk"))
    assert wait(guest, court, slot(hour)).state == "waiting"


def test_a_tenant_that_is_not_open_has_no_line(in_alpha, guest, staff):
    confirmed(in_alpha.court_1, slot(10), staff)
    type(in_alpha.tenant).objects.filter(pk=in_alpha.tenant.pk).update(state="suspended")
    assert refused(Want(customer=guest, resource_id=in_alpha.court_1, period=slot(10))).code == "tenant_closed"
