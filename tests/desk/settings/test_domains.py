"""The owner's pages about domains."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django_tenants.utils import tenant_context

from tenants import domains
from tenants.claims import DomainClaim
from tenants.models import Domain
from tests import nameserver
from tests.flows.pages import Visitor
from tests.nameserver import Zone
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/desk/domains/"
NAME = "courts.club.com"
HOME = "192.0.2.7"


@pytest.fixture
def zone(settings: Any, alpha: World) -> Iterator[Zone]:
    with nameserver.serving() as found:
        settings.DNS_RESOLVERS, settings.DNS_PORT, settings.DNS_SECONDS = ["127.0.0.1"], found.port, 20
        found.say(alpha.host, "A", HOME)
        yield found
    cache.clear()


def brought(owner: Visitor, name: str = NAME) -> Any:
    page = owner.open(PAGE)
    return owner.send(page, _asking(page), domain=name)


def _asking(page: Any) -> Any:
    return next(form for form in page.forms if "domain" in form.fields)


def test_a_domain_is_brought_proven_made_main_and_given_up(zone: Zone, alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = brought(owner)
    claim = DomainClaim.objects.get()
    for said in (f"_forecourt-challenge.{NAME}", claim.token, "CNAME", alpha.host, "Waits for proof"):
        assert said in page.text
    page = owner.send(page, page.form("/check/"))
    assert "There is no TXT record yet." in page.text
    zone.say(domains.record_of(claim), "TXT", claim.token)
    zone.say(NAME, "A", HOME)
    page = owner.send(page, page.form("/check/"))
    assert "Proven: the record is there." in page.text
    assert "It leads here." in page.text
    page = owner.send(page, page.form("/main/"), NAME)
    assert "Letters and pages lead there from now on." in page.text
    assert Domain.objects.get(tenant=alpha.tenant, is_primary=True).domain == NAME
    asked = owner.open(f"{PAGE}{claim.pk}/remove/")
    assert f"{alpha.host} becomes the main address again." in asked.text
    assert f"{NAME} is given up." in owner.send(asked, _sure(asked)).text
    assert not Domain.objects.filter(domain=NAME).exists()


def _sure(page: Any) -> Any:
    return next(form for form in page.forms if form.action == "" and set(form.fields) == {"csrfmiddlewaretoken"})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("not a domain", "This is not a domain."),
        ("co.uk", "Many share this ending"),
        ("alpha-sports.localhost", "This is not a domain."),
        ("", "This field is required."),
    ],
)
def test_what_is_none_is_refused_and_stays_in_the_form(visitor: Come, typed: str, said: str) -> None:
    owner = visitor("owner")
    page = brought(owner, typed)
    assert (page.status, said in page.text) == (400, True)
    assert _asking(page).fields["domain"] == typed
    assert DomainClaim.objects.count() == 0


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_domains_are_the_owners(alpha: World, visitor: Come, who: str) -> None:
    with tenant_context(alpha.tenant):
        claim = domains.ask(alpha.tenant, NAME)
    someone = visitor(who)
    for path in (PAGE, f"{PAGE}{claim.pk}/", f"{PAGE}{claim.pk}/remove/"):
        assert someone.open(path).status == 403


def test_anothers_domain_is_not_there(alpha: World, beta: World, visitor: Come) -> None:
    with tenant_context(beta.tenant):
        claim = domains.ask(beta.tenant, NAME)
    owner = visitor("owner")
    assert owner.open(f"{PAGE}{claim.pk}/").status == 404
    assert owner.open(f"{PAGE}{claim.pk}/remove/").status == 404
    assert claim.token not in owner.open(PAGE).html


def test_the_overview_says_where_one_is_reached(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert f"Reachable at {alpha.host}" in owner.open("/desk/settings/").text
    with tenant_context(alpha.tenant):
        domains.ask(alpha.tenant, NAME)
    assert f"Reachable at {alpha.host}; 1 waits for proof" in owner.open("/desk/settings/").text
