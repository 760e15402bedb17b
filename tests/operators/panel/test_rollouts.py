"""The page about migrations, who goes first, and the list of sign-ups."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from operators.models import OperatorAct
from schemas.clock import database_now
from tenants.models import Tenant
from tenants.schemamigrations import SchemaMigration
from tests.flows.pages import Visitor
from tests.worlds import World
from website.models import SignUp

pytestmark = pytest.mark.django_db
PAGE = "/operators/migrations/"


def fall_behind(world: World) -> None:
    """As if a version had come that this tenant does not have yet."""
    with tenant_context(world.tenant), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'desk' AND name = '0002_record'")


def test_page_says_that_everybody_has_everything(alpha: World, beta: World, admin: Visitor) -> None:
    page = admin.open(PAGE)
    assert "tenants have what this version asks for." in page.text
    assert "Nobody yet: all tenants are changed at once." in page.text


def test_page_names_who_is_behind_and_why(alpha: World, beta: World, admin: Visitor) -> None:
    fall_behind(alpha)
    SchemaMigration.objects.update_or_create(
        schema_name=alpha.tenant.schema_name,
        defaults={"state": "failed", "tries": 2, "error": "LockNotAvailable: timeout", "started_at": database_now()},
    )
    page = admin.open(PAGE)
    for words in (alpha.tenant.name, "1 migration missing", "failed", "2 tries", "LockNotAvailable: timeout"):
        assert words in page.text, words
    assert beta.tenant.name not in page.text
    assert "1 of" in page.text


def test_page_costs_as_much_for_two_as_for_one(alpha: World, beta: World, admin: Visitor) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.open(PAGE).status == 200
        return len(queries)

    fall_behind(alpha)
    few = asked()
    fall_behind(beta)
    assert asked() == few


def test_a_tenant_is_made_one_that_goes_first(alpha: World, admin: Visitor) -> None:
    form = admin.open(f"/operators/tenants/{alpha.tenant.pk}/canary/")
    admin.send(form, form.form_with("reason"), to="yes", reason="Our own house")
    assert Tenant.objects.get(pk=alpha.tenant.pk).is_canary is True
    assert list(OperatorAct.objects.values_list("kind", "about")) == [("canary", "canary: no → yes")]
    assert alpha.tenant.name in admin.open(PAGE).text
    form = admin.open(f"/operators/tenants/{alpha.tenant.pk}/canary/")
    admin.send(form, form.form_with("reason"), to="no", reason="Sold")
    assert Tenant.objects.get(pk=alpha.tenant.pk).is_canary is False


def test_sign_ups_are_listed_with_what_came_of_them(alpha: World, admin: Visitor) -> None:
    now = database_now()
    common = {"time_zone": "Europe/Berlin", "currency": "EUR", "terms": "2026-11-22", "language": "en", "made_at": now}
    SignUp.objects.create(name="Rowing Club", slug="rowing", email="rita@rowing.example", plan="pro", **common)
    SignUp.objects.create(
        name="Chess Club", slug="chess", email="carl@chess.example", used_at=now, schema_name="t_1", **common
    )
    page = admin.open("/operators/website/signup/")
    for words in ("Rowing Club", "rita@rowing.example", "Chess Club", "pro"):
        assert words in page.text
    found = admin.open("/operators/website/signup/?q=chess")
    assert ("Chess Club" in found.text, "Rowing Club" in found.text) == (True, False)
    waiting = admin.open("/operators/website/signup/?used_at__isempty=1")
    assert ("Chess Club" in waiting.text, "Rowing Club" in waiting.text) == (False, True)
