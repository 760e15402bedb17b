"""Forms that no browser sends: a page answers them with 4xx, and nothing falls over."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.flows.pages import Visitor

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/login/link/", "/appearance/", "/venues/main/court-1/hold/", "/no-such-page/"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (f"{FORM}; charset=utf-16", b"email=a"),
        ("multipart/form-data; boundary=", b"x"),
        (FORM, b"&".join(b"a%d=1" % number for number in range(1001))),
        (FORM, b"email=" + b"x" * 1_000_001),
    ],
    ids=["another encoding", "no boundary", "too many fields", "too large"],
)
def test_unreadable_form_is_a_mistake_and_none_of_ours(visitor: Come, path: str, kind: str, body: bytes) -> None:
    someone = visitor()
    someone.open("/login/")
    answer = someone.client.post(path, body, content_type=kind)
    assert answer.status_code == (404 if path == "/no-such-page/" else 400)
    assert "To the start page" in answer.content.decode()


@pytest.mark.parametrize("path", ["/no-such-page/", "/venues/main/no-such-court/", f"/bookings/{UUID(int=1)}/"])
def test_page_that_is_not_there_is_kept_by_nobody(visitor: Come, path: str) -> None:
    """Caches keep a 404 that says nothing about it (RFC 9110, 15.1), in one language for everybody."""
    answer = visitor().client.get(path)
    assert answer.status_code == 404
    assert {"private", "no-cache"} <= set(answer["Cache-Control"].split(", "))
