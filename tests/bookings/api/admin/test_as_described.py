"""What the staff's calls answer is what the description of the API says."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from accounts.models import User
from bookings.models import CustomerFile
from schemas.clock import database_now
from tests.bookings.api.admin.test_search import made
from tests.bookings.api.desk import AtHome
from tests.bookings.scenes import at, held, slot
from tests.documents import calls, document
from tests.worlds import World

ROOT = "/api/v1/admin/"
DAYS = "?from=2027-06-01&to=2027-06-07"
READ: dict[str, list[str]] = {
    "bookings/": ["bookings/", "bookings/?expand=contact"],
    "occupancy/": ["occupancy/?from={day}&to={day}"],
    "staff/": ["staff/"],
    "customers/": ["customers/"],
    "customers/{customer_id}/": ["customers/{guest}/"],
    "guests/": ["guests/"],
    "guests/{email}/": ["guests/gina@example.org/"],
    "venues/": ["venues/"],
    "resources/": ["resources/?venue={venue}"],
    "venues/{venue_id}/hours/": ["venues/{venue}/hours/"],
    "resources/{resource_id}/hours/": ["resources/{court}/hours/"],
    **{
        f"reports/{kind}/": [f"reports/{kind}/{DAYS}", f"reports/{kind}/{DAYS}&by=day"]
        for kind in ("occupancy", "revenue", "bookings", "cancellations", "customers")
    },
}


@pytest.mark.parametrize("call", READ)
def test_answer_fits_its_schema(in_alpha: World, call: str) -> None:
    guest = User.objects.get(pk=in_alpha.users["guest"])
    made(in_alpha, "BK-1", email="gina@example.org", name="Gina")
    made(in_alpha, "BK-2", customer=guest, state="cancelled", cancelled_at=database_now(), cancel_reason="other")
    CustomerFile.objects.create(email="gina@example.org", blocked_at=database_now(), blocked_by=guest)
    held(in_alpha.court_1, slot(22))
    held(in_alpha.hall, slot(9))
    operation = calls("v1")[f"GET {ROOT}{call}"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    known: dict[str, Any] = {**schema, "components": document("v1")["components"]}
    values = {"day": f"{at(12):%F}", "guest": guest.pk, "venue": in_alpha.venue, "court": in_alpha.court_1}
    for path in READ[call]:
        answer = AtHome(in_alpha)("owner").get(ROOT + path.format(**values))
        assert answer.status_code == 200, answer.json()
        assert answer.json()
        judge = Draft202012Validator(known, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [f"{list(each.path)}: {each.message}" for each in judge.iter_errors(answer.json())] == []
