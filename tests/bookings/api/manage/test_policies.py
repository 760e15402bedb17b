"""`/admin/cancellation-policies/`: versions, and bookings that keep what they agreed to."""

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings import terms
from bookings.states import CancelReason
from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Resource, Venue

STEP = {
    "minutes_before": 2880,
    "percent": "50",
    "fee": "5.00",
    "keeps_deposit": True,
    "group": None,
    "reason": "weather",
}
LAST = {"minutes_before": 0, "percent": "100", "fee": "0.00", "keeps_deposit": False, "group": None, "reason": ""}
POLICIES = f"{ADMIN}/cancellation-policies/"


def test_policy_is_made_read_and_deleted(api: Caller, alpha: World) -> None:
    body = {"name": "Strict", "grace_minutes": 30, "no_show_percent": "80", "steps": [LAST, STEP]}
    policy = made(api, "cancellation-policies", body, who="manager")
    assert policy == {"id": policy["id"], **body, "steps": [STEP, LAST], "replaced_by": None}
    assert api("accountant").get(f"{POLICIES}{policy['id']}/").json() == policy
    assert api("front_desk").get(POLICIES).json() == [policy]
    assert api("owner").patch(f"{POLICIES}{policy['id']}/", {"name": "Mild"}).status_code == 405
    assert api("owner").delete(f"{POLICIES}{policy['id']}/").status_code == 204
    assert api("owner").get(POLICIES, {"all": "1"}).json() == []


def test_steps_have_plain_defaults(api: Caller, alpha: World) -> None:
    policy = made(api, "cancellation-policies", {"name": "Plain", "steps": [{}]})
    nothing = {**LAST, "percent": "0"}
    expected = {"grace_minutes": 0, "no_show_percent": "100", "steps": [nothing], "replaced_by": None}
    assert policy == {"id": policy["id"], "name": "Plain", **expected}


TWICE = ["Two steps are for the same moment, group and reason."]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": "A", "steps": 1}, {"steps": {"non_field_errors": ['Expected a list of items but got type "int".']}}),
        ({"name": "A", "steps": [{}] * 51}, {"steps": ["These are too many."]}),
        ({"name": "A", "steps": [{"percent": "5"}, {}]}, {"steps": TWICE}),
        (
            {"name": "A", "steps": [{"fee": "1.001"}]},
            {"steps": {"0": {"fee": ["This has more decimals than EUR has."]}}},
        ),
        (
            {"name": "A", "steps": [{"percent": "101"}]},
            {"steps": {"0": {"percent": ["Use a percentage from 0 to 100."]}}},
        ),
        ({"name": "A", "steps": [{"group": 9}]}, {"steps": {"0": {"group": ["There is nothing with the id 9 here."]}}}),
        ({"name": "A", "steps": [{"reason": "mood"}]}, {"steps": {"0": {"reason": ['"mood" is not a valid choice.']}}}),
        (
            {"name": "A", "steps": [{"minutes_before": -1}]},
            {"steps": {"0": {"minutes_before": ["Ensure this value is greater than or equal to 0."]}}},
        ),
        ({"name": "A", "no_show_percent": 80}, {"no_show_percent": ['Use a percentage as a string, such as "12.5".']}),
        (
            {"name": "A", "grace_minutes": 2**31},
            {"grace_minutes": ["Ensure this value is less than or equal to 2147483647."]},
        ),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "cancellation-policies", body, errors)


def test_new_version_is_for_new_bookings_and_old_ones_keep_theirs(api: Caller, alpha: World) -> None:
    first = made(api, "cancellation-policies", {"name": "House", "steps": [{"minutes_before": 60}]})
    api("owner").patch(f"{ADMIN}/venues/{alpha.venue}/", {"cancellation_policy": first["id"]})
    api("owner").patch(f"{ADMIN}/resources/{alpha.court_2}/", {"cancellation_policy": first["id"]})
    with tenant_context(alpha.tenant):
        before = [held(alpha.court_1, slot(9)), held(alpha.court_2, slot(9))]
    answer = api("manager").put(f"{POLICIES}{first['id']}/", {"name": "House", "steps": [LAST]})
    assert answer.status_code == 201
    second = answer.json()
    assert answer["Location"] == f"{POLICIES}{second['id']}/"
    assert second == {**first, "id": second["id"], "steps": [LAST]}
    old = {**first, "replaced_by": second["id"]}
    assert api("owner").get(f"{POLICIES}{first['id']}/").json() == old
    assert api("owner").get(POLICIES).json() == [second]
    assert api("owner").get(POLICIES, {"all": "1"}).json() == [old, second]
    with tenant_context(alpha.tenant):
        assert Venue.objects.get(pk=alpha.venue).cancellation_policy_id == second["id"]
        assert Resource.objects.get(pk=alpha.court_2).cancellation_policy_id == second["id"]
        after = [held(alpha.court_1, slot(11)), held(alpha.court_2, slot(11))]
        for booking, fee in [(before[0], 0), (before[1], 0), (after[0], 2500), (after[1], 2500)]:
            booking.refresh_from_db()
            late = booking.start - timedelta(hours=2)
            assert terms.outcome(terms.agreed(booking), booking, CancelReason.USER_REQUEST, late).fee_minor == fee


def test_version_that_was_replaced_is_neither_replaced_again_nor_chosen(api: Caller, alpha: World) -> None:
    first = made(api, "cancellation-policies", {"name": "House"})["id"]
    api("owner").put(f"{POLICIES}{first}/", {"name": "House"})
    before = contents(alpha)
    answer = api("owner").put(f"{POLICIES}{first}/", {"name": "House"})
    assert (answer.status_code, answer.json()["code"]) == (409, "policy_replaced")
    nothing = {"cancellation_policy": [f"There is nothing with the id {first} here."]}
    for path in (f"{ADMIN}/venues/{alpha.venue}/", f"{ADMIN}/resources/{alpha.court_1}/"):
        assert api("owner").patch(path, {"cancellation_policy": first}).json()["errors"] == nothing
    assert contents(alpha) == before


def test_policy_that_is_used_is_not_deleted(api: Caller, alpha: World) -> None:
    first = made(api, "cancellation-policies", {"name": "House", "steps": [STEP]})["id"]
    path = f"{ADMIN}/resources/{alpha.court_1}/"
    api("owner").patch(path, {"cancellation_policy": first})
    in_use(api, alpha, first)
    with tenant_context(alpha.tenant):
        held(alpha.court_1, slot(9))
    second = api("owner").put(f"{POLICIES}{first}/", {"name": "House"}).json()["id"]
    in_use(api, alpha, first)
    in_use(api, alpha, second)
    api("owner").patch(path, {"cancellation_policy": None})
    in_use(api, alpha, second)


def in_use(api: Caller, world: World, policy: int) -> None:
    """It is not deleted, and nothing has changed."""
    before = contents(world)
    answer = api("owner").delete(f"{POLICIES}{policy}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(world) == before


def test_fee_needs_one_currency(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.annex).update(currency="JPY")
    unclear = "This is sold in several currencies, or none: it is not clear in which one this amount is."
    body = {"name": "House", "steps": [{"fee": "5"}]}
    refused(api, alpha, "cancellation-policies", body, {"steps": {"0": {"fee": [unclear]}}})
    assert made(api, "cancellation-policies", {"name": "House", "steps": [{}]})["steps"][0]["fee"] is None
