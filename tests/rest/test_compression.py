"""What goes over the wire compressed, and what does not."""

import gzip
from collections.abc import Callable

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from rest.compression import CompressionMiddleware
from tests.worlds import World

LONG = "booked " * 200


def answered(response: HttpResponse | StreamingHttpResponse, accepts: str = "gzip") -> HttpResponse:
    """What a browser gets of an answer."""
    middleware = CompressionMiddleware(lambda _request: response)
    return middleware(RequestFactory().get("/", headers={"accept-encoding": accepts}))  # type: ignore[return-value]


def page(**headers: str) -> HttpResponse:
    """A page that is long enough to be worth it."""
    return HttpResponse(LONG, headers={"Content-Type": "text/html; charset=utf-8", **headers})


def test_page_is_compressed_and_the_same() -> None:
    got = answered(page())
    assert got["Content-Encoding"] == "gzip"
    assert gzip.decompress(got.content).decode() == LONG
    assert "Accept-Encoding" in got["Vary"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: page(ETag='"7"'),
        lambda: HttpResponse(LONG, content_type="application/json"),
        lambda: HttpResponse(LONG, content_type="application/pdf"),
        lambda: StreamingHttpResponse([LONG], content_type="text/html"),
        lambda: HttpResponse("short", content_type="text/html"),
    ],
)
def test_other_answers_stay_as_they_are(make: Callable[[], HttpResponse]) -> None:
    assert "Content-Encoding" not in answered(make())


def test_browser_that_cannot_read_it_gets_it_plain() -> None:
    assert answered(page(), accepts="identity").content.decode() == LONG


@pytest.mark.django_db
def test_shop_window_is_compressed_for_whoever_asks(alpha: World) -> None:
    got = Client(HTTP_HOST=alpha.host).get("/", headers={"accept-encoding": "gzip, br"})
    assert got["Content-Encoding"] == "gzip"
    assert len(got.content) * 2 < len(gzip.decompress(got.content))
