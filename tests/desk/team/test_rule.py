"""The owner asks a second factor of roles: who has none is nobody at the desk, and is led to where one is set up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django_tenants.utils import tenant_context

from accounts import required
from accounts.models import Authenticator, SecondFactorRule, User
from schemas.clock import database_now
from tests.accounts.test_second_factor import secret_on
from tests.flows.pages import Visitor
from tests.flows.test_passkeys import add, enter, key_of, say
from tests.flows.test_query_counts import counted
from tests.isolation.scene import Caller, furnish_bookings, kept_session, send, values
from tests.routes import tenant_routes
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def tolerant(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_factor.caller": "100/900", "wrong_factor.address": "100/900"}


def asks(world: World, whom: str, *, days: int = 0) -> None:
    with tenant_context(world.tenant):
        required.set_rule(whom, database_now() + timedelta(days=days))


def due(world: World) -> set[str]:
    """Of whom it is asked, now or later."""
    with tenant_context(world.tenant):
        found = User.objects.exclude(second_factor_from=None).values_list("email", flat=True)
        return {email.partition("@")[0] for email in found}


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(int(database_now().timestamp()))


@pytest.mark.parametrize(
    ("whom", "people"),
    [
        ("owners", {"owner"}),
        ("managers", {"owner", "manager"}),
        ("staff", {"owner", "manager", "front_desk", "accountant"}),
        ("", set()),
    ],
)
def test_rule_is_written_to_the_people_it_is_about(alpha: World, visitor: Come, whom: str, people: set[str]) -> None:
    asks(alpha, "staff", days=1)
    owner = visitor("owner")
    page = owner.open("/desk/team/two-factor/")
    owner.send(page, page.form_with("grace"), whom=whom, grace="7")
    assert due(alpha) == people
    with tenant_context(alpha.tenant):
        assert [each.whom for each in SecondFactorRule.objects.all()] == ([whom] if whom else [])
        weeks = User.objects.filter(second_factor_from__gt=database_now() + timedelta(days=6)).count()
        assert weeks == len(people)


def test_until_the_day_the_desk_is_open(alpha: World, visitor: Come) -> None:
    asks(alpha, "staff", days=1)
    assert visitor("accountant").open("/desk/money/").path == "/desk/money/"


def test_who_has_none_is_led_to_set_it_up_and_then_goes_on(alpha: World, visitor: Come) -> None:
    asks(alpha, "staff")
    manager = visitor("manager")
    page = manager.open("/desk/team/")
    assert (page.path, "One more step before you go on" in page.text) == ("/account/two-factor/", True)
    for path in ("/desk/money/", "/account/", "/me/tokens/", "/bookings/", "/account/sessions/"):
        assert manager.open(path).path == "/account/two-factor/"
    page = manager.open("/account/two-factor/app/")
    done = manager.send(page, page.form_with("code"), code=code_of(secret_on(page)))
    assert done.status == 200
    assert manager.open("/desk/team/").path == "/desk/team/"


def test_it_is_asked_of_the_roles_and_of_no_customer(alpha: World, visitor: Come) -> None:
    asks(alpha, "managers")
    assert visitor("front_desk").open("/account/").path == "/account/"
    assert visitor("guest").open("/account/").path == "/account/"
    assert visitor("owner").open("/account/").path == "/account/two-factor/"


def test_passkey_is_both_factors_and_a_password_beside_it_is_not(alpha: World, visitor: Come) -> None:
    key = key_of(alpha)
    assert add(visitor("manager"), key)[0] == 201
    asks(alpha, "staff")
    by_key = visitor()
    assert enter(by_key, key)[0] == 200
    assert by_key.open("/desk/team/").path == "/desk/team/"
    by_password = visitor("manager")
    page = by_password.open("/desk/team/")
    assert (page.path, "sign in with your passkey" in page.text) == ("/account/two-factor/", True)
    assert by_password.open("/account/two-factor/app/").path.startswith("/login/")
    assert say(by_password, "/account/passkeys/options/")[0] == 403
    with tenant_context(alpha.tenant):
        assert not Authenticator.objects.exists()


def test_passkey_made_on_the_way_opens_the_desk(alpha: World, visitor: Come) -> None:
    asks(alpha, "staff")
    manager = visitor("manager")
    assert add(manager, key_of(alpha))[0] == 201
    assert manager.open("/desk/team/").path == "/desk/team/"


def test_last_one_is_not_removed_while_it_is_asked(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open("/account/two-factor/app/")
    manager.send(page, page.form_with("code"), code=code_of(secret_on(page)))
    asks(alpha, "staff", days=30)
    page = manager.open("/account/two-factor/remove/")
    [form] = [each for each in page.forms if each.method == "post" and not each.action]
    assert manager.send(page, form).status == 400
    with tenant_context(alpha.tenant):
        assert Authenticator.objects.count() == 1


def test_new_role_brings_the_rule_along(alpha: World, visitor: Come) -> None:
    asks(alpha, "managers", days=1)
    owner = visitor("owner")
    page = owner.open(f"/desk/team/{alpha.users['front_desk']}/")
    owner.send(page, page.form_with("role"), role="manager", venues=[alpha.venue])
    page = owner.open(f"/desk/team/{alpha.users['manager']}/")
    owner.send(page, page.form_with("role"), role="accountant")
    assert due(alpha) == {"owner", "front_desk"}


WAYS = {"/account/two-factor/", "/account/two-factor/app/", "/account/passkeys/", "/login/", "/logout/"}


def test_who_owes_one_is_nobody_at_every_route_but_those_that_lead_to_one(alpha: World) -> None:
    """Pages and API alike: by session the owner is answered as nobody is, or led to set one up. A token goes on."""
    furnish_bookings(alpha)
    asks(alpha, "staff")
    nobody, owing = Caller(alpha.host), Caller(alpha.host, session=kept_session(alpha, "owner"))
    known, differs = values(alpha, alpha), []
    for route in tenant_routes():
        if route.path in WAYS or "passkey" in route.path or any(name not in known for name, _kind in route.converters):
            continue
        for method in route.methods:
            one, other = (send(who, route, method, route.filled(known), {}) for who in (nobody, owing))
            led = other.status_code == 302 and other["Location"] == "/account/two-factor/"
            if not led and (one.status_code, one.get("Location")) != (other.status_code, other.get("Location")):
                differs.append(f"{method} {route}: {one.status_code} {other.status_code}")
    assert differs == []
    by_token = Caller(alpha.host, token=alpha.tokens["owner"]).client
    assert by_token.get("/api/v1/admin/venues/").status_code == 200


def test_rule_costs_a_request_nothing(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with counted() as before:
        owner.open("/desk/team/two-factor/")
    asks(alpha, "managers", days=0)
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["owner"]).update(second_factor_from=None)
    with counted() as after:
        owner.open("/desk/team/two-factor/")
    assert len(after) == len(before)
