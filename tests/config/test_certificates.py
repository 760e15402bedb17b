"""Certificates are had for hosts that are served, and for no other, and not for too many at once (T26)."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from schemas.clock import database_now
from tenants import certificates, cleaning, domains, hosts
from tenants.models import CertifiedHost, Domain, DomainClaim, GivenUpDomain, GivenUpName, Tenant
from tests.worlds import World

PAGE = "/certificates/allowed"
HOUR = 3600


def asked(domain: str, **headers: Any) -> Any:
    return Client(HTTP_HOST="localhost").get(PAGE, {"domain": domain}, **headers)


def status_of(domain: str, **headers: Any) -> int:
    status: int = asked(domain, **headers).status_code
    return status


def served(world: World, *names: str) -> None:
    Domain.objects.bulk_create([Domain(tenant=world.tenant, domain=name, is_primary=False) for name in names])


def certified() -> list[str]:
    return sorted(CertifiedHost.objects.values_list("host", flat=True))


def be(world: World, state: str) -> None:
    Tenant.objects.filter(pk=world.tenant.pk).update(state=state)
    hosts.forget()


@pytest.fixture(autouse=True)
def inside(settings: Any) -> None:
    settings.METRICS_NETWORKS = ["127.0.0.0/8"]


def test_only_for_hosts_that_are_served(alpha: World) -> None:
    served(alpha, "courts.club.com")
    names = ("courts.club.com", "COURTS.club.com.", alpha.host, "localhost")
    assert [status_of(name) for name in names] == [200] * 4
    assert certified() == [alpha.host, "courts.club.com"]


def test_made_up_names_cost_one_query_each_and_no_certificate(alpha: World) -> None:
    """T26: a thousand."""
    caller = Client(HTTP_HOST="localhost")
    caller.get(PAGE, {"domain": "x.club.com"})
    with CaptureQueriesContext(connection) as queries:
        for _time in range(1000):
            assert caller.get(PAGE, {"domain": f"{secrets.token_hex(8)}.club.com"}).status_code == 404
    questions = [each["sql"] for each in queries if not each["sql"].startswith("SET search_path")]
    assert len([each for each in questions if "club.com" in each]) == 1000
    assert len(questions) < 1010  # the platform's own host is looked up anew every few seconds
    assert certified() == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            " ",
            "a b.com",
            "*.localhost",
            "*.club.com",
            "-club.com",
            "club-.com",
            "club..com",
            ".club.com",
        ),
        *("127.0.0.1", "1.2.3", "2130706433", "[::1]", "::1", "localhost:80", "alpha-sports.localhost:443"),
        *("x" * 64 + ".com", "a." * 126 + "com", "x" * 10_000, "bäder.de", "ＣＬＵＢ.com", "a_b.com", "a\x00b.com"),
        *("www.localhost", "admin.localhost", "mail.localhost", "x.alpha-sports.localhost", "club.com..", "club.com\n"),
    ],
)
def test_what_can_be_no_host_of_ours_is_not_even_looked_up(alpha: World, name: str) -> None:
    """T26: malformed, too long, an address, a wildcard, another alphabet, a name that is reserved."""
    caller = Client(HTTP_HOST="localhost")
    caller.get(PAGE, {"domain": "127.0.0.1"})
    with CaptureQueriesContext(connection) as queries:
        assert caller.get(PAGE, {"domain": name}).status_code == 404
    assert [each["sql"] for each in queries if not each["sql"].startswith("SET search_path")] == []


def test_only_for_those_who_look_after_the_platform(alpha: World, settings: Any) -> None:
    settings.METRICS_NETWORKS, settings.METRICS_TOKEN = [], "told"
    assert status_of(alpha.host) == 404
    assert status_of(alpha.host, HTTP_AUTHORIZATION="Bearer wrong") == 404
    assert certified() == []
    assert status_of(alpha.host, HTTP_AUTHORIZATION="Bearer told") == 200
    assert Client(HTTP_HOST=alpha.host).get(PAGE, {"domain": alpha.host}).status_code == 404


@pytest.mark.parametrize(
    ("state", "new", "old"), [("creating", 404, 404), ("suspended", 404, 200), ("leaving", 404, 404)]
)
def test_who_is_suspended_keeps_what_it_has_and_who_leaves_does_not(
    alpha: World, state: str, new: int, old: int
) -> None:
    assert status_of(alpha.host) == 200
    served(alpha, "courts.club.com")
    be(alpha, state)
    assert (status_of("courts.club.com"), status_of(alpha.host)) == (new, old)
    assert certified() == [alpha.host]


def test_names_of_who_is_gone_have_none(alpha: World) -> None:
    """They still say that the business has closed (410), to whoever trusts the certificate that was there."""
    name = GivenUpName.objects.create(slug="old-club", slug_skeleton="oldclub", gone_at=database_now())
    GivenUpDomain.objects.create(domain="old.club.com", name=name)
    assert Client().get("/", HTTP_HOST="old.club.com").status_code == 410
    assert [status_of(host) for host in ("old-club.localhost", "old.club.com")] == [404, 404]


def test_where_the_proof_is_gone_there_are_renewals_and_nothing_new(alpha: World) -> None:
    """T25: the week of grace."""
    served(alpha, "old.club.com", "new.club.com")
    assert status_of("old.club.com") == 200
    for name in ("old.club.com", "new.club.com"):
        now = database_now()
        DomainClaim.objects.create(
            tenant=alpha.tenant, domain=name, token=name, asked_at=now, proven_at=now, lost_since=now
        )
    assert [status_of(name) for name in ("old.club.com", "new.club.com")] == [200, 404]


def test_beyond_the_hour_new_ones_wait_and_old_ones_do_not(alpha: World, beta: World, settings: Any) -> None:
    """T26: the last quarter is for tenants without a new host that day."""
    settings.CERTIFICATES_PER_HOUR = 4
    names = [f"courts.club-{number}.com" for number in range(4)]
    served(alpha, *names)
    served(beta, "one.beta.com")
    assert [status_of(name) for name in names] == [200, 200, 200, 429]
    assert status_of(beta.host) == 200
    waits = asked("one.beta.com")
    assert (waits.status_code, waits.content) == (429, b"later")
    assert HOUR - 60 < int(waits["Retry-After"]) <= HOUR + 1
    assert certified() == sorted([*names[:3], beta.host])
    assert [status_of(name) for name in (*names[:3], beta.host)] == [200] * 4
    CertifiedHost.objects.update(allowed_at=database_now() - timedelta(minutes=61))
    assert [status_of(name) for name in (names[3], "one.beta.com")] == [200, 200]


def test_who_proves_and_drops_in_a_loop_is_stopped_alone(alpha: World, beta: World, settings: Any) -> None:
    """T26: what was given up still counts; the others do not notice."""
    for number in range(certificates.A_DAY):
        name = f"courts.club-{number}.com"
        served(alpha, name)
        assert status_of(name) == 200
        Domain.objects.filter(domain=name).delete()
        hosts.forget()
    served(alpha, "one.more.com", "courts.club-0.com")
    stopped = asked("one.more.com")
    assert (stopped.status_code, 23 * HOUR < int(stopped["Retry-After"]) <= 24 * HOUR + 1) == (429, True)
    assert [status_of(name) for name in ("courts.club-0.com", beta.host)] == [200, 200]


def test_of_one_registered_name_there_are_so_many_a_week(alpha: World, settings: Any) -> None:
    """T26: authorities count `a.club.co.uk` and `b.club.co.uk` together."""
    settings.CERTIFICATES_PER_NAME = 2
    served(alpha, "a.club.co.uk", "b.club.co.uk", "c.club.co.uk", "a.other.co.uk")
    assert [status_of(f"{each}.co.uk") for each in ("a.club", "b.club", "c.club", "a.other")] == [200, 200, 429, 200]
    CertifiedHost.objects.filter(host="a.club.co.uk").update(allowed_at=database_now() - timedelta(days=7, minutes=1))
    assert status_of("c.club.co.uk") == 200


def test_businesses_own_hosts_are_not_held_up_by_the_week(alpha: World, beta: World, settings: Any) -> None:
    """The hour alone bounds them: there are as many as strangers sign up."""
    settings.CERTIFICATES_PER_NAME, settings.BASE_DOMAIN = 1, "platform.example"
    names = []
    for world in (alpha, beta):
        names.append(f"{world.tenant.slug}.platform.example")
        served(world, names[-1])
    assert [status_of(name) for name in names] == [200, 200]
    assert list(CertifiedHost.objects.values_list("registered", flat=True)) == ["platform.example"] * 2


def test_apex_and_www_are_two_names_with_a_proof_each(alpha: World) -> None:
    """T25: the proof of one is none of the other; neither is served, or has a certificate, for the other's sake."""
    served(alpha, "club.com")
    with tenant_context(alpha.tenant):
        records = {domains.record_of(domains.ask(alpha.tenant, name)) for name in ("club.com", "www.club.com")}
    assert records == {"_forecourt-challenge.club.com", "_forecourt-challenge.www.club.com"}
    assert [status_of(name) for name in ("club.com", "www.club.com")] == [200, 404]
    assert Client().get("/", HTTP_HOST="www.club.com").status_code == 404


def test_hosts_that_are_long_gone_are_forgotten(alpha: World) -> None:
    served(alpha, "kept.club.com")
    old, new = database_now() - timedelta(days=91), database_now() - timedelta(days=89)
    for host, at in (("kept.club.com", old), ("old.club.com", old), ("new.club.com", new)):
        CertifiedHost.objects.create(tenant=alpha.tenant, host=host, registered="club.com", allowed_at=at)
    cleaning.clean_platform()
    assert certified() == ["kept.club.com", "new.club.com"]
