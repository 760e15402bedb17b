"""Two rooms and a projector are one booking, and a half is part of the whole."""

from typing import Any

from bookings.models import Booking
from tests.bookings.api.desk import OWN, at_once, wish
from tests.bookings.scenes import digest
from tests.conftest import Caller
from tests.worlds import World


def test_several_rooms_are_one_booking_with_one_code_and_one_cancellation(home: Caller, in_alpha: World) -> None:
    """mrbs-code#2812 (each room is an entry of its own), #2062, #1012, librebooking#344, gather#308, respa#294,
    nextcloud/calendar#3619, cal.diy#13745 (rooms are not modelled), classroombookings#79.
    """
    at_once(in_alpha.court_1, in_alpha.court_2, in_alpha.half_a)
    also: dict[str, Any] = {"with_resources": [in_alpha.court_2, in_alpha.half_a]}
    made = home("guest").post(OWN, wish(in_alpha.court_1, **also)).json()
    assert made["total_price"] == "75.00"
    assert [row["id"] for row in home("guest").get(OWN).json()] == [made["id"]]
    contents = home("guest").get(f"{OWN}{made['id']}/contents/").json()
    assert [row["id"] for row in contents["resources"]] == [in_alpha.court_1, in_alpha.court_2, in_alpha.half_a]
    for taken in (in_alpha.court_1, in_alpha.court_2, in_alpha.half_a, in_alpha.hall):
        refused = home("stranger").post(OWN, wish(taken))
        assert (refused.status_code, refused.json()["code"]) == (400, "booked")
    assert home("guest").post(f"{OWN}{made['id']}/cancel/").status_code == 200
    for free in (in_alpha.court_1, in_alpha.court_2, in_alpha.hall):
        assert home("stranger").post(OWN, wish(free)).status_code == 201


def test_where_one_of_them_is_taken_none_is_booked(home: Caller, in_alpha: World) -> None:
    """mrbs-code#2812, librebooking#344: all of them or nothing."""
    at_once(in_alpha.court_1, in_alpha.court_2, in_alpha.hall)
    assert home("stranger").post(OWN, wish(in_alpha.hall)).status_code == 201
    before = digest()
    also: dict[str, Any] = {"with_resources": [in_alpha.court_2, in_alpha.half_b]}
    refused = home("guest").post(OWN, wish(in_alpha.court_1, **also))
    assert (refused.status_code, refused.json()["code"]) == (400, "booked")
    assert digest() == before
    assert not Booking.objects.filter(customer=in_alpha.users["guest"]).exists()


def test_a_booked_half_takes_the_whole_away_and_leaves_the_other_half(home: Caller, in_alpha: World) -> None:
    """librebooking#232 (relations between resources), gather#308 (rooms that can be joined)."""
    at_once(in_alpha.half_a, in_alpha.half_b, in_alpha.hall)
    assert home("guest").post(OWN, wish(in_alpha.half_a)).status_code == 201
    refused = home("stranger").post(OWN, wish(in_alpha.hall))
    assert (refused.status_code, refused.json()["code"]) == (400, "booked")
    assert home("stranger").post(OWN, wish(in_alpha.half_b)).status_code == 201
