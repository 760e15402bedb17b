"""The record of changes: PostgreSQL writes it whatever the way, names who did it and nobody else, and keeps it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, Authenticator, Passkey, User
from bookings.models import MessageRule, WebhookEndpoint
from desk.models import Change
from desk.team import actors
from desk.team.things import COLUMNS, POINTS, THINGS
from schemas.clock import database_now
from tenants.claims import DomainClaim
from tenants.looks import Brand
from tenants.models import Tenant
from tenants.template import TEMPLATE
from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Rate, Resource, Venue, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
RECORDED = """
SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'record_change' AND c.relnamespace::regnamespace::text = ANY(%s)
"""
NOT_RECORDED = {
    "accounts_recoverycode": "comes and goes with the app for two-factor sign-in",
    "accounts_mailedlink": "a letter",
    "django_session": "a visit",
    "venues_picture": "bytes; where it is shown is recorded",
    "venues_picturefile": "bytes",
    "venues_invitation_venues": "as the invitation",
    "desk_change": "the record itself",
    "desk_savedview": "somebody's own view",
    "desk_reportmailing": "somebody's own mail",
    **dict.fromkeys(("desk_archiveentry", "desk_archivechunk"), "parts of an archive, which is recorded"),
}
BUSINESS = ("bookings_", "payments_", "axes_", "rest_", "oauth_")
"""What happens to bookings and money has records of its own; of these apps only what is offered is recorded."""


def changes(world: World, **of: Any) -> list[Change]:
    """The newest first."""
    with tenant_context(world.tenant):
        return list(Change.objects.filter(**of))


@pytest.fixture(autouse=True)
def nobody_before(alpha: World) -> None:
    """What furnished the world is nobody's business here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('forecourt.actor', '', true)")


def test_change_by_the_api_is_recorded_with_who_and_what(alpha: World, api: Any) -> None:
    path = f"/api/v1/admin/venues/{alpha.venue}/"
    assert api("manager").patch(path, {"name": "Grand Hall", "city": ""}).status_code == 200
    found = changes(alpha, thing="venues_venue")[0]
    assert (found.actor_kind, found.actor_id, found.act) == ("person", alpha.users["manager"], "update")
    assert (found.thing_id, found.label) == (str(alpha.venue), "Grand Hall")
    assert (found.before, found.after) == ({"name": f"Main {alpha.canary}", "city": "Town"}, {"name": "Grand Hall"})


def test_change_by_a_page_is_recorded(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/team/{alpha.users['manager']}/")
    owner.send(page, page.form_with("role"), role="accountant")
    role = changes(alpha, thing="accounts_user", actor_id=alpha.users["owner"])[0]
    assignment = changes(alpha, thing="venues_venueassignment", actor_id=alpha.users["owner"])[0]
    assert (role.before, role.after) == ({"role": "manager"}, {"role": "accountant"})
    assert (assignment.act, assignment.before) == (
        "delete",
        {"user_id": alpha.users["manager"], "venue_id": alpha.venue},
    )


def test_what_no_request_does_is_the_clocks(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(name="By night")
    found = changes(alpha, thing="venues_venue")[0]
    assert (found.actor_kind, found.actor_id, found.after) == ("clock", None, {"name": "By night"})


def test_who_did_it_is_not_told_of_what_comes_next_on_the_connection(alpha: World, api: Any) -> None:
    assert api("manager").patch(f"/api/v1/admin/venues/{alpha.venue}/", {"name": "One"}).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('forecourt.actor', true), '')")
        assert cursor.fetchone() == ("",)
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(name="Two")
    assert api("owner").patch(f"/api/v1/admin/venues/{alpha.venue}/", {"name": "Three"}).status_code == 200
    told = [(each.after["name"], each.actor_id) for each in changes(alpha, thing="venues_venue")[:3]]
    assert told == [("Three", alpha.users["owner"]), ("Two", None), ("One", alpha.users["manager"])]


def test_each_tenant_has_a_record_of_its_own(alpha: World, beta: World, api: Any) -> None:
    before = len(changes(beta))
    api("owner").patch(f"/api/v1/admin/venues/{alpha.venue}/", {"name": "Alpha's alone"})
    assert len(changes(beta)) == before


def test_row_that_is_saved_as_it_was_is_no_change(alpha: World) -> None:
    before = len(changes(alpha))
    with tenant_context(alpha.tenant):
        Venue.objects.get(pk=alpha.venue).save()
        User.objects.filter(pk=alpha.users["owner"]).update(last_login=database_now())
        User.objects.filter(pk=alpha.users["guest"]).update(name="A customer")
        User.objects.create_user("new@example.org", None)
    assert len(changes(alpha)) == before


def test_secrets_are_never_in_it(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        hook = WebhookEndpoint.objects.create(url="https://example.org/", sealed="s3cret", created_at=database_now())
        WebhookEndpoint.objects.filter(pk=hook.pk).update(sealed="another-s3cret")
        owner = User.objects.get(pk=alpha.users["owner"])
        owner.set_password("a-quite-new-password")
        owner.save()
    [after, made] = changes(alpha, thing="bookings_webhookendpoint")
    assert (made.after["sealed"], after.before, after.after) == ("***", {"sealed": "***"}, {"sealed": "***"})
    assert changes(alpha, thing="accounts_user")[0].after == {"password": "***"}


def test_ways_in_of_those_who_work_here_are_recorded_without_their_keys(alpha: World) -> None:
    owner, guest = alpha.users["owner"], alpha.users["guest"]
    with tenant_context(alpha.tenant):
        for user in (owner, guest):
            AccessToken.issue(User.objects.get(pk=user))
            Passkey.objects.create(
                user_id=user, credential_id=f"id-{user}", public_key=b"k", name="Phone", created_at=database_now()
            )
            Authenticator.objects.create(user_id=user, sealed="s3cret", created_at=database_now())
        Passkey.objects.update(last_used_at=database_now(), sign_count=5)
        Authenticator.objects.update(last_step=7)
        AccessToken.objects.update(last_used_at=database_now())
        Passkey.objects.filter(user_id=owner).update(name="New phone")
        Authenticator.objects.all().delete()
    ways = ("accounts_accesstoken", "accounts_passkey", "accounts_authenticator")
    found = [(each.thing, each.act, each.before, each.after) for each in changes(alpha, thing__in=ways)][:5]
    assert found == [
        ("accounts_authenticator", "delete", {"user_id": owner, "sealed": "***"}, {"sealed": "***"}),
        ("accounts_passkey", "update", {"name": "Phone"}, {"name": "New phone"}),
        ("accounts_authenticator", "insert", {"sealed": "***"}, {"user_id": owner, "sealed": "***"}),
        ("accounts_passkey", "insert", {}, {"user_id": owner, "name": "Phone"}),
        ("accounts_accesstoken", "insert", {}, {"user_id": owner}),
    ]


def test_business_itself_is_recorded_and_what_forecourt_did_to_it(alpha: World, beta: World) -> None:
    before = len(changes(beta))
    Tenant.objects.filter(pk=alpha.tenant.pk).update(name="New name", most_venues=7, set_up_at=database_now())
    Tenant.objects.filter(pk=alpha.tenant.pk).update(most_venues=8)
    at_the_platform: Any = HttpRequest()
    assert actors.actor_of(at_the_platform) == "site"
    at_the_platform.user = User(pk=alpha.users["owner"])
    at_the_platform.tenant = Tenant.objects.get(schema_name="public")
    with transaction.atomic():
        actors.tell(actors.actor_of(at_the_platform))
        Tenant.objects.filter(pk=alpha.tenant.pk).update(state="suspended")
        actors.forget()
    claim = DomainClaim.objects.create(
        tenant=alpha.tenant, domain="courts.example", token="t0ken", asked_at=database_now()
    )
    DomainClaim.objects.filter(pk=claim.pk).update(checked_at=database_now())
    claim.delete()
    found = changes(alpha, thing__in=["tenants_tenant", "tenants_domainclaim"])[:4]
    assert [(each.thing, each.actor_kind, each.label, each.before, each.after) for each in found] == [
        ("tenants_domainclaim", "clock", "courts.example", {"domain": "courts.example"}, {}),
        ("tenants_domainclaim", "clock", "courts.example", {}, {"domain": "courts.example"}),
        ("tenants_tenant", "platform", "New name", {"state": "ready"}, {"state": "suspended"}),
        ("tenants_tenant", "clock", "New name", {"name": alpha.tenant.name}, {"name": "New name"}),
    ]
    assert len(changes(beta)) == before


def test_page_calls_accounts_of_the_books_by_what_is_booked_on_them(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/money/books/")
    form = page.form("/books/accounts/")
    owner.send(page, form, cash="1610", bank="1201", **{"revenue-700": "8301"})
    owner.send(page, form, bank="1201", **{"revenue-700": "8302"})
    found = changes(alpha, thing="payments_ledgeraccount")
    assert [(each.label, each.act) for each in found[:2]] == [("revenue 700", "update"), ("cash", "delete")]
    assert {each.act for each in found[2:5]} == {"insert"}
    assert len(changes(alpha, thing="payments_bookkeepingsettings")) == 1
    page = owner.open("/desk/team/record/?thing=payments_ledgeraccount")
    assert f"Account of the books: Revenue, 7% changed Olga Owner {alpha.canary}" in page.text
    assert "number of the account: 8301 → 8302" in page.text


def test_long_texts_are_cut(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(description="x" * 4000)
    assert changes(alpha, thing="venues_venue")[0].after == {"description": "x" * 500 + "…"}


def test_brand_in_public_is_recorded_with_its_tenant(alpha: World, beta: World) -> None:
    before = len(changes(beta))
    brand, _is_new = Brand.objects.get_or_create(tenant=alpha.tenant)
    Brand.objects.filter(pk=brand.pk).update(color="#123456")
    found = changes(alpha, thing="tenants_brand")[0]
    assert (found.act, found.after) == ("update", {"color": "#123456"})
    assert len(changes(beta)) == before


@pytest.mark.parametrize("act", ["UPDATE desk_change SET label = ''", "DELETE FROM desk_change"])
def test_nobody_changes_the_record(alpha: World, act: str) -> None:
    before = changes(alpha)
    assert before
    refused = pytest.raises(IntegrityError, match="append-only")
    with tenant_context(alpha.tenant), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(act)
    assert [each.pk for each in changes(alpha)] == [each.pk for each in before]


def test_every_table_is_recorded_or_says_why_not(alpha: World) -> None:
    tables = {
        model._meta.db_table
        for config in apps.get_app_configs()
        if config.name in settings.TENANT_APPS
        for model in config.get_models(include_auto_created=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORDED, [[TEMPLATE, "public"]])
        recorded = {name for name, _definition in cursor.fetchall()}
    assert recorded == set(THINGS)
    loose = {name for name in tables - recorded - NOT_RECORDED.keys() if not name.startswith(BUSINESS)}
    assert not loose, f"Record it (desk/migrations, desk/team/things.py), or say in NOT_RECORDED why not: {loose}"


def test_every_column_that_is_recorded_has_a_word(alpha: World) -> None:
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        cursor.execute(RECORDED, [[TEMPLATE]])
        triggers = cursor.fetchall()
    used = set()
    for name, definition in triggers:
        left_out = definition.split("record_change('")[1].split("'")[0].split(",")
        used |= {field.column for field in models[name]._meta.concrete_fields} - set(left_out)
    assert used - COLUMNS.keys() == set(), "Say in desk/team/things.py what the new column is called."
    assert POINTS.keys() <= COLUMNS.keys()


def test_new_tenant_has_the_triggers_of_the_template(alpha: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RECORDED, [[TEMPLATE]])
        ours = {name for name, _definition in cursor.fetchall()}
        cursor.execute(RECORDED, [[alpha.tenant.schema_name]])
        assert {name for name, _definition in cursor.fetchall()} == ours


def test_page_says_who_changed_what_from_what_to_what(alpha: World, visitor: Come, api: Any) -> None:
    with tenant_context(alpha.tenant):
        pk = Rate.objects.get(resource_id=alpha.court_1).pk
    assert api("manager").patch(f"/api/v1/admin/rates/{pk}/", {"amount": "31.50"}).status_code == 200
    with tenant_context(alpha.tenant):
        MessageRule.objects.create(kind="reminder", channel="mail", minutes=90)
        Resource.objects.filter(pk=alpha.court_1).update(needs_approval=False, max_minutes=150)
    page = visitor("owner").open("/desk/team/record/")
    assert f"Rate: Court 1 {alpha.canary} changed manager {alpha.canary}" in page.text
    assert "amount: €25.00 → €31.50" in page.text
    assert "needs approval: yes → no" in page.text
    assert "the clock" in page.text


def test_page_is_filtered_by_person_thing_row_and_day_and_turned_by_the_last_row(
    alpha: World, visitor: Come, api: Any
) -> None:
    api("manager").patch(f"/api/v1/admin/venues/{alpha.venue}/", {"name": "Zebra"})
    with tenant_context(alpha.tenant):
        Voucher.objects.bulk_create(
            Voucher(code=f"V{number:03}", percent_off=1000, currency="EUR") for number in range(70)
        )
    owner = visitor("owner")
    first = owner.open("/desk/team/record/?thing=venues_voucher")
    assert first.html.count('<li class="grid gap-2') == 50
    rest = owner.open("/desk/team/record/" + first.link("before="))
    assert rest.html.count('<li class="grid gap-2') == 20
    assert "V000" in rest.text
    by_manager = owner.open(f"/desk/team/record/?who={alpha.users['manager']}")
    assert by_manager.html.count('<li class="grid gap-2') == 1
    assert "Zebra" in by_manager.text
    one = owner.open(f"/desk/team/record/?thing=venues_venue&row={alpha.venue}")
    assert ("Zebra" in one.text, "V001" in one.text) == (True, False)
    assert "Nothing was changed that fits." in owner.open("/desk/team/record/?day=2001-01-01").text
    for nonsense in ("?who=x&thing=y&day=z&before=0", "?before=99999999999999999999", "?row=%00"):
        assert owner.open(f"/desk/team/record/{nonsense}").status in {200, 400}


def test_page_costs_the_same_for_many(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with counted() as few:
        owner.open("/desk/team/record/?thing=venues_rate")
    with tenant_context(alpha.tenant):
        for number in range(40):
            Rate.objects.create(resource_id=alpha.court_2, amount_minor=100 + number, priority=number + 1)
    with counted() as many:
        owner.open("/desk/team/record/?thing=venues_rate")
    assert len(many) == len(few)


def test_request_costs_no_statement_more(alpha: World, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, path = api("owner"), f"/api/v1/admin/venues/{alpha.venue}/"
    client.patch(path, {"name": "Warm"})
    with counted() as told:
        client.patch(path, {"name": "With"})
    monkeypatch.setattr(actors, "THINGS", {})
    with counted() as untold:
        client.patch(path, {"name": "Without"})
    assert len(told) == len(untold)
