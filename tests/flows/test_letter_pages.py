"""Owners write their own words on pages; whoever reads mail stops what is optional with one button."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bookings.letters import links, standing
from bookings.models import MessageTemplate, NoMail
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.flows.pages import Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
BASE = "/desk/messages/templates/"
ONE = f"{BASE}confirmation/mail/en/"


def kept(world: World) -> list[tuple[str, str]]:
    """Subjects and bodies of the tenant's own words."""
    with tenant_context(world.tenant):
        return list(MessageTemplate.objects.values_list("subject", "body"))


def test_owner_writes_words_and_goes_back_to_the_houses(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(owner.open(BASE).link("confirmation/mail/en"))
    form = page.form("confirmation/mail/en/")
    assert form.fields["subject"] == "Confirmed: {{ what }}, {{ day }}"
    assert "{{ link }} the address of the booking's page" in page.text
    done = owner.send(page, form, subject="See you {{ day }}", body="{{ greeting }}\r\n\r\nBring shoes.")
    assert "Saved. Messages go out in these words from now on." in done.text
    assert kept(alpha) == [("See you {{ day }}", "{{ greeting }}\n\nBring shoes.")]
    done = owner.send(done, done.form("/reset/"))
    assert "Messages go out in our words again." in done.text
    assert kept(alpha) == []


def test_words_that_do_not_work_are_sent_back_with_the_line(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(ONE)
    refused = owner.send(page, page.form("confirmation/mail/en/"), body="Hello\n{{ settings.SECRET_KEY }}")
    assert refused.status == 400
    assert "Line 2: there is no placeholder “settings.SECRET_KEY”." in refused.text
    assert kept(alpha) == []


def test_preview_shows_what_was_typed_in_a_frame_where_nothing_runs(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(ONE)
    form = page.form("confirmation/mail/en/")
    form.action = f"{ONE}preview/"
    shown = owner.send(page, form, subject="For {{ name }}", body="<script>alert(1)</script>")
    assert "For Anna Example" in shown.text
    assert "&lt;script&gt;" in shown.html
    policy = shown.headers["Content-Security-Policy"]
    logo = f"img-src http://{alpha.host}/"
    assert {"default-src 'none'", "sandbox allow-popups", "frame-ancestors 'self'", logo} == (
        set(policy.split("; ")) - {"style-src 'unsafe-inline'", "form-action 'none'", "base-uri 'none'"}
    )
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "there is no placeholder" in owner.send(page, form, body="{{ nmae }}").text
    assert kept(alpha) == []


def test_test_goes_to_the_owner(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(ONE)
    form = page.form("confirmation/mail/en/")
    form.action = f"{ONE}test/"
    assert "A test is on its way to" in owner.send(page, form, subject="For {{ name }}").text
    [letter] = OutgoingMail.objects.filter(schema_name=alpha.tenant.schema_name, key__startswith="sample:")
    assert (letter.to, letter.subject) == (f"owner@{alpha.canary}.example", "Test: For Anna Example")


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
@pytest.mark.parametrize("path", [BASE, ONE, f"{ONE}preview/", "/desk/messages/addresses/"])
def test_others_may_not_look(path: str, who: str, visitor: Come) -> None:
    assert visitor(who).open(path).status == 403


def test_address_that_came_back_is_seen_and_written_to_again(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        OutgoingMail.objects.create(
            schema_name=alpha.tenant.schema_name,
            key="k",
            to="gone@example.org",
            language="en",
            subject="Confirmed",
            state="bounced",
            created_at=database_now(),
        )
        standing.stop(links.digest("gone@example.org"), NoMail.Reason.BOUNCED)
    manager = visitor("manager")
    page = manager.open("/desk/messages/addresses/")
    assert "gone@example.org Came back" in page.text
    assert "is written to" in manager.send(page, page.form("/allow/")).text
    with tenant_context(alpha.tenant):
        assert standing.may_write("gone@example.org", True)


def off(world: World) -> str:
    """The path at the end of Gina's letters."""
    with tenant_context(world.tenant):
        return urlsplit(links.unsubscribe("gina@example.org")).path


def may(world: World, is_essential: bool) -> bool:
    """Whether one may write to Gina."""
    with tenant_context(world.tenant):
        return standing.may_write("Gina@Example.org", is_essential)


def test_button_stops_optional_mail_and_takes_it_back(alpha: World, visitor: Come) -> None:
    """A GET changes nothing: programs that look for viruses follow every link."""
    reader = visitor()
    page = reader.open(off(alpha))
    assert may(alpha, False)
    own = next(form for form in page.forms if form.action not in {"/language/", "/appearance/"})
    page = reader.send(page, own)
    assert "sends you no more reminders" in page.text
    assert (may(alpha, False), may(alpha, True)) == (False, True)
    page = reader.send(page, page.form_with("undo"), "1")
    assert may(alpha, False)


def test_program_for_mail_stops_it_with_one_click(alpha: World) -> None:
    """RFC 8058: a POST without a cookie."""
    answer = Client(HTTP_HOST=alpha.host, enforce_csrf_checks=True).post(off(alpha), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, may(alpha, False), may(alpha, True)) == (204, False, True)


def test_link_of_one_tenant_stops_nothing_at_another(alpha: World, beta: World) -> None:
    """T09"""
    for path in (off(alpha), off(alpha)[:-3] + "xx/"):
        host = beta.host if path == off(alpha) else alpha.host
        assert Client(HTTP_HOST=host).post(path).status_code == 404
    assert may(alpha, False)
    assert may(beta, False)
