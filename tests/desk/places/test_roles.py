"""Who opens which page of venues: the owner all, managers their own venues', others none."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import CustomField, ExtraOffer, Product

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def pages(world: World) -> dict[str, tuple[int, int]]:
    """Pages with what the owner and the manager of Main get."""
    venue, annex, court, room = world.venue, world.annex, world.court_1, world.annex_room
    own = ["settings", "page", "hours", "days"]
    return {
        **dict.fromkeys(
            ["/desk/venues/", "/desk/closures/", "/desk/closures/new/", "/desk/extras/", "/desk/services/"], (200, 200)
        ),
        **dict.fromkeys(["/desk/extras/new/", "/desk/services/new/", "/desk/closures/?when=past"], (200, 200)),
        "/desk/venues/new/": (200, 403),
        f"/desk/services/{world.tennis}/": (200, 200),
        **{f"/desk/venues/{venue}/{each}/": (200, 200) for each in [*own, "holidays", "limits", "codes", "new"]},
        **{f"/desk/venues/{annex}/{each}/": (200, 404) for each in [*own, "holidays", "limits", "codes", "new"]},
        f"/desk/venues/{venue}/hours/?season=new": (200, 200),
        f"/desk/venues/{venue}/new/?template=hall": (200, 200),
        **{f"/desk/resources/{court}/{each}/": (200, 200) for each in [*own, "extras", "questions"]},
        **{f"/desk/resources/{room}/{each}/": (200, 404) for each in [*own, "extras", "questions"]},
    }


@pytest.mark.parametrize("who", ["owner", "manager", "front_desk", "accountant"])
def test_owners_see_all_managers_their_own_and_others_nothing(alpha: World, visitor: Come, who: str) -> None:
    someone = visitor(who)
    wanted = {
        path: {"owner": owner, "manager": manager}.get(who, 403) for path, (owner, manager) in pages(alpha).items()
    }
    assert {path: someone.open(path).status for path in wanted} == wanted


def test_pages_of_an_extra_and_a_question(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        extra = Product.objects.create(name="Racket", slug="racket", kind="extra")
        ExtraOffer.objects.create(extra=extra, resource_id=alpha.annex_room)
        question = CustomField.objects.create(resource_id=alpha.annex_room, label="Team?")
    owner, manager = visitor("owner"), visitor("manager")
    paths = [f"/desk/extras/{extra.pk}/", f"/desk/questions/{question.pk}/"]
    assert [owner.open(path).status for path in paths] == [200, 200]
    assert [manager.open(path).status for path in paths] == [200, 404]
    assert "you cannot change it" in manager.open(paths[0]).text
