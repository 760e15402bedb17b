"""Waiting lists that lead nowhere, or eat what they offer."""

from bookings.models import Booking
from tests.bookings.api.desk import OWN, at_once, wish
from tests.bookings.scenes import at, let_lapse
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Quota

WAITLIST = "/api/v1/waitlist/"


def offered(home: Caller, world: World) -> dict[str, str]:
    """The guest waits for Court 1 at ten, which the stranger then gives back; the guest's offer."""
    at_once(world.court_1)
    taken = home("stranger").post(OWN, wish(world.court_1)).json()
    waiting = home("guest").post(WAITLIST, wish(world.court_1))
    assert waiting.status_code == 201, waiting.json()
    assert home("stranger").post(f"{OWN}{taken['id']}/cancel/").status_code == 200
    offer: dict[str, str] = home("guest").get(f"{WAITLIST}{waiting.json()['id']}/").json()["offer"]
    return offer


def test_the_link_of_an_offer_opens_that_very_slot_and_is_enough(home: Caller, in_alpha: World) -> None:
    """booking-activities#226 (the link should open the exact slot), #70 (waiting lists bring the most bookings)."""
    offer = offered(home, in_alpha)
    assert offer["start_datetime"] == home("guest").get(f"{OWN}{offer['booking']}/").json()["start_datetime"]
    path = offer["link"].partition(in_alpha.host)[2]
    page = home(None).get(path[path.index("/") :], HTTP_ACCEPT="text/html", follow=True)
    assert page.status_code == 200
    shown = page.context["booking"]
    assert (str(shown.pk), shown.state, shown.start) == (offer["booking"], "held", at(10))


def test_an_offer_that_was_not_taken_gives_everything_back(home: Caller, in_alpha: World) -> None:
    """pretix#1405 (what the waiting list reserved is not returned to the quota)."""
    Quota.objects.create(venue_id=in_alpha.venue, measure="bookings", span="active", most=1)
    offer = offered(home, in_alpha)
    full = home("guest").post(OWN, wish(in_alpha.court_1, 15))
    assert (full.status_code, full.json()["code"]) == (400, "quota")
    let_lapse(Booking.objects.get(pk=offer["booking"]))
    assert home("guest").post(OWN, wish(in_alpha.court_1, 15)).status_code == 201
    assert home("stranger").post(OWN, wish(in_alpha.court_1)).status_code == 201
