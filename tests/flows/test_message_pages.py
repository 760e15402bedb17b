"""Owners say which messages go when, and staff see what was told; with 500 rows, with filters, and with none."""

from collections.abc import Callable
from datetime import timedelta

from django_tenants.utils import tenant_context

from bookings.models import MessageSettings, Notice
from bookings.notices import rules
from bookings.notices.rules import Route
from schemas.clock import database_now
from tests.flows.pages import Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
LOG, RULES = "/desk/messages/", "/desk/messages/rules/"


def _routes(world: World, kind: str) -> tuple[Route, ...]:
    with tenant_context(world.tenant):
        return rules.of(kind).routes


def _fill(world: World, count: int) -> None:
    now = database_now()
    with tenant_context(world.tenant):
        Notice.objects.bulk_create(
            Notice(
                kind="summary",
                channel="mail",
                to=f"owner-{number}@example.org",
                language="en",
                due_at=now - timedelta(minutes=number),
                send_at=now - timedelta(minutes=number),
                state="failed" if number % 100 == 0 else "sent",
                why="refused" if number % 100 == 0 else "",
                created_at=now,
                updated_at=now,
            )
            for number in range(count)
        )


def test_log_says_that_it_is_empty(visitor: Come) -> None:
    assert "No messages yet." in visitor("owner").open(LOG).text


def test_log_of_500_messages_has_pages_and_filters(alpha: World, visitor: Come) -> None:
    _fill(alpha, 500)
    owner = visitor("owner")
    page = owner.open(LOG)
    assert "Page 1 of 10" in page.text
    assert "owner-49@example.org" in page.text
    assert "owner-50@example.org" not in page.text
    failed = owner.open(f"{LOG}?state=failed")
    assert "The address takes no mail" in failed.text
    assert "Page 1" not in failed.text
    assert "owner-7@" in owner.open(f"{LOG}?text=owner-7@").text
    assert "There is no such message." in owner.open(f"{LOG}?kind=review").text
    assert "owner-0@" not in visitor("front_desk").open(LOG).text


def test_owner_adds_and_removes_reminders_and_goes_back(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RULES)
    token = {"csrfmiddlewaretoken": page.form("rules/reminder/").fields["csrfmiddlewaretoken"]}
    fields = {**token, "reminder-channel": "mail", "reminder-amount": "2", "reminder-unit": "60"}
    assert owner.client.post(f"{RULES}reminder/", fields).status_code == 302
    usual = rules.HOUSE["reminder"]
    assert _routes(alpha, "reminder") == (Route("mail", 120), *usual)
    refused = owner.client.post(f"{RULES}reminder/", {**fields, "reminder-amount": "0"})
    assert refused.status_code == 400
    assert _routes(alpha, "reminder") == (Route("mail", 120), *usual)
    assert owner.client.post(f"{RULES}reminder/", {**token, "remove": "mail:1440"}).status_code == 302
    assert _routes(alpha, "reminder") == (Route("mail", 120), Route("sms", 1440))
    assert owner.client.post(f"{RULES}reminder/", {**token, "usual": "1"}).status_code == 302
    assert _routes(alpha, "reminder") == usual
    assert owner.client.post(f"{RULES}confirmation/", token).status_code == 302
    assert _routes(alpha, "confirmation") == ()
    assert "Which messages go when" in page.text


def test_owner_says_when_it_is_quiet_and_when_the_summary_comes(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RULES)
    form = page.form("rules/settings/")
    assert (form.fields["quiet_from"], form.fields["summary_at"]) == ("21:00", "07:00")
    done = owner.send(page, form, quiet_from="22:15", summary_at="")
    assert "Saved." in done.text
    with tenant_context(alpha.tenant):
        row = MessageSettings.objects.get()
        assert (f"{row.quiet_from:%H:%M}", row.summary_at, row.sends_sms) == ("22:15", None, False)


def test_front_desk_reads_the_log_and_changes_no_rules(alpha: World, visitor: Come) -> None:
    front = visitor("front_desk")
    assert front.client.get(RULES).status_code == 403
    assert front.client.get(LOG).status_code == 200
