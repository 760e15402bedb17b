"""An address without its slash."""

from tests.bookings.api.test_v1_bookings import rows, wish
from tests.conftest import Caller
from tests.worlds import World


def test_post_without_the_slash_is_404_and_changes_nothing(api: Caller, alpha: World) -> None:
    before = rows(alpha)
    assert api("guest").post("/api/v1/bookings", wish(alpha), format="json").status_code == 404
    assert rows(alpha) == before


def test_get_without_the_slash_is_led_to_it(api: Caller, alpha: World) -> None:
    answer = api("guest").get("/api/v1/bookings")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/bookings/")
