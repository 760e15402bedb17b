"""The record of processing of a business: true of it, of nobody else, and with what its owner adds."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from billing.subscriptions.models import StripeAccount
from bookings.models import Connection, MessageSettings, WebhookEndpoint
from desk.models import Change
from desk.privacy.models import ProcessingContact, ProcessingLine
from desk.privacy.views import MOST_LINES
from oauth.models import Application
from schemas.clock import database_now
from tenants import hosts
from tenants.models import Tenant
from tests.flows.pages import Page, Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
RECORD = "/desk/settings/processing/"
LINE = {
    "name": "Our newsletter",
    "what_for": "telling of tournaments",
    "persons": "who has asked for it",
    "which_data": "e-mail address",
    "recipients": "Mail Ltd",
    "abroad": "",
    "until": "until they want it no more",
    "basis": "consent: Art. 6(1)(a) GDPR",
}


@pytest.fixture(autouse=True)
def bare(alpha: World, settings: Any) -> None:
    """Nothing is connected, and no carrier is set up."""
    settings.STRIPE_SECRET_KEY = settings.SENTRY_DSN = settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.TWILIO_FROM = ""
    settings.MAIL_PROVIDER, settings.DATA_LOCATION = "files", ""
    with tenant_context(alpha.tenant):
        WebhookEndpoint.objects.all().delete()
        Connection.objects.all().delete()
        Application.objects.all().delete()


def rows(owner: Visitor) -> dict[str, list[str]]:
    """The file, by the first cell of each line."""
    answer = owner.client.get(f"{RECORD}record.csv")
    assert answer.status_code == 200
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))}


def titles(page: Page) -> list[str]:
    """The activities on the page."""
    return [
        part.partition("</h2>")[0].partition(">")[2].partition("<")[0].strip()
        for part in page.html.split('<h2 id="activity-')[1:]
    ]


def test_a_business_with_nothing_connected_names_nobody(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    found = rows(owner)
    for name in ("Bookings", "Customers’ accounts", "Payments and documents", "Messages about bookings", "The team"):
        assert found[name][3:5] == ["nobody", "none"], name
    assert found["Bookings"][5].startswith("who booked: 3 years after the last time")
    assert found["Customers’ accounts"][5].startswith("3 years after somebody last booked")
    assert "Calendars elsewhere" not in found
    assert "Booking pages inside other sites" not in found
    assert "Where the data lie" not in found
    assert "Forecourt has not said yet" in owner.open(RECORD).text


def test_it_names_what_is_so(alpha: World, visitor: Come, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.MAIL_PROVIDER = "sk_test_x", "postmark"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.TWILIO_FROM = "x"
    settings.DATA_LOCATION, settings.SENTRY_DSN = "Frankfurt am Main, Germany", "https://k@errors.example/1"
    now = database_now()
    StripeAccount.objects.filter(tenant=alpha.tenant).delete()
    StripeAccount.objects.create(
        tenant=alpha.tenant, account_id="acct_record", country="DE", connected_at=now, refreshed_at=now
    )
    Tenant.objects.filter(pk=alpha.tenant.pk).update(embedding_sites=["https://club.example"])
    with tenant_context(alpha.tenant):
        MessageSettings.objects.update_or_create(pk=1, defaults={"sends_sms": True})
        given = {"venue_id": alpha.venue, "created_at": now}
        Connection.objects.create(name="Mine", provider="google", pushes=True, **given)
        Connection.objects.create(name="Ours", provider="caldav", pulls=True, **given)
        for path in ("a", "b"):
            WebhookEndpoint.objects.create(url=f"https://crm.example/{path}", sealed="x", created_at=now)
        Application.objects.create(
            name="Club app", client_id="c1", grants=[], scopes=[], redirect_uris="https://app.example/back"
        )
    hosts.forget()
    owner = visitor("owner")
    found = rows(owner)
    assert found["Payments and documents"][3] == "Stripe Payments Europe, Ltd."
    assert found["Payments and documents"][4].startswith("Stripe Payments Europe, Ltd. (Ireland): under standard")
    assert found["Messages about bookings"][3] == "ActiveCampaign, LLC (Postmark), Twilio Inc."
    assert found["Bookings"][3] == "errors.example"
    assert found["Calendars elsewhere"][3] == "CalDAV, Google Calendar"
    assert found["Calendars elsewhere"][4].startswith("Google Calendar: under standard")
    assert found["Other systems"][3] == "crm.example, Club app (app.example), programs with a token of the team"
    assert found["Booking pages inside other sites"][3] == "nobody; shown inside https://club.example"
    assert found["Where the data lie"] == ["Frankfurt am Main, Germany"]
    assert titles(owner.open(RECORD)) == [
        "Bookings",
        "Customers’ accounts",
        "Payments and documents",
        "Messages about bookings",
        "Calendars elsewhere",
        "Other systems",
        "Booking pages inside other sites",
        "The team",
        "Taking data along, and backups",
    ]


def test_one_never_shows_what_is_anothers(alpha: World, beta: World, visitor: Come) -> None:
    """I15: beta's webhook, line and contact are beta's alone."""
    with tenant_context(beta.tenant):
        WebhookEndpoint.objects.create(url="https://only-beta.example/", sealed="x", created_at=database_now())
        ProcessingLine.objects.create(**{**LINE, "name": "Only beta"})
        ProcessingContact.objects.create(officer="Officer of beta")
        number = ProcessingLine.objects.get().pk
    owner = visitor("owner")
    for told in (owner.open(RECORD).html, owner.client.get(f"{RECORD}record.csv").content.decode()):
        assert "only-beta" not in told
        assert "Only beta" not in told
        assert "Officer of beta" not in told
        assert beta.canary not in told
    page = owner.open(RECORD)
    token = page.form_with("controller").fields["csrfmiddlewaretoken"]
    gone = owner.client.post(f"{RECORD}{number}/remove/", {"csrfmiddlewaretoken": token})
    assert gone.status_code == 404
    with tenant_context(beta.tenant):
        assert ProcessingLine.objects.count() == 1


def test_owner_says_whom_to_ask_and_it_stands_in_the_record_of_changes(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RECORD)
    done = owner.send(
        page, page.form_with("controller"), controller="Club Ltd\n1 High Street", officer="Ada, ada@club.example"
    )
    assert "Ada, ada@club.example" in done.text
    found = rows(owner)
    assert found["Who is responsible"] == ["Club Ltd\n1 High Street"]
    assert found["Data protection officer"] == ["Ada, ada@club.example"]
    with tenant_context(alpha.tenant):
        change = Change.objects.filter(thing="desk_processingcontact").first()
        assert change is not None
        assert (change.act, change.actor_id) == ("insert", alpha.users["owner"])
        assert change.after["officer"] == "Ada, ada@club.example"


def test_second_tab_is_told_what_the_first_has_changed(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RECORD)
    owner.send(page, page.form_with("controller"), officer="Ada")
    late = owner.send(page, page.form_with("controller"), officer="Ben")
    assert late.status == 400
    assert "Somebody has changed this meanwhile" in late.text
    assert late.form_with("controller").fields["officer"] == "Ben"
    with tenant_context(alpha.tenant):
        assert ProcessingContact.objects.get().officer == "Ada"


def test_owner_adds_a_line_and_takes_it_away(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RECORD)
    done = owner.send(page, page.form_with("what_for"), **LINE)
    assert titles(done)[-1] == "Our newsletter"
    assert rows(owner)["Our newsletter"] == [
        "telling of tournaments",
        "who has asked for it",
        "e-mail address",
        "Mail Ltd",
        "none",
        "until they want it no more",
        "consent: Art. 6(1)(a) GDPR",
    ]
    done = owner.send(done, done.form("/remove/"))
    assert "Our newsletter" not in titles(done)
    with tenant_context(alpha.tenant):
        assert [each.act for each in Change.objects.filter(thing="desk_processingline")] == ["delete", "insert"]


def test_a_line_without_what_it_is_for_is_refused_and_loses_nothing(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(RECORD)
    refused = owner.send(page, page.form_with("what_for"), **{**LINE, "what_for": ""})
    assert refused.status == 400
    assert refused.form_with("what_for").fields["name"] == "Our newsletter"
    with tenant_context(alpha.tenant):
        assert not ProcessingLine.objects.exists()


def test_there_is_an_end_to_lines(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        ProcessingLine.objects.bulk_create([ProcessingLine(**LINE) for _number in range(MOST_LINES)])
    owner = visitor("owner")
    page = owner.open(RECORD)
    refused = owner.send(page, page.form_with("what_for"), **{**LINE, "name": "One too many"})
    assert refused.status == 400
    assert "There are 50 lines already." in refused.text
    with tenant_context(alpha.tenant):
        assert ProcessingLine.objects.count() == MOST_LINES


def test_cells_that_spreadsheets_would_run_are_guarded(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        ProcessingLine.objects.create(**{**LINE, "name": "=HYPERLINK(1)"})
    assert "'=HYPERLINK(1)" in rows(visitor("owner"))


def test_it_is_the_owners_alone(visitor: Come) -> None:
    for role in ("manager", "accountant", "front_desk", "guest"):
        someone = visitor(role)
        assert someone.client.get(RECORD).status_code == 403, role
        assert someone.client.get(f"{RECORD}record.csv").status_code == 403, role
