"""Every call of v1 and core says which scope it needs, and `rest.scopes` has no line without a route."""

import pytest

from rest.scopes import CORE, PARAMETER, PERSONAL, SCOPES, TABLE, UNLIMITED, V1, Needs, needs_of
from rest.views import ApiView
from tests.routes import Route, tenant_routes

# They look at no credentials.
DOCUMENTS = ("/api/schema/", "/api/docs/")
ROUTES = [
    route
    for route in tenant_routes()
    if route.is_api and route.path.startswith(f"/{CORE}") and not route.path.startswith(DOCUMENTS)
]


def written(route: Route) -> str:
    """As the URLconf has it."""
    return route.path.removeprefix("/")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_route_says_which_scope_it_needs(route: Route) -> None:
    needs = needs_of(written(route))
    assert needs is not None, f"Give {route} a line in TABLE of platform/rest/scopes.py."
    assert set(needs) - {""} <= {*SCOPES, PERSONAL, UNLIMITED}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_route_goes_through_the_one_door(route: Route) -> None:
    """`ApiView.check_permissions` asks for the scope; a view beside it would not."""
    assert issubclass(route.view_class, ApiView), "Derive it from rest.views.ApiView."
    assert "check_permissions" not in vars(route.view_class)


def test_every_line_has_a_route() -> None:
    paths = [PARAMETER.sub("{}", written(route).removeprefix(V1).removeprefix(CORE)) for route in ROUTES]
    unused = [beginning for beginning in TABLE if not any(path.startswith(beginning) for path in paths)]
    assert not unused, f"Take it out of TABLE: {unused}"


def test_cancelling_webhooks_and_the_desk_have_scopes_of_their_own() -> None:
    assert {
        path: needs_of(V1 + path)
        for path in (
            "bookings/<uuid:booking_id>/",
            "bookings/<uuid:booking_id>/cancel/",
            "bookings/<uuid:booking_id>/cancellation-preview/",
            "series/<int:series_id>/cancel/",
            "webhook-endpoints/<int:endpoint_id>/",
            "admin/bookings/<uuid:booking_id>/cancel/",
            "oauth-clients/",
        )
    } == {
        "bookings/<uuid:booking_id>/": Needs("booking:read", "booking:write"),
        "bookings/<uuid:booking_id>/cancel/": Needs("booking:read", "booking:cancel"),
        "bookings/<uuid:booking_id>/cancellation-preview/": Needs("booking:read", "booking:write"),
        "series/<int:series_id>/cancel/": Needs("booking:read", "booking:cancel"),
        "webhook-endpoints/<int:endpoint_id>/": Needs("webhook:write", "webhook:write"),
        "admin/bookings/<uuid:booking_id>/cancel/": Needs("staff:read", "staff:write"),
        "oauth-clients/": Needs("unlimited", "unlimited"),
    }


@pytest.mark.parametrize("route", [f"{V1}new/", "api/v2/bookings/", "api/partner/v1/new", "bookings/", ""])
def test_guard_sees_a_route_that_nobody_declared(route: str) -> None:
    assert needs_of(route) is None
