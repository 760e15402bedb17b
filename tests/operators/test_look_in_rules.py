"""What is not done while looking in, for every route of a tenant's host: read-only, and with leave to change."""

import re
from typing import Any

import pytest
from django.test import Client

from operators import lookin_rules, looking
from operators.models import Rank
from tests.isolation.contents import contents
from tests.isolation.scene import body, furnish_bookings, values
from tests.operating import make_operator
from tests.operators.test_look_in import entered
from tests.routes import Route, tenant_routes
from tests.worlds import World

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
ALLOWED = {"/logout/", "/language/", "/appearance/", "/look-in/end/"}
SMELLS = re.compile(
    r"password|passkey|two-factor|token|session|secret|oauth|client|apps|archive|everything|close/|erase|export|\.csv"
    r"|stripe|payout|connect|disconnect|onboarding|portal|subscription|webhook|hand-over|invit|team|feeds?/|cards|/file/"
)
"""An address with such a word is about what nobody does who looks in, or stands below with the reason."""
HARMLESS = {
    "/calendars/<slug:secret>.ics": "answers whoever has the secret, and only reads",
    "/desk/customers/addresses/<int:file_id>/let-in/": "lets a guest book again",
    "/bookings/<uuid:booking_id>/<str:token>/": "a customer's link, as its booking",
    "/api/v1/admin/payouts/": "reads",
    "/api/v1/admin/payouts/<slug:payout_id>/contents/": "reads",
    "/desk/setup/team/": "says who could be invited; leads to the team's page",
    "/look-in/<str:token>/": "another look-in",
    "/desk/calendar/feed/": "what the calendar shows",
    "/.well-known/oauth-authorization-server": "reads",
    "/api/v1/admin/imports/templates/<slug:kind>.csv": "an empty table",
    "/mail/off/<slug:whose>/<str:token>/": "stops letters to an address",
}


def sent(client: Client, route: Route, method: str, world: World) -> Any:
    kind = {"content_type": "application/json"} if route.is_api else {}
    return getattr(client, method)(route.filled(values(world, world)), body(world), **kind)


def test_read_only_refuses_every_unsafe_route(alpha: World) -> None:
    furnish_bookings(alpha)
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha)
    before = contents(alpha)
    wrong = []
    for route in tenant_routes():
        if route.path in ALLOWED:
            continue
        for method in UNSAFE:
            answer = sent(client, route, method, alpha)
            if answer.status_code != 403:
                wrong.append((method, route.path, answer.status_code))
    assert wrong == []
    assert contents(alpha) == before


def test_without_the_door_they_would_change_things(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    furnish_bookings(alpha)
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha)
    before = contents(alpha)
    monkeypatch.setattr(lookin_rules, "refusal", lambda *_args, **_more: "")
    route = next(
        route for route in tenant_routes() if route.path == "/api/v1/admin/bookings/<uuid:booking_id>/confirm/"
    )
    assert sent(client, route, "post", alpha).status_code == 200
    assert contents(alpha) != before


def smelling() -> list[Route]:
    return [route for route in tenant_routes() if SMELLS.search(route.path)]


def test_with_leave_to_change_ways_in_money_and_the_team_stay_refused(alpha: World) -> None:
    furnish_bookings(alpha)
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha, may_change=True)
    before = contents(alpha)
    found = smelling()
    assert len(found) > 80
    open_ones = {
        route.path
        for route in found
        if route.path not in HARMLESS
        and not re.match(r"/bookings/<uuid:booking_id>/<str:token>/", route.path)
        and any(sent(client, route, method, alpha).status_code != 403 for method in UNSAFE)
    }
    assert open_ones == set()
    assert contents(alpha) == before


@pytest.mark.parametrize(
    "path",
    [
        "/account/", "/account/data/file/", "/account/passkeys/", "/me/tokens/", "/desk/api/", "/desk/exports/",
        "/desk/settings/everything/", "/desk/settings/everything/archive.zip", "/desk/settings/close/",
        "/desk/bookings/export.csv", "/desk/money/books/file/", "/api/v1/me/tokens/", "/api/v1/admin/exports/payments/",
        "/oauth/authorize/", "/login/", "/desk/calendars/feeds/", "/bookings/calendar/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("may_change", [False, True])
def test_what_is_the_persons_own_or_everything_is_not_even_shown(alpha: World, path: str, may_change: bool) -> None:
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha, may_change=may_change)
    answer = client.get(path)
    assert answer.status_code == 403
    assert b"not shown to somebody who looks in" in answer.content


def test_refusal_says_so_to_people_parts_of_pages_and_programs(alpha: World) -> None:
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha)
    page = client.post("/desk/groups/new/", {"name": "Friends"})
    assert b"You look in to read. Nothing was changed." in page.content
    assert b'class="look-in"' in page.content
    assert client.post("/desk/groups/new/", headers={"HX-Request": "true"}).status_code == 403
    api = client.post("/api/v1/admin/groups/", {"name": "Friends"}, content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (403, "look_in")


def test_language_and_appearance_are_the_visitors_own(alpha: World) -> None:
    client = entered(make_operator("samir@forecourt.example", Rank.SUPPORT), alpha)
    assert client.post("/language/", {"language": "de", "next": "/desk/"}).status_code == 302
    assert client.post("/appearance/", {"appearance": "dark", "next": "/desk/"}).status_code == 302
    page = client.get("/desk/").content.decode()
    assert 'lang="de"' in page
    assert looking.cookie() in client.cookies
