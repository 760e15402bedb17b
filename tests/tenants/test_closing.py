"""The clock of a business that its owner has closed: letters, the two looks, deletion, and what is left of its name."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_exists, tenant_context

from bookings.models import Booking, Connection
from kernel import failpoints
from kernel.errors import Conflict, Forbidden, Invalid
from schemas.clock import database_now
from tenants import closing, hosts, provisioning
from tenants.models import Closing, Domain, DueWork, GivenUpDomain, GivenUpName, OutgoingMail, Tenant
from tenants.tasks import close as tick
from tests.desk.settings.test_closing import book
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of
from venues.models import Venue

API = "/api/v1/venues/"


def closed(world: World) -> Closing:
    with tenant_context(world.tenant):
        return closing.close(world.tenant)


def moved(world: World, **times: datetime) -> None:
    """As if it had been closed longer ago."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:  # what rows still wait for, in a test's one transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    asked = database_now() - timedelta(days=60)
    Closing.objects.filter(tenant=world.tenant).update(asked_at=asked, **times)


def ago(**span: float) -> datetime:
    return database_now() - timedelta(**span)


def state(world: World) -> str:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return str(Tenant.objects.values_list("state", flat=True).get(pk=world.tenant.pk))


def keys(world: World) -> list[str]:
    rows = OutgoingMail.objects.filter(schema_name=world.tenant.schema_name, key__startswith="closing:")
    return [":".join(key.split(":")[1:2]) for key in rows.order_by("pk").values_list("key", flat=True)]


def gone(world: World) -> bool:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    rows = Tenant.objects.filter(pk=world.tenant.pk).exists() or Domain.objects.filter(domain=world.host).exists()
    return not rows and not schema_exists(world.tenant.schema_name)


def answer(world: World, path: str = API) -> int:
    hosts.forget()
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Token {world.tokens['guest']}"}
    return Client(HTTP_HOST=world.host).get(path, **headers).status_code


def digest_of(world: World) -> str:
    """All rows of a tenant's schema, as one text."""
    schema = world.tenant.schema_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
        tables = [name for (name,) in cursor.fetchall()]
        whole = []
        for name in tables:
            cursor.execute(
                f'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), \'\')) FROM "{schema}"."{name}" t'
            )
            whole.append(f"{name} {cursor.fetchone()[0]}")
    return "\n".join(whole)


def test_owners_are_reminded_a_week_and_a_day_before_once_each(alpha: World) -> None:
    closed(alpha)
    assert tick() == 0
    assert keys(alpha) == ["asked"]
    moved(alpha, final_at=database_now() + timedelta(days=6, hours=23))
    assert (tick(), tick()) == (0, 0)
    assert keys(alpha) == ["asked", "week"]
    moved(alpha, final_at=database_now() + timedelta(hours=23))
    assert (tick(), tick()) == (0, 0)
    assert keys(alpha) == ["asked", "week", "day"]
    letter = OutgoingMail.objects.get(key__startswith="closing:day")
    assert f"http://{alpha.host}/desk/settings/close/" in letter.text
    assert f"http://{alpha.host}/desk/settings/everything/" in letter.text
    assert state(alpha) == "ready"


def test_after_thirty_days_it_is_shut_then_deleted_and_its_host_says_so(alpha: World, beta: World) -> None:
    closed(alpha)
    before = digest_of(beta)
    moved(alpha, final_at=ago(minutes=1))
    assert tick() == 0
    assert (state(alpha), answer(alpha)) == ("leaving", 410)
    assert tick() == 0  # what was under way when it was shut comes to its end first
    assert not gone(alpha)
    moved(alpha, final_at=ago(days=1), sealed_at=ago(minutes=6))
    with tenant_context(alpha.tenant), pytest.raises(Conflict) as refusal:
        closing.take_back(alpha.tenant)
    assert (refusal.value.code, state(alpha)) == ("closing_final", "leaving")
    assert tick() == 1
    assert gone(alpha)
    assert tick() == 0
    assert not DueWork.objects.filter(schema_name=alpha.tenant.schema_name).exists()
    assert not OutgoingMail.objects.filter(schema_name=alpha.tenant.schema_name).exists()
    assert list(GivenUpName.objects.values_list("slug", flat=True)) == ["alpha-sports"]
    page = Client(HTTP_HOST=alpha.host).get("/venues/main/")
    assert (page.status_code, "This business has closed." in page.content.decode()) == (410, True)
    assert Client(HTTP_HOST=alpha.host).get(API).json() == {
        "code": "tenant_gone",
        "detail": "This business has closed.",
    }
    assert alpha.canary not in page.content.decode()
    assert Client(HTTP_HOST="never-was.localhost").get("/").status_code == 404
    assert digest_of(beta) == before
    assert answer(beta) == 200


def test_money_that_is_owed_on_the_day_puts_it_off_and_owners_hear_why(alpha: World) -> None:
    closed(alpha)
    owed = book(alpha, days=-2, state="cancelled", paid_minor=2500, refund_due_minor=900)
    moved(alpha, final_at=ago(minutes=1))
    assert (tick(), tick()) == (0, 0)
    assert (state(alpha), answer(alpha)) == ("ready", 200)
    found = Closing.objects.get()
    assert (found.held_up, found.sealed_at) == ("owed", None)
    assert timedelta(days=13, hours=23) < found.final_at - database_now() <= timedelta(days=14)
    assert keys(alpha) == ["asked", "later"]
    assert (
        "Money of 1 booking is to be returned: €9.00" in OutgoingMail.objects.get(key__startswith="closing:later").text
    )
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=owed.pk).update(refund_due_minor=0)
    moved(alpha, final_at=ago(minutes=1))
    tick()
    moved(alpha, final_at=ago(minutes=1), sealed_at=ago(minutes=6))
    assert tick() == 1
    assert gone(alpha)


def test_what_came_in_while_it_was_shut_opens_it_again(alpha: World) -> None:
    """A payment that was under way at the very moment is found by the second look."""
    closed(alpha)
    moved(alpha, final_at=ago(minutes=1))
    tick()
    book(alpha, days=2, paid_minor=2500, payment_state="paid")
    moved(alpha, final_at=ago(minutes=7), sealed_at=ago(minutes=6))
    assert tick() == 0
    assert (state(alpha), answer(alpha)) == ("ready", 200)
    found = Closing.objects.get()
    assert (found.held_up, found.sealed_at) == ("paid_ahead, too_late", None)
    assert not GivenUpName.objects.exists()
    assert keys(alpha)[-1] == "later"


def test_deletion_that_was_interrupted_goes_on(alpha: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed(alpha)
    moved(alpha, final_at=ago(minutes=9), sealed_at=ago(minutes=6))
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state="leaving")
    failpoints.arm(tmp_path)
    (tmp_path / "tenant.deleting").write_text("raise")
    assert tick() == 0
    assert (state(alpha), gone(alpha)) == ("leaving", False)
    assert tick() == 1
    assert gone(alpha)


def test_trouble_with_one_does_not_keep_another(alpha: World, beta: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for world in (alpha, beta):
        closed(world)
        moved(world, final_at=ago(minutes=9), sealed_at=ago(minutes=6))
        Tenant.objects.filter(pk=world.tenant.pk).update(state="leaving")

    def farewell(tenant: Tenant) -> None:
        if tenant.pk == alpha.tenant.pk:
            raise TimeoutError

    monkeypatch.setattr(provisioning, "_farewells", [farewell])
    assert tick() == 1
    assert (gone(alpha), gone(beta)) == (False, True)


def test_suspended_business_is_not_deleted_and_gets_a_week_when_it_is_opened(alpha: World) -> None:
    closed(alpha)
    provisioning.suspend(alpha.tenant, "unpaid")
    moved(alpha, final_at=ago(days=3))
    assert tick() == 0
    assert (state(alpha), keys(alpha)) == ("suspended", ["asked"])
    provisioning.resume(alpha.tenant)
    assert timedelta(days=6, hours=23) < Closing.objects.get().final_at - database_now() <= timedelta(days=7)


def test_closing_twice_is_one_and_its_day_stays(alpha: World) -> None:
    first = closed(alpha)
    assert closed(alpha).final_at == first.final_at
    assert Closing.objects.count() == 1
    assert keys(alpha) == ["asked"]


def test_suspended_business_cannot_be_closed(alpha: World) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state="suspended")
    with pytest.raises(Forbidden):
        closed(alpha)
    assert not Closing.objects.exists()


def test_calendars_elsewhere_are_told_to_stop(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("bookings.calendars.channels.UNWATCHED", {"google": lambda each: told.append(each.channel_id)})
    with tenant_context(alpha.tenant):
        made = {"provider": "google", "pulls": True, "venue": Venue.objects.first(), "created_at": database_now()}
        Connection.objects.create(name="Watched", channel_id="c1", **made)
        Connection.objects.create(name="Not watched", **made)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    provisioning.delete(alpha.tenant)
    assert told == ["c1"]
    assert gone(alpha)


def apply(slug: str) -> Tenant:
    return provisioning.create(
        provisioning.Application(slug, slug, "Europe/Berlin", "EUR", "new@example.org", "correct-horse-battery")
    )


@pytest.mark.parametrize("slug", ["alpha-sports", "aipha-sports", "alphasports"])
def test_name_rests_and_can_be_had_after_half_a_year(alpha: World, slug: str) -> None:
    with tenant_context(alpha.tenant):
        closing.keep_name(alpha.tenant)
    provisioning.delete(alpha.tenant)
    GivenUpName.objects.update(gone_at=ago(days=179))
    with pytest.raises(Invalid) as refusal:
        apply(slug)
    assert refusal.value.extra["errors"] == {"slug": ["This name is taken."]}
    assert not Tenant.objects.filter(slug=slug).exists()
    GivenUpName.objects.update(gone_at=ago(days=181))
    apply(slug)
    assert not GivenUpName.objects.exists()
    hosts.forget()
    assert Client(HTTP_HOST=f"{slug}.localhost").get("/").status_code == 200


def test_domains_that_were_brought_say_so_while_the_name_rests(alpha: World, beta: World) -> None:
    def asked(host: str) -> int:
        hosts.forget()
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        return Client(HTTP_HOST=host).get("/venues/main/").status_code

    for domain in ("court.example", "www.court.example"):
        Domain.objects.create(tenant=alpha.tenant, domain=domain, is_primary=False)
    closed(alpha)
    moved(alpha, final_at=ago(minutes=1))
    assert tick() == 0
    assert asked("court.example") == 410
    with tenant_context(alpha.tenant):
        closing.take_back(alpha.tenant)
    assert (asked("court.example"), GivenUpDomain.objects.count()) == (200, 0)
    closed(alpha)
    moved(alpha, final_at=ago(minutes=1))
    tick()
    moved(alpha, final_at=ago(days=1), sealed_at=ago(minutes=6))
    assert tick() == 1
    assert gone(alpha)
    assert [asked(host) for host in ("court.example", "www.court.example", alpha.host)] == [410, 410, 410]
    assert [asked(host) for host in ("other.example", "x.court.example")] == [404, 404]
    page = Client(HTTP_HOST="court.example").get("/")
    assert "This business has closed." in page.content.decode()
    GivenUpName.objects.update(gone_at=ago(days=179))
    assert asked("court.example") == 410
    GivenUpName.objects.update(gone_at=ago(days=181))
    assert (asked("court.example"), asked(alpha.host)) == (404, 410)
    GivenUpName.objects.update(gone_at=ago(days=1))
    Domain.objects.create(tenant=beta.tenant, domain="court.example", is_primary=False)
    assert (asked("court.example"), asked("www.court.example")) == (200, 410)


def test_operator_takes_it_back(alpha: World) -> None:
    with pytest.raises(CommandError, match=r"The business is not being closed\."):
        call_command("reopen_tenant", "alpha-sports")
    closed(alpha)
    call_command("reopen_tenant", "alpha-sports")
    assert not Closing.objects.exists()
    assert keys(alpha) == ["asked", "back"]
    with pytest.raises(CommandError, match=r"There is no tenant nobody\."):
        call_command("reopen_tenant", "nobody")


@pytest.fixture
def real(scratch: str) -> Iterator[World]:
    """Alpha where commits are real."""
    yield world_of(ALPHA)
    connection.set_schema_to_public()  # type: ignore[attr-defined]


def back(world: World) -> str:
    with tenant_context(world.tenant):
        closing.take_back(world.tenant)
    return "back"


def test_undo_wins_over_the_clock_that_shuts(real: World) -> None:
    for _round in range(6):
        closed(real)
        moved(real, final_at=ago(minutes=1))
        assert at_once(lambda: back(real), closing.pass_time) == ["back", 0]
        assert state(real) == "ready"
        assert (Closing.objects.count(), GivenUpName.objects.count()) == (0, 0)
        assert answer(real) == 200


def test_clock_that_deletes_wins_over_undo(real: World) -> None:
    closed(real)
    moved(real, final_at=ago(minutes=9), sealed_at=ago(minutes=6))
    Tenant.objects.filter(pk=real.tenant.pk).update(state="leaving")
    undone, deleted = at_once(lambda: back(real), closing.pass_time)
    assert isinstance(undone, Conflict | Tenant.DoesNotExist), undone
    assert deleted == 1
    assert gone(real)


def test_operator_opens_again_what_was_shut_just_now(alpha: World) -> None:
    closed(alpha)
    moved(alpha, final_at=ago(minutes=1))
    tick()
    assert answer(alpha) == 410
    call_command("reopen_tenant", "alpha-sports")
    assert (state(alpha), answer(alpha)) == ("ready", 200)
    assert (Closing.objects.count(), GivenUpName.objects.count()) == (0, 0)


def test_two_owners_close_at_once_and_two_undo_at_once(real: World) -> None:
    def close() -> Closing:
        return closed(real)

    first, second = at_once(close, close)
    assert (first.pk, first.final_at) == (second.pk, second.final_at)
    assert keys(real) == ["asked"]

    results = at_once(lambda: back(real), lambda: back(real))
    assert sorted(str(getattr(each, "code", each)) for each in results) == ["back", "not_closing"]
    assert keys(real) == ["asked", "back"]


def test_two_clocks_delete_once(real: World) -> None:
    beta = world_of(BETA)
    closed(real)
    moved(real, final_at=ago(minutes=9), sealed_at=ago(minutes=6))
    Tenant.objects.filter(pk=real.tenant.pk).update(state="leaving")
    results = at_once(closing.pass_time, closing.pass_time)
    assert all(isinstance(each, int) for each in results), results
    assert gone(real)
    assert answer(beta) == 200
