"""The platform's host: its home, the operators' list, and what it does not show to others."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from accounts.models import Role, User
from tenants import hosts
from tests.flows.pages import Visitor
from tests.operating import make_operator, sign_in
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PLATFORM = "localhost"


@pytest.fixture
def operator(alpha: World) -> Iterator[Visitor]:
    """Somebody who runs the platform, signed in."""
    make_operator("olaf@forecourt.example")
    someone = Visitor(PLATFORM)
    assert sign_in(someone, "olaf@forecourt.example").path == "/operators/"
    yield someone
    hosts.forget()


def test_home_is_open_and_the_list_is_not() -> None:
    someone = Visitor(PLATFORM)
    assert someone.open("/").status == 200
    assert someone.open("/operators/").path == "/login/?next=%2Foperators%2F"


def test_people_of_a_tenant_do_not_exist_at_the_platform(alpha: World) -> None:
    page = Visitor(PLATFORM).sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    assert page.path == "/login/"


def test_only_operators_sign_in(alpha: World) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    User.objects.create_user("clerk@forecourt.example", PASSWORD, role=Role.CUSTOMER)
    page = Visitor(PLATFORM).sign_in("clerk@forecourt.example", PASSWORD)
    assert "Only operators sign in here." in page.text
    assert page.path == "/login/"


@pytest.mark.parametrize("path", ["/operators/", "/operators/tenants/1/suspend/"])
def test_operators_pages_do_not_exist_at_a_tenant(visitor: Come, path: str) -> None:
    """T18"""
    assert visitor("owner").open(path).status == 404


@pytest.mark.parametrize("path", ["/desk/", "/bookings/", "/venues/main/"])
def test_tenants_pages_do_not_exist_at_the_platform(operator: Visitor, path: str) -> None:
    assert operator.open(path).status == 404


def test_unknown_host_is_a_kind_404() -> None:
    page = Visitor("nobody.localhost").open("/")
    assert page.status == 404
    assert "There is nothing at this address." in page.text
