"""Operators of every rank, signed in at the platform's host."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from operators.models import Operator
from tenants import hosts
from tests.flows.pages import Visitor
from tests.operating import PLATFORM, make_operator, sign_in
from tests.worlds import World

Enter = Callable[[str], Visitor]


@pytest.fixture
def enter(alpha: World) -> Iterator[Enter]:
    """Somebody of a rank, signed in; without a rank for an empty name."""

    def come(rank: str) -> Visitor:
        user = make_operator(f"{rank or 'nobody'}@forecourt.example", rank or "reader")
        if not rank:
            Operator.objects.filter(user=user).delete()
        someone = Visitor(PLATFORM)
        assert sign_in(someone, user.email).path == "/operators/"
        return someone

    yield come
    hosts.forget()


def forged(someone: Visitor, path: str, sent: dict[str, Any]) -> Any:
    """A form that is sent without having been shown; CSRF lets it through, so that what refuses it is the right."""
    return someone.client.post(path, sent, headers={"X-CSRFToken": someone.client.cookies["csrftoken"].value})


@pytest.fixture
def admin(enter: Enter) -> Visitor:
    """An administrator."""
    return enter("admin")
