"""The way around the desk: who is led where may go there, and who is not led there is told so."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from desk.navigation import GROUPS, shown
from schemas.clock import database_now
from tenants import hosts
from tenants.models import Tenant
from tests.flows.pages import Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
STAFF = ("owner", "manager", "front_desk", "accountant")
PAGES = [page for group in GROUPS for section in group for page in section.pages]


@pytest.mark.parametrize("who", STAFF)
def test_every_page_that_one_is_led_to_opens_and_no_other(alpha: World, visitor: Come, who: str) -> None:
    someone = visitor(who)
    answers = {page.route: someone.open(page.path).status for page in PAGES}
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users[who])
    assert answers == {page.route: 200 if page.sees(user) else 403 for page in PAGES}


def test_every_page_leads_to_its_neighbours_and_no_route_has_two_lines(alpha: World, visitor: Come) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(set_up_at=database_now())
    hosts.forget()
    owner = visitor("owner")
    for group in GROUPS:
        for section in group:
            for page in section.pages:
                opened = owner.open(page.path)
                assert {other.path for other in section.pages} <= {href for href, _given in opened.links}
    assert len({page.route for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize(("is_set_up", "section"), [(False, "setup"), (True, "settings")])
def test_first_steps_are_a_section_until_they_are_done(alpha: World, is_set_up: bool, section: str) -> None:
    with tenant_context(alpha.tenant):
        owner = User.objects.get(pk=alpha.users["owner"])
        at = shown(owner, "/desk/setup/hours/", is_set_up)
        assert (at.section.name if at.section else "", at.page.route if at.page else "") == (section, "desk-setup")
        assert ("setup" in {each.name for group in at.groups for each, _path in group}) is not is_set_up
