"""The commands for tenants: thin, and careful with what cannot be taken back."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import tenant_context
from pytest_django import Settings

from accounts.models import Role, User
from schemas.clock import database_now
from tenants import due
from tenants.models import Domain, DueWork, Tenant
from tests.worlds import ALPHA, BETA, World, world_of

NEW = (
    "--name",
    "Gamma Halls",
    "--time-zone",
    "Europe/Vienna",
    "--currency",
    "EUR",
    "--owner-email",
    "Olga@Gamma.example",
)


def called(name: str, *arguments: str) -> str:
    said = StringIO()
    call_command(name, *arguments, stdout=said)
    return said.getvalue()


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


def test_created_tenant_is_ready_and_its_password_is_shown_once(db: None) -> None:
    said = called("create_tenant", "gamma-halls", *NEW, "--owner-name", "Olga Gamma")
    tenant = Tenant.objects.get(slug="gamma-halls")
    assert (tenant.state, tenant.name, tenant.time_zone, tenant.currency) == (
        "ready",
        "Gamma Halls",
        "Europe/Vienna",
        "EUR",
    )
    first, second = said.splitlines()
    assert first == "Gamma Halls answers at gamma-halls.localhost."
    with tenant_context(tenant):
        owner = User.objects.get()
    assert (owner.email, owner.name, owner.role) == ("olga@gamma.example", "Olga Gamma", Role.OWNER)
    assert owner.check_password(second.removeprefix("Password of Olga@Gamma.example: "))


def test_password_from_a_file_is_not_shown(db: None, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct-horse-battery\n")
    said = called("create_tenant", "gamma-halls", *NEW, "--password-file", str(path))
    assert said == "Gamma Halls answers at gamma-halls.localhost.\n"
    with tenant_context(Tenant.objects.get(slug="gamma-halls")):
        assert User.objects.get().check_password("correct-horse-battery")


@pytest.mark.parametrize(
    ("slug", "options", "message"),
    [
        ("admin", {}, "slug: This name is reserved."),
        ("gamma-halls", {"--time-zone": "Vienna"}, "time_zone: Use a time zone such as Europe/Berlin."),
        ("gamma-halls", {"--owner-email": "olga"}, "email: Enter a valid email address."),
        ("gamma-halls", {"--password-file": "/nonexistent"}, "/nonexistent: No such file or directory"),
    ],
)
def test_refused_tenant_says_which_field_and_leaves_nothing(
    db: None, slug: str, options: dict[str, str], message: str
) -> None:
    before, tenants = schemas(), Tenant.objects.count()
    changed = dict(zip(NEW[::2], NEW[1::2], strict=True)) | options
    with pytest.raises(CommandError) as refusal:
        called("create_tenant", slug, *(part for pair in changed.items() for part in pair))
    assert str(refusal.value) == message
    assert schemas() == before
    assert Tenant.objects.count() == tenants


def test_list_has_a_line_for_each_tenant_and_none_for_the_platform(alpha: World, beta: World) -> None:
    headings, *lines = called("list_tenants").splitlines()
    assert headings.split() == ["SLUG", "STATE", "SCHEMA", "TIME", "ZONE", "CURRENCY", "HOSTS"]
    assert [line.split() for line in lines] == [
        ["alpha-sports", "ready", alpha.tenant.schema_name, "Europe/Berlin", "EUR", "alpha-sports.localhost"],
        ["beta-rooms", "ready", beta.tenant.schema_name, "America/New_York", "USD", "beta-rooms.localhost"],
    ]


def test_deletion_without_yes_changes_nothing(alpha: World) -> None:
    with pytest.raises(CommandError) as refusal:
        called("delete_tenant", "alpha-sports")
    assert str(refusal.value) == (
        f"This deletes all data of {alpha.tenant.name} ({alpha.tenant.schema_name}). Repeat with --yes."
    )
    assert Tenant.objects.get(slug="alpha-sports").state == "ready"
    assert alpha.tenant.schema_name in schemas()


def test_deletion_leaves_nothing_of_this_tenant_and_all_of_the_other(
    scratch: str, settings: Settings, tmp_path: Path
) -> None:
    """T32: schema, hosts, due work, cache keys and files."""
    alpha, beta = world_of(ALPHA), world_of(BETA)
    settings.MEDIA_ROOT = tmp_path
    for world in (alpha, beta):
        (tmp_path / world.tenant.schema_name).mkdir()
        (tmp_path / world.tenant.schema_name / "picture.jpg").write_bytes(b"x")
        with tenant_context(world.tenant):
            cache.set("front-page", world.canary)
            due.schedule("booking_clock", "1", database_now())
    gone, stays = alpha.tenant.schema_name, beta.tenant.schema_name
    assert called("delete_tenant", "alpha-sports", "--yes") == f"{alpha.tenant.name} is gone.\n"
    assert gone not in schemas()
    assert stays in schemas()
    assert not Tenant.objects.filter(slug="alpha-sports").exists()
    assert not Domain.objects.filter(domain="alpha-sports.localhost").exists()
    assert [work.schema_name for work in DueWork.objects.filter(schema_name__in=[gone, stays])] == [stays]
    assert [path.name for path in tmp_path.iterdir()] == [stays]
    with tenant_context(alpha.tenant):
        assert cache.get("front-page") is None
    with tenant_context(beta.tenant):
        assert cache.get("front-page") == beta.canary
        cache.delete("front-page")


@pytest.mark.parametrize("slug", ["nobody-here", "platform-itself"])
def test_platform_and_unknown_tenants_cannot_be_deleted(db: None, slug: str) -> None:
    before = schemas()
    with pytest.raises(CommandError) as refusal:
        called("delete_tenant", slug, "--yes")
    assert str(refusal.value) == f"There is no tenant {slug}."
    assert schemas() == before
