"""Every route of the desk for every role: what each is answered stands in `tests/desk/permissions.py`.

A route without a line fails, and says which group its answers are; look whether that is meant, and write the line.
"""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from tests.desk.answers import GROUPS, ROLES, named
from tests.desk.permissions import FORMS, NOT_YET, PAGES, group_of
from tests.isolation.conftest import database, furnished, worlds
from tests.isolation.scene import Caller, address, body, kept_session, send, session_of
from tests.routes import Route, tenant_routes
from tests.worlds import World
from venues.models import VenueAssignment

__all__ = ["database", "furnished", "worlds"]
DESK = [route for route in tenant_routes() if route.path.startswith("/desk/")]
NOT_ALLOWED, FORBIDDEN, MISSING, FOUND = 405, 403, 404, 302


def test_every_route_of_the_desk_has_a_line_and_every_line_a_route() -> None:
    lines = {path for table in (PAGES, FORMS) for paths in table.values() for path in paths}
    routes = {route.path.removeprefix("/desk/") for route in DESK}
    assert lines | NOT_YET <= routes, "Take the lines of routes that are gone out of tests/desk/permissions.py."
    assert not lines & NOT_YET
    assert routes - lines <= NOT_YET, "Say in tests/desk/permissions.py who may open the new route."


@pytest.mark.parametrize("route", DESK, ids=str)
def test_each_role_is_answered_as_the_table_says(worlds: tuple[World, World], route: Route) -> None:
    alpha, _beta = worlds
    path = route.path.removeprefix("/desk/")
    if path not in NOT_YET:
        found = {method: named(tuple(answers(alpha, route, method))) for method in ("get", "post")}
        assert found == {"get": group_of(PAGES, path), "post": group_of(FORMS, path)}


def answers(world: World, route: Route, method: str) -> Iterator[str]:
    """What each of `ROLES` is answered, in a word; what a visit does is taken back."""
    path, fields = address(route, world, world), body(world)
    for who in ROLES:
        caller = Caller(world.host, session=cookie(world, who)) if who != "nobody" else Caller(world.host)
        before = transaction.savepoint()
        answer = word(send(caller, route, method, path, {} if method == "get" else fields))
        transaction.savepoint_rollback(before)
        connection.search_path_set_schemas = None  # type: ignore[attr-defined]  # it went back as well
        yield answer


def word(answer: HttpResponse) -> str:
    """In, or how not."""
    if answer.status_code == FOUND and answer["Location"].startswith("/login/"):
        # Who is signed in is asked to sign in again, which is as good as in; nobody is asked to sign in at all.
        return "login"
    return {NOT_ALLOWED: "405", FORBIDDEN: "403", MISSING: "404"}.get(answer.status_code, "in")


def cookie(world: World, who: str) -> str:
    """The session of somebody of the cast, or of a manager of the other venue."""
    if who != "elsewhere":
        return kept_session(world, who)
    with tenant_context(world.tenant):
        user, _is_new = User.objects.get_or_create(email="elsewhere@example.org", defaults={"role": Role.MANAGER})
        VenueAssignment.objects.get_or_create(user=user, venue_id=world.annex)
    world.users["elsewhere"] = user.pk
    return session_of(world, "elsewhere")


def test_groups_are_told_apart() -> None:
    assert len(set(GROUPS.values())) == len(GROUPS)
