"""The desk's page for booking on the tenant's own site: the list, the lines, the link. And the script itself."""

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from tests.flows.pages import Page, Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
AT = "/desk/website/"
SITE = "https://www.club.example"


def sites(world: World) -> list[str]:
    """The list as it is kept."""
    world.tenant.refresh_from_db()
    return list(world.tenant.embedding_sites)


def snippet(page: Page) -> str:
    """The lines to copy, as they arrive in the clipboard."""
    return unescape(page.html.partition('<textarea id="snippet"')[2].partition(">")[2].partition("</textarea>")[0])


@pytest.mark.parametrize("who", ["owner", "manager"])
def test_site_is_allowed_and_taken_off_again(visitor: Come, alpha: World, who: str) -> None:
    staff = visitor(who)
    page = staff.open(AT)
    assert "None so far" in page.text
    page = staff.send(page, page.form("/allow/"), site=" https://WWW.club.example/courts ")
    assert f"{SITE} may show your booking pages now." in page.text
    assert sites(alpha) == [SITE]
    page = staff.send(page, page.form("/remove/"))
    assert f"{SITE} shows a link from now on." in page.text
    assert sites(alpha) == []
    page = staff.send(page, page.form("/allow/"), site="http://club.example")
    assert page.status == 400
    assert "begins with https://" in page.text
    assert 'value="http://club.example"' in page.html
    assert sites(alpha) == []


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
def test_only_owner_and_managers_say_who_may(visitor: Come, alpha: World, who: str) -> None:
    someone = visitor(who)
    assert someone.open(AT).status == 403
    token = someone.open("/").form("/logout/").fields["csrfmiddlewaretoken"]
    for path in ("allow/", "remove/"):
        assert someone.client.post(AT + path, {"site": SITE, "csrfmiddlewaretoken": token}).status_code == 403
    assert sites(alpha) == []


def test_lines_say_what_was_chosen(visitor: Come, alpha: World) -> None:
    owner = visitor("owner")
    home = f"http://{alpha.host}"
    assert snippet(owner.open(AT)) == (
        f'<script src="{home}/widget.js" async></script>\n'
        f'<forecourt-booking>\n  <a href="{home}/">Book at {alpha.tenant.name}</a>\n</forecourt-booking>'
    )
    page = owner.open(f"{AT}?what=main/court-1&lang=de&theme=dark")
    element = '<forecourt-booking venue="main" resource="court-1" lang="de" theme="dark">'
    assert element in snippet(page)
    assert f'href="{home}/venues/main/court-1/"' in snippet(page)
    assert element in page.html  # the preview
    strange = owner.open(f"{AT}?what=beta/room&lang=xx&theme=%22%3E%3Cscript%3E")
    assert "<forecourt-booking>" in snippet(strange)


def test_names_cannot_break_out_of_the_lines(visitor: Come, alpha: World) -> None:
    alpha.tenant.name = 'A </textarea><script>x</script> "B"'
    alpha.tenant.save()
    page = visitor("owner").open(AT)
    assert "<script>x</script>" not in page.html


def test_script_is_anybodys_knows_its_host_and_is_small(alpha: World) -> None:
    client = Client(headers={"Host": alpha.host})
    answer = client.get("/widget.js")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert f'const HOME = "http://{alpha.host}"' in text
    assert len(text) < 5_000
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=600"
    assert not answer.cookies
    again = client.get("/widget.js", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
