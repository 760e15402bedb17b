"""R44: a database that goes away outside of a view, or under a cursor of its own, is a sentence, and no stack trace."""

from collections.abc import Callable
from typing import Any, NoReturn

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django_tenants.utils import tenant_context

from accounts.sessions import SessionStore
from bookings.exports import lasting
from tests.flows.pages import Visitor
from tests.isolation.contents import contents
from tests.worlds import World

Come = Callable[..., Visitor]
BREATH = b"The service is catching its breath. Please try again."


def refusing(error: type[Exception]) -> Callable[..., NoReturn]:
    """Something that the database does not do."""

    def refused(*_arguments: Any, **_named: Any) -> NoReturn:
        raise error("server closed the connection unexpectedly")

    return refused


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("what", ["load", "save"])
def test_a_session_that_cannot_be_read_or_written_is_503(
    alpha: World, visitor: Come, monkeypatch: pytest.MonkeyPatch, error: type[Exception], what: str
) -> None:
    owner = visitor("owner")
    owner.client.raise_request_exception = False
    page = owner.open("/desk/setup/venue/")
    form = page.form_with("street").fields
    before = contents(alpha)
    with monkeypatch.context() as gone:
        gone.setattr(SessionStore, what, refusing(error))
        answer = owner.client.post("/desk/setup/venue/", {**form, "street": "Kept Road 1", "go": "back"})
    assert (answer.status_code, answer["Retry-After"], BREATH in answer.content) == (503, "1", True)
    with tenant_context(alpha.tenant):
        assert contents(alpha) == before
    assert owner.open("/desk/").status == 200


def test_a_cursor_that_breaks_in_an_export_is_503(alpha: World, visitor: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = visitor("owner")
    owner.client.raise_request_exception = False
    with monkeypatch.context() as gone:
        gone.setattr(lasting, "uuids_of", refusing(psycopg.OperationalError))
        answer = owner.client.get("/desk/bookings/export.csv")
    assert (answer.status_code, answer["Retry-After"], BREATH in answer.content) == (503, "1", True)
    assert owner.client.get("/desk/bookings/export.csv").status_code == 200


def test_other_mistakes_stay_mistakes(visitor: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = visitor("owner")
    owner.client.raise_request_exception = False
    monkeypatch.setattr(lasting, "uuids_of", refusing(RuntimeError))
    assert owner.client.get("/desk/bookings/export.csv").status_code == 500
