"""One's own hold never blocks oneself, and nobody can let go of somebody else's (R12)."""

import pytest

from bookings import lifecycle
from bookings.models import Booking, Occupancy
from bookings.requests import HoldRequest
from kernel.errors import Refused
from tests.bookings.scenes import digest, held, slot, story


def refused(request: HoldRequest) -> Refused:
    """The refusal of a hold that changes nothing."""
    before = digest()
    with pytest.raises(Refused) as caught:
        lifecycle.hold(request)
    assert digest() == before
    return caught.value


def test_a_double_click_is_told_of_its_own_hold(in_alpha, guest):
    """R12"""
    mine = held(in_alpha.court_1, slot(10), customer=guest)
    refusal = refused(HoldRequest(slot(10), in_alpha.court_1, customer=guest))
    assert refusal.code == "held_by_you"
    assert refusal.extra == {"booking": str(mine.pk), "reference_code": mine.reference_code}


def test_a_browser_without_an_account_is_told_of_its_own_hold(in_alpha):
    """R12"""
    mine = held(in_alpha.court_1, slot(10), holder="browser-1")
    refusal = refused(HoldRequest(slot(10), in_alpha.court_1, holder="browser-1"))
    assert (refusal.code, refusal.extra["booking"]) == ("held_by_you", str(mine.pk))


def test_others_are_told_that_somebody_holds_it_and_not_who(in_alpha, guest, stranger):
    held(in_alpha.court_1, slot(10), customer=guest, holder="browser-1")
    for request in (
        HoldRequest(slot(10), in_alpha.court_1, customer=stranger),
        HoldRequest(slot(10), in_alpha.court_1, holder="browser-2"),
        HoldRequest(slot(10), in_alpha.court_1),
    ):
        refusal = refused(request)
        assert (refusal.code, refusal.extra) == ("held", {})


def test_two_guests_without_a_name_are_not_the_same_person(in_alpha):
    held(in_alpha.court_1, slot(10))
    assert refused(HoldRequest(slot(10), in_alpha.court_1)).code == "held"


def test_choosing_again_lets_go_of_the_hold_before(in_alpha, guest):
    first = held(in_alpha.court_1, slot(10), customer=guest)
    second = held(in_alpha.court_1, slot(10, 30), customer=guest, replaces=frozenset({first.pk}))
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "held")
    assert story(first)[-1] == ("held", "expired", "system", None, "replaced")
    assert list(Occupancy.objects.values_list("booking_id", flat=True)) == [second.pk]


def test_the_same_slot_can_be_chosen_again(in_alpha):
    first = held(in_alpha.court_1, slot(10), holder="browser-1")
    second = held(in_alpha.court_1, slot(10), holder="browser-1", replaces=frozenset({first.pk}))
    assert Booking.objects.get(pk=first.pk).state == "expired"
    assert Booking.objects.get(pk=second.pk).state == "held"


def test_a_hold_on_another_court_is_let_go_of_as_well(in_alpha, guest):
    """cal.diy#10973."""
    first = held(in_alpha.court_2, slot(15), customer=guest)
    held(in_alpha.court_1, slot(10), customer=guest, replaces=frozenset({first.pk}))
    assert Booking.objects.get(pk=first.pk).state == "expired"


def test_the_hold_before_stays_if_the_new_one_cannot_be_had(in_alpha, guest, stranger):
    first = held(in_alpha.court_1, slot(10), customer=guest)
    held(in_alpha.court_1, slot(12), customer=stranger)
    request = HoldRequest(slot(12), in_alpha.court_1, customer=guest, replaces=frozenset({first.pk}))
    assert refused(request).code == "held"
    assert Booking.objects.get(pk=first.pk).state == "held"


@pytest.mark.parametrize(
    "owner", [{"holder": "browser-1"}, {}, {"customer": "guest"}], ids=["browser", "nameless", "customer"]
)
@pytest.mark.parametrize(
    "thief", [{"holder": "browser-2"}, {}, {"customer": "stranger"}], ids=["browser", "nameless", "customer"]
)
def test_the_id_of_somebody_else_s_hold_in_replaces_is_ignored(in_alpha, guest, stranger, owner, thief):
    people = {"guest": guest, "stranger": stranger}
    mine = {name: people.get(value, value) for name, value in owner.items()}
    theirs = {name: people.get(value, value) for name, value in thief.items()}
    victim = held(in_alpha.court_1, slot(10), **mine)
    steal = HoldRequest(slot(10), in_alpha.court_1, replaces=frozenset({victim.pk}), **theirs)
    assert refused(steal).code == "held"
    held(in_alpha.court_2, slot(10), replaces=frozenset({victim.pk}), **theirs)
    assert Booking.objects.get(pk=victim.pk).state == "held"
    assert Occupancy.objects.filter(booking=victim).count() == 1


def test_what_was_confirmed_meanwhile_is_not_let_go_of(in_alpha, guest, staff):
    mine = lifecycle.confirm(held(in_alpha.court_1, slot(10), customer=guest), staff)
    request = HoldRequest(slot(10), in_alpha.court_1, customer=guest, replaces=frozenset({mine.pk}))
    assert refused(request).code == "held_by_you"
    held(in_alpha.court_2, slot(10), customer=guest, replaces=frozenset({mine.pk}))
    assert Booking.objects.get(pk=mine.pk).state == "confirmed"
