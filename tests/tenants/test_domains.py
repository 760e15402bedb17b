"""Domains that tenants bring (T25): nobody is served at a name without the record, and whoever loses it is warned."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from kernel.errors import Conflict, Invalid, NotFound, Refused
from outside import names
from schemas.clock import database_now
from tenants import domainnames, domains, hosts
from tenants.claims import DomainClaim
from tenants.models import Domain, DueWork, OutgoingMail, Tenant
from tests import nameserver
from tests.nameserver import Zone
from tests.worlds import World

NAME = "courts.club.com"
HOME = "192.0.2.7"


@pytest.fixture
def zone(settings: Any, alpha: World, beta: World) -> Iterator[Zone]:
    """The DNS of these tests: both tenants' own hosts lead to us."""
    with nameserver.serving() as found:
        settings.DNS_RESOLVERS, settings.DNS_PORT, settings.DNS_SECONDS = ["127.0.0.1"], found.port, 20
        for world in (alpha, beta):
            found.say(world.host, "A", HOME)
        yield found


def ask(world: World, name: str = NAME) -> DomainClaim:
    with tenant_context(world.tenant):
        return domains.ask(world.tenant, name)


def check(world: World, claim: DomainClaim) -> DomainClaim:
    with tenant_context(world.tenant):
        return domains.check(world.tenant, claim.pk)


def proven(world: World, zone: Zone, name: str = NAME) -> DomainClaim:
    claim = ask(world, name)
    zone.say(domains.record_of(claim), "TXT", claim.token)
    zone.say(name, "A", HOME)
    return check(world, claim)


def served() -> list[tuple[str, bool]]:
    return list(Domain.objects.filter(domain=NAME).values_list("tenant__slug", "is_primary"))


def letters(world: World) -> list[str]:
    rows = OutgoingMail.objects.filter(schema_name=world.tenant.schema_name).order_by("pk")
    return list(rows.values_list("subject", flat=True))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("courts.club.com", "courts.club.com"),
        (" HTTPS://Courts.Club.com/book?x=1 ", "courts.club.com"),
        ("club.com.", "club.com"),
        ("bäder.de", "xn--bder-loa.de"),
        ("ｃlub.com", "club.com"),
        ("me.github.io", "me.github.io"),
    ],
)
def test_what_is_typed_becomes_a_name(typed: str, name: str) -> None:
    assert domainnames.as_written(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *((typed, "bad_domain") for typed in ("", "club", "127.0.0.1", "[::1]", "1.2.3", "a b.com", "*.club.com")),
        *((typed, "bad_domain") for typed in ("club..com", "-club.com", "me@club.com", "club.com:80", "x.local")),
        *((typed, "bad_domain") for typed in ("ftp://club.com", "x" * 64 + ".com", "a." * 130 + "com", "x_y.com")),
        *((typed, "domain_shared") for typed in ("com", "co.uk", "github.io", "CO.UK.") if "." in typed),
    ],
)
def test_what_is_no_name_of_ones_own_is_refused(typed: str, code: str) -> None:
    """T25: an address, a wildcard, a name of no DNS, an ending that many share."""
    with pytest.raises(Invalid) as refused:
        domainnames.as_written(typed)
    assert refused.value.code == code


@pytest.mark.parametrize("typed", ["forecourt.app", "beta-rooms.forecourt.app", "www.forecourt.app"])
def test_names_of_the_platform_are_refused(settings: Any, typed: str) -> None:
    settings.BASE_DOMAIN = "forecourt.app"
    with pytest.raises(Invalid) as refused:
        domainnames.as_written(typed)
    assert refused.value.code == "domain_ours"


def test_the_dns_is_read(zone: Zone, settings: Any) -> None:
    zone.say("club.com", "TXT", '"one half" " and another"', "second")
    zone.say("www.club.com", "A", HOME)
    zone.silent.add("slow.club.com")
    settings.DNS_SECONDS = 1
    assert sorted(names.texts("club.com")) == ["one half and another", "second"]
    assert names.texts("nobody.club.com") == []
    assert (names.addresses("www.club.com"), names.addresses("club.com")) == (frozenset({HOME}), frozenset())
    with pytest.raises(names.Unreachable):
        names.texts("slow.club.com")


def test_nothing_is_served_without_the_record(zone: Zone, alpha: World) -> None:
    claim = ask(alpha)
    zone.say(NAME, "A", HOME)
    for said in ((), ("something else",), (f"{claim.token}x",)):
        zone.say(domains.record_of(claim), "TXT", *said)
        found = check(alpha, claim)
        assert (found.proven_at, found.points_here, served()) == (None, True, [])
        assert found.trouble == ("other_record" if said else "no_record")
    assert Client().get("/", HTTP_HOST=NAME).status_code == 404


def test_with_the_record_it_is_served(zone: Zone, alpha: World) -> None:
    claim = proven(alpha, zone)
    assert (claim.trouble, claim.points_here, served()) == ("", True, [("alpha-sports", False)])
    answer = Client().get("/", HTTP_HOST=NAME)
    assert (answer.status_code, alpha.canary.encode() in answer.content) == (200, True)
    work = DueWork.objects.get(kind=domains.KIND)
    assert (work.schema_name, work.object_id) == (alpha.tenant.schema_name, str(claim.pk))
    assert work.due_at > database_now() + timedelta(hours=23)


def test_whoever_has_to_know_of_a_new_host_is_told_once_it_leads_here(zone: Zone, alpha: World) -> None:
    claim = ask(alpha)
    zone.say(domains.record_of(claim), "TXT", claim.token)
    zone.say(NAME, "A", "192.0.2.99")
    assert check(alpha, claim).points_here is False
    waiting = DueWork.objects.filter(kind=domains.SERVED)
    assert not waiting.exists()
    zone.say(NAME, "A", HOME)
    check(alpha, claim)
    told = waiting.get()
    assert (told.schema_name, told.object_id) == (alpha.tenant.schema_name, str(alpha.tenant.pk))
    waiting.delete()
    check(alpha, claim)
    assert not waiting.exists()


def test_who_proves_it_gets_it_whoever_asked_first(zone: Zone, alpha: World, beta: World) -> None:
    first, second = ask(alpha), ask(beta)
    assert first.token != second.token
    zone.say(domains.record_of(second), "TXT", second.token)
    assert check(alpha, first).trouble == "other_record"
    check(beta, second)
    assert served() == [("beta-rooms", False)]


def test_while_the_record_is_there_nobody_else_gets_it(zone: Zone, alpha: World, beta: World) -> None:
    first = proven(alpha, zone)
    second = ask(beta)
    zone.say(domains.record_of(first), "TXT", first.token, second.token)
    assert check(beta, second).trouble == "taken"
    assert served() == [("alpha-sports", False)]


def test_with_the_record_gone_another_gets_it_and_the_former_is_told(zone: Zone, alpha: World, beta: World) -> None:
    first = proven(alpha, zone)
    with tenant_context(alpha.tenant):
        domains.make_main(alpha.tenant, NAME)
    second = ask(beta)
    zone.say(domains.record_of(first), "TXT", second.token)
    check(beta, second)
    assert served() == [("beta-rooms", False)]
    assert Domain.objects.get(tenant=alpha.tenant, is_primary=True).domain == alpha.host
    with tenant_context(alpha.tenant):
        domains.tell_taken(DueWork.objects.get(kind=domains.TOLD).object_id)
    assert (letters(alpha), letters(beta)) == ([f"{NAME} does not show your pages any more"], [])


def test_lost_proof_is_warned_of_once_and_ends_after_a_week(zone: Zone, alpha: World) -> None:
    claim = proven(alpha, zone)
    zone.say(domains.record_of(claim), "TXT")
    for _time in range(2):
        assert check(alpha, claim).lost_since is not None
    assert (letters(alpha), served()) == ([f"The proof of {NAME} is missing"], [("alpha-sports", False)])
    DomainClaim.objects.update(lost_since=database_now() - timedelta(days=6, hours=23))
    check(alpha, claim)
    assert served() == [("alpha-sports", False)]
    DomainClaim.objects.update(lost_since=database_now() - timedelta(days=7))
    assert check(alpha, claim).proven_at is None
    assert (served(), letters(alpha)[1:]) == ([], [f"{NAME} does not show your pages any more"])
    assert Client().get("/", HTTP_HOST=NAME).status_code == 404


def test_proof_that_is_back_in_time_changes_nothing(zone: Zone, alpha: World) -> None:
    claim = proven(alpha, zone)
    zone.say(domains.record_of(claim), "TXT")
    check(alpha, claim)
    zone.say(domains.record_of(claim), "TXT", claim.token)
    found = check(alpha, claim)
    assert (found.lost_since, found.proven_at, found.trouble) == (None, claim.proven_at, "")


def test_a_dns_that_is_down_takes_nothing_away(zone: Zone, alpha: World, settings: Any) -> None:
    claim = proven(alpha, zone)
    settings.DNS_SECONDS = 1
    zone.silent |= {NAME, domains.record_of(claim)}
    found = check(alpha, claim)
    assert (found.trouble, found.lost_since, found.points_here, served()) == (
        "unreachable",
        None,
        True,
        [("alpha-sports", False)],
    )


def test_main_one_is_led_to_and_programs_and_frames_stay(zone: Zone, alpha: World) -> None:
    proven(alpha, zone)
    with tenant_context(alpha.tenant):
        domains.make_main(alpha.tenant, NAME)
    browser = Client(HTTP_HOST=alpha.host, HTTP_ACCEPT="text/html,*/*")
    moved = browser.get("/venues/main/?a=1")
    assert (moved.status_code, moved["Location"]) == (301, f"http://{NAME}/venues/main/?a=1")
    assert moved["Cache-Control"] == "max-age=300"
    assert browser.head("/").status_code == 301
    assert browser.post("/login/").status_code != 301
    assert browser.get("/api/v1/venues/").status_code != 301
    assert Client(HTTP_HOST=alpha.host).get("/").status_code == 200
    assert Client(HTTP_HOST=NAME, HTTP_ACCEPT="text/html").get("/").status_code == 200


def test_main_one_that_leads_elsewhere_is_main_no_longer(zone: Zone, alpha: World) -> None:
    claim = proven(alpha, zone)
    with tenant_context(alpha.tenant):
        domains.make_main(alpha.tenant, NAME)
    zone.say(NAME, "A", "198.51.100.1")
    assert check(alpha, claim).points_here is False
    assert Domain.objects.get(tenant=alpha.tenant, is_primary=True).domain == alpha.host
    with tenant_context(alpha.tenant), pytest.raises(Refused) as refused:
        domains.make_main(alpha.tenant, NAME)
    assert refused.value.code == "domain_not_ready"


def test_given_up_it_leads_nowhere(zone: Zone, alpha: World) -> None:
    claim = proven(alpha, zone)
    with tenant_context(alpha.tenant):
        domains.make_main(alpha.tenant, NAME)
        domains.remove(alpha.tenant, claim.pk)
    assert (served(), DomainClaim.objects.count(), DueWork.objects.filter(kind=domains.KIND).count()) == ([], 0, 0)
    assert Domain.objects.get(tenant=alpha.tenant, is_primary=True).domain == alpha.host
    assert Client().get("/", HTTP_HOST=NAME).status_code == 404


def test_nobody_touches_what_is_anothers(zone: Zone, alpha: World, beta: World) -> None:
    claim = proven(alpha, zone)
    with tenant_context(beta.tenant):
        for act in (domains.check, domains.remove, domains.one):
            with pytest.raises(NotFound):
                act(beta.tenant, claim.pk)
        with pytest.raises(NotFound):
            domains.make_main(beta.tenant, NAME)
    assert served() == [("alpha-sports", False)]


def test_there_are_so_many_and_the_same_is_one(zone: Zone, alpha: World) -> None:
    assert ask(alpha).pk == ask(alpha, "https://Courts.club.com/").pk
    for number in range(domains.MOST - 1):
        ask(alpha, f"court-{number}.club.com")
    with pytest.raises(Conflict) as refused:
        ask(alpha, "one-more.club.com")
    assert (refused.value.code, DomainClaim.objects.count()) == ("too_many_domains", domains.MOST)


def test_a_tenant_that_goes_takes_its_domains_along(zone: Zone, alpha: World) -> None:
    proven(alpha, zone)
    Tenant.objects.filter(pk=alpha.tenant.pk).delete()
    hosts.forget()
    assert (DomainClaim.objects.count(), served()) == (0, [])
