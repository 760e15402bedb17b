"""`/admin/groups/` and who belongs to them."""

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import CustomerGroup, Membership


def test_group_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    group = made(api, "groups", {"name": "Members", "percent_off": "12.5", "position": 3})
    assert group == {"id": group["id"], "name": "Members", "percent_off": "12.5", "position": 3, "member_count": 0}
    with tenant_context(alpha.tenant):
        assert CustomerGroup.objects.get(pk=group["id"]).percent_off == 1250
    path = f"{ADMIN}/groups/{group['id']}/"
    assert api("accountant").get(path).json() == group
    assert api("front_desk").get(f"{ADMIN}/groups/").json() == [group]
    changed = api("manager").patch(path, {"percent_off": "100"})
    assert (changed.status_code, changed.json()) == (200, {**group, "percent_off": "100"})
    assert api("manager").delete(path).status_code == 204
    assert api("owner").get(f"{ADMIN}/groups/").json() == []


def test_groups_are_listed_in_the_owners_order(api: Caller, alpha: World) -> None:
    for name, position in (("Zebras", 1), ("Members", 2), ("Ants", 2), ("Clubs", 0)):
        made(api, "groups", {"name": name, "position": position})
    assert [row["name"] for row in api("owner").get(f"{ADMIN}/groups/").json()] == [
        "Clubs",
        "Zebras",
        "Ants",
        "Members",
    ]


PERCENT = ['Use a percentage as a string, such as "12.5".']


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": ""}, {"name": ["This field may not be blank."]}),
        ({"name": "x" * 81}, {"name": ["Ensure this field has no more than 80 characters."]}),
        *[
            ({"name": "A", "percent_off": wrong}, {"percent_off": PERCENT})
            for wrong in ("12.345", "-1", "1e1", "12,5", "", 12.5, 12, True)
        ],
        ({"name": "A", "percent_off": "100.01"}, {"percent_off": ["Use a percentage from 0 to 100."]}),
        ({"name": "A", "position": -1}, {"position": ["Ensure this value is greater than or equal to 0."]}),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "groups", body, errors)


def test_name_of_a_group_is_unique(api: Caller, alpha: World) -> None:
    made(api, "groups", {"name": "Members"})
    refused(api, alpha, "groups", {"name": "Members"}, {"name": ["customer group with this name already exists."]})


def test_members_join_by_id_or_address_and_leave(api: Caller, alpha: World) -> None:
    members = f"groups/{made(api, 'groups', {'name': 'Members'})['id']}/members"
    guest, stranger = alpha.users["guest"], alpha.users["stranger"]
    body = {"user": guest, "valid_from": "2027-01-01", "valid_until": "2027-12-31"}
    joined = api("manager").post(f"{ADMIN}/{members}/", body)
    assert (joined.status_code, joined["Location"]) == (201, f"{ADMIN}/{members}/{guest}/")
    by_id = {
        "user": guest,
        "name": f"guest {alpha.canary}",
        "email": f"guest@{alpha.canary}.example",
        "valid_from": "2027-01-01",
        "valid_until": "2027-12-31",
    }
    assert joined.json() == by_id
    by_email = made(api, members, {"email": f"Stranger@{alpha.canary}.example"})
    assert (by_email["user"], by_email["valid_from"], by_email["valid_until"]) == (stranger, None, None)
    assert api("accountant").get(f"{ADMIN}/{members}/").json() == [by_id, by_email]
    changed = api("owner").patch(f"{ADMIN}/{members}/{guest}/", {"valid_until": None})
    assert (changed.status_code, changed.json()) == (200, {**by_id, "valid_until": None})
    assert api("owner").delete(f"{ADMIN}/{members}/{guest}/").status_code == 204
    assert [row["user"] for row in api("owner").get(f"{ADMIN}/{members}/").json()] == [stranger]
    assert api("owner").delete(f"{ADMIN}/{members}/{guest}/").status_code == 404


def test_manager_sees_members_and_counts_of_customers_who_came_to_their_venues(api: Caller, alpha: World) -> None:
    group = made(api, "groups", {"name": "Members"})["id"]
    members = f"{ADMIN}/groups/{group}/members/"
    for who in ("guest", "stranger"):
        made(api, f"groups/{group}/members", {"user": alpha.users[who]})
    with tenant_context(alpha.tenant):
        held(alpha.annex_room, slot(9), customer=User.objects.get(pk=alpha.users["stranger"]))
    for who, seen in (("owner", ["guest", "stranger"]), ("front_desk", ["guest", "stranger"]), ("manager", ["guest"])):
        assert [row["user"] for row in api(who).get(members).json()] == [alpha.users[name] for name in seen]
        assert api(who).get(f"{ADMIN}/groups/{group}/").json()["member_count"] == len(seen)
        assert [row["member_count"] for row in api(who).get(f"{ADMIN}/groups/").json()] == [len(seen)]
    before = contents(alpha)
    hidden = f"{members}{alpha.users['stranger']}/"
    assert api("manager").patch(hidden, {"valid_until": "2027-01-01"}).status_code == 404
    assert api("manager").delete(hidden).status_code == 404
    assert api("manager").post(members, {"user": alpha.users["stranger"]}).status_code == 400
    assert contents(alpha) == before


def test_nobody_joins_twice_or_is_made_up(api: Caller, alpha: World) -> None:
    members = f"groups/{made(api, 'groups', {'name': 'Members'})['id']}/members"
    guest = alpha.users["guest"]
    made(api, members, {"user": guest})
    either = {"user": ["Give either the id or the e-mail address."]}
    nobody = ["Nobody here has an account like that."]
    for body, errors in [
        ({"user": guest}, {"non_field_errors": ["Membership with this User and Group already exists."]}),
        ({"user": 999}, {"user": nobody}),
        ({"email": "nobody@example.org"}, {"email": nobody}),
        ({}, either),
        ({"user": guest, "email": "guest@example.org"}, either),
        ({"email": "x"}, {"email": ["Enter a valid email address."]}),
        (
            {"user": alpha.users["stranger"], "valid_from": "2027-02-02", "valid_until": "2027-02-01"},
            {"non_field_errors": ["Constraint “membership_dates” is violated."]},
        ),
    ]:
        refused(api, alpha, members, body, errors)
    assert api("owner").post(f"{ADMIN}/groups/999/members/", {"user": guest}).status_code == 404


def test_group_with_prices_is_in_use_and_one_with_members_goes_with_them(api: Caller, alpha: World) -> None:
    group = made(api, "groups", {"name": "Members"})["id"]
    rate = made(api, "rates", {"resource": alpha.court_1, "amount": "1.00", "group": group})["id"]
    made(api, f"groups/{group}/members", {"user": alpha.users["guest"]})
    before = contents(alpha)
    answer = api("owner").delete(f"{ADMIN}/groups/{group}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before
    api("owner").delete(f"{ADMIN}/rates/{rate}/")
    voucher = made(api, "vouchers", {"code": "MEMBERS", "percent_off": "10", "group": group})["id"]
    assert api("owner").delete(f"{ADMIN}/groups/{group}/").json()["code"] == "in_use"
    api("owner").delete(f"{ADMIN}/vouchers/{voucher}/")
    assert api("owner").delete(f"{ADMIN}/groups/{group}/").status_code == 204
    with tenant_context(alpha.tenant):
        assert not Membership.objects.exists()
        assert User.objects.filter(pk=alpha.users["guest"]).exists()
