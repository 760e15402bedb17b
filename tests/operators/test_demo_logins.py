"""var/demo.json, and what a second run of the command does to it: as little as possible."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context
from rest_framework.test import APIClient

from accounts import codes
from accounts.models import AccessToken, Role, User
from bookings.models import Booking
from operators.access import rank_of
from operators.demo.logins import OPERATORS
from outside import vault
from tenants.models import Tenant
from tests.operators.conftest import Demo, run
from venues.models import Resource

ROLES = ["owner", "manager", "front_desk", "accountant"]
TENANT_KEYS = ["slug", "name", "url", "host", "time_zone", "currency", *ROLES, "customers", "oauth", "resources"]


def logins(tenant: dict[str, Any]) -> list[dict[str, str]]:
    return [*(tenant[role] for role in ROLES), *tenant["customers"]]


def test_file_has_exactly_the_shape_that_scripts_expect(demo: Demo) -> None:
    content = demo.content
    assert list(content) == ["platform", "tenants"]
    assert list(content["platform"]) == ["url", *OPERATORS]
    assert content["platform"]["url"] == "http://localhost:8000"
    assert all(list(content["platform"][name]) == ["email", "password", "totp"] for name in OPERATORS)
    assert [tenant["slug"] for tenant in content["tenants"]] == ["munich", "tokyo", "newyork"]
    for tenant in content["tenants"]:
        assert list(tenant) == TENANT_KEYS
        assert (tenant["host"], tenant["url"]) == (
            f"{tenant['slug']}.localhost",
            f"http://{tenant['slug']}.localhost:8000",
        )
        assert len(tenant["customers"]) >= 3
        assert all(list(login) == ["email", "password", "token"] for login in logins(tenant))
        with tenant_context(Tenant.objects.get(slug=tenant["slug"])):
            assert tenant["resources"] == list(
                Resource.objects.filter(stock_of=None).order_by("pk").values_list("pk", flat=True)
            )


def test_only_its_owner_can_read_the_file(demo: Demo) -> None:
    assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600


def test_every_password_is_good_and_opens_the_account_with_its_role(demo: Demo) -> None:
    for tenant in demo.content["tenants"]:
        with tenant_context(Tenant.objects.get(slug=tenant["slug"])):
            for login in logins(tenant):
                user = User.objects.get(email=login["email"])
                validate_password(login["password"], user)
                assert user.check_password(login["password"])
            roles = [User.objects.get(email=tenant[role]["email"]).role for role in ROLES]
            assert roles == ROLES
            assert {User.objects.get(email=c["email"]).role for c in tenant["customers"]} == {Role.CUSTOMER}


def test_every_token_opens_the_api_of_its_tenant_and_of_no_other(demo: Demo) -> None:
    """T08."""
    tenants = demo.content["tenants"]
    for tenant in tenants:
        for other in tenants:
            expected = 200 if other is tenant else 401
            for login in logins(tenant):
                client = APIClient(HTTP_HOST=other["host"], HTTP_AUTHORIZATION=f"Token {login['token']}")
                assert client.get("/api/v1/bookings/").status_code == expected


def test_every_client_gets_a_token_at_its_tenant_and_at_no_other(demo: Demo) -> None:
    """T27."""
    tenants = demo.content["tenants"]
    for tenant in tenants:
        app = tenant["oauth"]["client_credentials"]
        body = {"grant_type": "client_credentials", **{name: app[name] for name in ("client_id", "client_secret")}}
        for other in tenants:
            answer = APIClient(HTTP_HOST=other["host"]).post("/oauth/token/", body, format="multipart")
            assert answer.status_code == (200 if other is tenant else 401)
        answer = APIClient(HTTP_HOST=tenant["host"]).post("/oauth/token/", body, format="multipart")
        assert answer.json()["scope"].split() == app["scopes"]
        assert set(tenant["oauth"]["authorization_code"]) == {"client_id", "client_secret", "scopes", "redirect_uris"}


def test_customers_with_a_login_have_bookings_behind_and_ahead(demo: Demo) -> None:
    for tenant in demo.content["tenants"]:
        for login in tenant["customers"]:
            client = APIClient(HTTP_HOST=tenant["host"], HTTP_AUTHORIZATION=f"Token {login['token']}")
            assert len(client.get("/api/v1/bookings/upcoming/").json()) >= 1
            assert len(client.get("/api/v1/bookings/?status=completed").json()) >= 1


@pytest.mark.parametrize(("name", "rank"), OPERATORS.items())
def test_operators_live_in_the_public_schema_only(demo: Demo, name: str, rank: str) -> None:
    operator = demo.content["platform"][name]
    user = User.objects.get(email=operator["email"])
    assert (user.role, rank_of(user)) == (Role.OPERATOR, rank)
    assert user.check_password(operator["password"])
    row = codes.of(user)
    assert row is not None
    assert vault.unseal(row.sealed) == operator["totp"]
    assert [User.objects.filter(email=operator["email"]).exists() for _ in demo.inside()] == [False] * 3


def test_code_is_what_the_operators_phone_shows(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo_code", "finance")
    said = capsys.readouterr()
    assert pyotp.TOTP(demo.content["platform"]["finance"]["totp"]).verify(said.out.strip(), valid_window=1)
    assert re.fullmatch(r"Good once; the next one comes in \d+ s\.\n", said.err)


def test_without_a_demo_there_is_no_code(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    with pytest.raises(CommandError, match="names no such operator"):
        call_command("demo_code")


def test_second_run_changes_nothing(demo: Demo) -> None:
    """`make run` on the data of yesterday: same bookings, same keys."""
    before = demo.file.read_bytes()
    schemas = [tenant.schema_name for tenant in demo.tenants]
    counts = [(Booking.objects.count(), AccessToken.objects.count()) for _ in demo.inside()]
    run()
    assert demo.file.read_bytes() == before
    assert [tenant.schema_name for tenant in demo.tenants] == schemas
    assert [(Booking.objects.count(), AccessToken.objects.count()) for _ in demo.inside()] == counts


def test_another_port_changes_the_addresses_only(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = demo.file.read_text()
    monkeypatch.setenv("PORT", "8765")
    run()
    after = demo.file.read_text()
    monkeypatch.delenv("PORT")
    run()
    assert after == before.replace(":8000", ":8765")
    assert demo.file.read_text() == before


def test_lost_key_is_replaced_and_the_others_stay(demo: Demo) -> None:
    """Somebody changed a password and revoked a token; a file that is gone is written anew."""
    before = demo.content
    owner, customer = before["tenants"][0]["owner"], before["tenants"][0]["customers"][0]
    with tenant_context(demo.tenants[0]):
        user = User.objects.get(email=owner["email"])
        user.set_password("my own secret now")
        user.save()
        AccessToken.objects.filter(digest=AccessToken.digest_of(customer["token"])).delete()
    run()
    after = demo.content
    changed_owner, changed_customer = after["tenants"][0]["owner"], after["tenants"][0]["customers"][0]
    with tenant_context(demo.tenants[0]):
        stored = User.objects.get(email=owner["email"]).password
        assert check_password(changed_owner["password"], stored)
        assert AccessToken.objects.filter(digest=AccessToken.digest_of(changed_customer["token"])).exists()
    assert changed_owner["token"] == owner["token"]
    assert changed_customer["password"] == customer["password"]
    after["tenants"][0]["owner"], after["tenants"][0]["customers"][0] = owner, customer
    assert after == before


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"tenants": 3}'])
def test_damaged_file_is_written_anew(demo: Demo, damage: str) -> None:
    demo.file.write_text(damage)
    run()
    assert [tenant["slug"] for tenant in json.loads(demo.file.read_text())["tenants"]] == ["munich", "tokyo", "newyork"]
    with tenant_context(demo.tenants[1]):
        owner = demo.content["tenants"][1]["owner"]
        assert User.objects.get(email=owner["email"]).check_password(owner["password"])
