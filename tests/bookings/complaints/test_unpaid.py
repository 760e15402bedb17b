"""Time that nobody has paid for: kept for a quarter of an hour, and neither longer nor without the money."""

from bookings.models import Booking
from tests.bookings.api.desk import OWN, at_once, wish
from tests.bookings.scenes import digest, let_lapse
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Resource


def test_a_payment_that_was_broken_off_does_not_keep_the_court(home: Caller, in_alpha: World) -> None:
    """cal.diy#2170, debueb/padelcampus#41 (who leaves PayPal keeps the court)."""
    body = wish(in_alpha.annex_room)
    left = home("guest").post(OWN, body).json()
    refused = home("stranger").post(OWN, body)
    assert (left["status"], refused.status_code, refused.json()["code"]) == ("pending", 400, "held")
    let_lapse(Booking.objects.get(pk=left["id"]))
    assert home("stranger").post(OWN, body).status_code == 201
    assert home("guest").get(f"{OWN}{left['id']}/").json()["status"] == "cancelled"
    assert home("guest").get(f"{OWN}upcoming/").json() == []


def test_what_has_to_be_paid_online_is_not_confirmed_without(home: Caller, in_alpha: World) -> None:
    """cal.diy#16208 ("we only have payment after"): first the money, then the booking."""
    Resource.objects.filter(pk=in_alpha.annex_room).update(pays_on_site=False)
    assert home("guest").post(OWN, wish(in_alpha.annex_room)).json()["confirmed_at"] is None
    before = digest()
    refused = home("guest").post(OWN, wish(in_alpha.annex_room, 15, payment="on_site"))
    assert (refused.status_code, refused.json()["code"]) == (400, "payment_unavailable")
    assert digest() == before


def test_one_s_own_hold_is_named_and_can_be_let_go_of(home: Caller, in_alpha: World) -> None:
    """cal.diy#10973 (Back, and one's own hold is in the way), #5386, #5744, parks-reso-api#358, nosht#106."""
    at_once(in_alpha.court_1)
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True)
    mine = home("guest").post(OWN, wish(in_alpha.court_1)).json()
    again = home("guest").post(OWN, wish(in_alpha.court_1))
    assert (again.status_code, again.json()["code"], again.json()["booking"]) == (400, "held_by_you", mine["id"])
    assert home("guest").post(f"{OWN}{mine['id']}/cancel/").status_code == 200
    assert home("guest").post(OWN, wish(in_alpha.court_1)).status_code == 201
