"""`/dev/widget/`: a developer's site around the component, as strict as docs/widget.md says that sites may be."""

from importlib import import_module
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory

from config.neighbour import neighbour
from config.settings import development
from tests.worlds import World


def test_page_shows_a_tenant_and_allows_itself_nothing_else(alpha: World, beta: World) -> None:
    asked = {"tenant": alpha.tenant.slug, "lang": "de", "venue": '"><b>'}
    answer: Any = neighbour(RequestFactory().get("/dev/widget/", asked))
    html, home = answer.content.decode(), f"http://{alpha.host}"
    assert f'<script src="{home}/widget.js" async></script>' in html
    assert '<forecourt-booking venue="&quot;&gt;&lt;b&gt;" lang="de">' in html
    assert f'<option value="{beta.tenant.slug}">' in html
    policy = answer._csp_config
    assert (policy["script-src"], policy["frame-src"], policy["default-src"]) == ([home], [home], ["'none'"])


def test_unknown_tenant_is_404(alpha: World) -> None:
    with pytest.raises(Http404):
        neighbour(RequestFactory().get("/dev/widget/", {"tenant": "nobody"}))


def test_developers_site_is_allowed_on_their_machine_only() -> None:
    assert [f"http://localhost:{development.PUBLIC_PORT}"] == development.EMBEDDING_SITES_OF_DEVELOPERS
    assert import_module("config.settings.base").EMBEDDING_SITES_OF_DEVELOPERS == []
