"""Mail by SendGrid, Mailgun, SES and Postmark, against doubles that answer as their documentation says.

SendGrid: v3 Mail Send and Event Webhook. Mailgun: v3 messages and webhooks. SES: v2 SendEmail, and events by SNS.
Postmark: Email API with its error codes, and Bounce, Delivery and SpamComplaint webhooks.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from anymail.exceptions import AnymailAPIError
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bookings.letters import standing
from config.settings import carriers
from schemas.clock import database_now
from tenants import envelopes, mail
from tenants.envelopes import File
from tenants.mail import Letter
from tenants.models import DueWork, OutgoingMail
from tests.tenants.provider import Provider
from tests.worlds import World

SECRET = "hook:open sesame"
KEYS = {
    "sendgrid": {"SENDGRID_API_KEY": "SG.key", "MAIL_WEBHOOK_SECRET": SECRET},
    "mailgun": {
        "MAILGUN_API_KEY": "key-1",
        "MAILGUN_SENDER_DOMAIN": "mg.platform.example",
        "MAILGUN_WEBHOOK_SIGNING_KEY": "signing",
    },
    "ses": {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "aws",
        "MAIL_WEBHOOK_SECRET": SECRET,
    },
    "postmark": {"POSTMARK_SERVER_TOKEN": "pm-token", "MAIL_WEBHOOK_SECRET": SECRET},
}
URLS = {
    "sendgrid": ("SENDGRID_API_URL", "/v3/"),
    "mailgun": ("MAILGUN_API_URL", "/v3/"),
    "ses": ("AWS_SES_URL", ""),
    "postmark": ("POSTMARK_API_URL", "/"),
}
TAKEN = {
    "sendgrid": (202, None),
    "mailgun": (200, {"id": "<20260101.1@mg.platform.example>", "message": "Queued. Thank you."}),
    "ses": (200, {"MessageId": "0102018f-ses"}),
    "postmark": (
        200,
        {
            "To": "guest@example.org",
            "SubmittedAt": "2026-01-01T00:00:00Z",
            "MessageID": "pm-1",
            "ErrorCode": 0,
            "Message": "OK",
        },
    ),
}
SAID = {"mailgun": "<20260101.1@mg.platform.example>", "ses": "0102018f-ses", "postmark": "pm-1"}
OFF = "https://alpha.example/mail/off/x/y/"
LETTER = Letter("k", "guest@example.org", "Grüße", "Hallo", html="<p>Hallo</p>", unsubscribe=OFF)


@dataclass
class Carried:
    """A provider that is chosen by the one setting."""

    name: str
    double: Provider


@pytest.fixture(params=KEYS)
def carried(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Carried]:
    """Each provider, with its double."""
    name = request.param
    with Provider() as double:
        variable, path = URLS[name]
        environ = {"MAIL_PROVIDER": name, **KEYS[name], variable: f"{double.url}{path}"}
        settings.MAIL_PROVIDER, settings.EMAIL_BACKEND, settings.ANYMAIL = carriers.chosen(environ)
        settings.MAIL_CARRIES_ALTERNATIVES = carriers.carries_alternatives(name)
        settings.DEFAULT_FROM_EMAIL = "bookings@platform.example"
        double.says(*TAKEN[name])
        yield Carried(name, double)


def posted(letter: Letter = LETTER) -> OutgoingMail:
    """A letter that waits."""
    DueWork.objects.all().delete()
    with transaction.atomic():
        mail.post(letter, database_now())
    return OutgoingMail.objects.get(key=letter.key)


def headers_of(carried: Carried) -> dict[str, str]:
    """The headers that go along with the one message, by names in lower case."""
    [call] = carried.double.calls
    match carried.name:
        case "sendgrid":
            found = call.json["headers"].items()
        case "mailgun":
            found = [(name[2:], values[0]) for name, values in call.fields.items() if name.startswith("h:")]
        case "ses":
            found = call.raw.items()
        case _:
            found = [(header["Name"], header["Value"]) for header in call.json["Headers"]]
    return {name.lower(): value for name, value in found}


def people_of(carried: Carried) -> list[str]:
    """Everybody whom the one message goes to."""
    [call] = carried.double.calls
    match carried.name:
        case "sendgrid":
            return [
                to["email"]
                for person in call.json["personalizations"]
                for kind in ("to", "cc", "bcc")
                for to in person.get(kind, [])
            ]
        case "mailgun":
            return [to for kind in ("to", "cc", "bcc") for to in call.fields.get(kind, [])]
        case "ses":
            return [to for tos in call.json["Destination"].values() for to in tos]
        case _:
            return [call.json[kind] for kind in ("To", "Cc", "Bcc") if call.json.get(kind)]


def test_letter_goes_to_one_person_with_its_headers(carried: Carried, in_alpha: World) -> None:
    """RFC 8058, and a Message-ID that is the same for every attempt."""
    waiting = posted()
    mail.send(str(waiting.pk))
    waiting.refresh_from_db()
    assert people_of(carried) == ["guest@example.org"]
    headers = headers_of(carried)
    assert headers["message-id"] == mail.message_id(waiting)
    assert headers["list-unsubscribe"] == f"<{OFF}>"
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert (waiting.state, waiting.text) == ("sent", "")
    if carried.name in SAID:
        assert waiting.provider_id == SAID[carried.name].strip("<>") or waiting.provider_id == SAID[carried.name]
    else:
        [person] = carried.double.calls[0].json["personalizations"]
        assert waiting.provider_id == person["custom_args"]["anymail_id"]


def test_clicks_are_not_counted(carried: Carried, in_alpha: World) -> None:
    """Whoever counts clicks reads and rewrites the secret links of bookings."""
    mail.send(str(posted().pk))
    [call] = carried.double.calls
    match carried.name:
        case "sendgrid":
            assert call.json["tracking_settings"]["click_tracking"]["enable"] is False
        case "mailgun":
            assert (call.fields["o:tracking-clicks"], call.fields["o:tracking-opens"]) == (["no"], ["no"])
        case "postmark":
            assert (call.json["TrackLinks"], call.json["TrackOpens"]) == ("None", False)


REFUSED = {
    "sendgrid": (
        400,
        {"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}]},
    ),
    "mailgun": (400, {"message": "'to' parameter is not a valid address. please check documentation"}),
    "ses": (400, {"message": "Missing final '@domain'"}),
    "postmark": (
        422,
        {
            "ErrorCode": 406,
            "Message": "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses:"
            " guest@example.org. Inactive recipients are ones that have generated a hard bounce or a spam complaint.",
        },
    ),
}


def test_address_that_the_provider_refuses_is_refused(carried: Carried, in_alpha: World) -> None:
    status, answer = REFUSED[carried.name]
    carried.double.says(
        status, answer, **({"x_amzn_ErrorType": "BadRequestException"} if carried.name == "ses" else {})
    )
    waiting = posted()
    mail.send(str(waiting.pk))
    waiting.refresh_from_db()
    assert (waiting.state, len(carried.double.calls)) == ("refused", 1)


OURS = {
    "sendgrid": {
        "errors": [{"message": "The from address does not match a verified Sender Identity.", "field": "from"}]
    },
    "mailgun": {"message": "Domain not found: mg.platform.example"},
    "ses": {"message": "Email address is not verified."},
    "postmark": {"ErrorCode": 10, "Message": "Bad or missing Server or User API token."},
}


STATUSES = [400, 401, 403, 429, 500, 503]


def test_what_is_not_the_addresss_fault_is_tried_again(carried: Carried, in_alpha: World) -> None:
    """Our key, our sender, too many at once, or a provider that is down."""
    waiting = posted()
    for status in STATUSES:
        carried.double.says(status, OURS[carried.name])
        with pytest.raises(AnymailAPIError):
            mail.send(str(waiting.pk))
        waiting.refresh_from_db()
        assert (waiting.state, waiting.text) == ("waiting", "Hallo")
    assert len(carried.double.calls) == len(STATUSES)


def test_calendar_entry_goes_along(carried: Carried, in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = File("booking.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST; charset=utf-8")
    monkeypatch.setitem(envelopes._makers, "ics", lambda _reference: entry)
    mail.send(str(posted(Letter("k", "guest@example.org", "s", "t", attachments=("ics:1:REQUEST",))).pk))
    [call] = carried.double.calls
    match carried.name:
        case "sendgrid":
            assert "text/calendar; method=REQUEST" in [part["type"] for part in call.json["content"]]
            assert [file["filename"] for file in call.json["attachments"]] == ["booking.ics"]
        case "mailgun":
            assert call.fields["attachment"] == [entry.content.decode()]
        case "ses":
            kinds = [(part.get_content_type(), part.get_param("method")) for part in call.raw.walk()]
            assert ("text/calendar", "REQUEST") in kinds
            assert [part.get_filename() for part in call.raw.iter_attachments()] == ["booking.ics"]
        case _:
            [file] = call.json["Attachments"]
            assert file["ContentType"].startswith("text/calendar; method=REQUEST")


# ---- What they tell afterwards --------------------------------------------------------------------------------


def told(name: str, news: str, number: str) -> tuple[Any, dict[str, str]]:
    """Body and headers of a webhook of this provider: `delivered`, `bounced`, `soft` or `complained`."""
    event: dict[str, Any]
    match name:
        case "sendgrid":
            event = {
                "delivered": {"event": "delivered"},
                "bounced": {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 no such user"},
                "soft": {"event": "bounce", "type": "blocked", "reason": "blocked"},
                "complained": {"event": "spamreport"},
            }[news]
            return [
                {
                    "email": "guest@example.org",
                    "timestamp": 1767225600,
                    "sg_event_id": "e",
                    "anymail_id": number,
                    **event,
                }
            ], {}
        case "mailgun":
            event = {
                "delivered": {"event": "delivered"},
                "bounced": {"event": "failed", "severity": "permanent", "reason": "bounce"},
                "soft": {"event": "failed", "severity": "temporary", "reason": "generic"},
                "complained": {"event": "complained"},
            }[news]
            signed = hmac.new(b"signing", b"1767225600token", hashlib.sha256).hexdigest()
            return {
                "signature": {"timestamp": "1767225600", "token": "token", "signature": signed},
                "event-data": {
                    "timestamp": 1767225600.0,
                    "recipient": "guest@example.org",
                    "message": {"headers": {"message-id": number.strip("<>")}},
                    **event,
                },
            }, {}
        case "ses":
            recipient = {"emailAddress": "guest@example.org"}
            event = {
                "delivered": {"eventType": "Delivery", "delivery": {"recipients": ["guest@example.org"]}},
                "bounced": {
                    "eventType": "Bounce",
                    "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient]},
                },
                "soft": {
                    "eventType": "Bounce",
                    "bounce": {
                        "bounceType": "Transient",
                        "bounceSubType": "MailboxFull",
                        "bouncedRecipients": [recipient],
                    },
                },
                "complained": {"eventType": "Complaint", "complaint": {"complainedRecipients": [recipient]}},
            }[news]
            inside = {"mail": {"messageId": number, "destination": ["guest@example.org"], "headers": []}, **event}
            message = {
                "Type": "Notification",
                "MessageId": "sns-1",
                "TopicArn": "arn:aws:sns:eu-central-1:1:mail",
                "Timestamp": "2026-01-01T00:00:00.000Z",
                "Message": json.dumps(inside),
            }
            return message, {"X-Amz-Sns-Message-Type": "Notification", "X-Amz-Sns-Message-Id": "sns-1"}
        case _:
            base = {"MessageID": number, "Recipient": "guest@example.org", "Email": "guest@example.org"}
            at = {"DeliveredAt": "2026-01-01T00:00:00Z", "BouncedAt": "2026-01-01T00:00:00Z"}
            return {
                "delivered": {"RecordType": "Delivery", **base, **at},
                "bounced": {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "ID": 4, **base, **at},
                "soft": {"RecordType": "Bounce", "Type": "SoftBounce", "TypeCode": 4096, "ID": 4, **base, **at},
                "complained": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 4, **base, **at},
            }[news], {}


def news(carried: Carried, what: str, number: str, *, is_signed: bool = True) -> int:
    """Have the provider tell it at the platform's host; answers the status."""
    body, headers = told(carried.name, what, number)
    if carried.name == "mailgun" and not is_signed:
        body["signature"]["signature"] = "0" * 64
    secret = SECRET if is_signed else "hook:guessed"
    authorization = f"Basic {base64.b64encode(secret.encode()).decode()}"
    sent = {"Host": "localhost", **headers, **({} if carried.name == "mailgun" else {"Authorization": authorization})}
    client = Client(headers=sent, enforce_csrf_checks=True)
    return client.post("/mail/news/", json.dumps(body), content_type="application/json").status_code


@pytest.fixture
def sent(carried: Carried, in_alpha: World) -> OutgoingMail:
    """A letter that the provider has taken."""
    waiting = posted()
    mail.send(str(waiting.pk))
    waiting.refresh_from_db()
    return waiting


def state_of(letter: OutgoingMail) -> str:
    """Where it is now."""
    letter.refresh_from_db()
    return letter.state


def may(world: World) -> tuple[bool, bool]:
    """Whether the guest may be sent what is essential, and what is not."""
    with tenant_context(world.tenant):
        return standing.may_write("guest@example.org", True), standing.may_write("guest@example.org", False)


@pytest.mark.parametrize(
    ("what", "state", "allowed"),
    [
        ("delivered", "delivered", (True, True)),
        ("bounced", "bounced", (False, False)),
        ("soft", "sent", (True, True)),
        ("complained", "complained", (True, False)),
    ],
)
def test_news_of_a_letter_are_kept_and_heeded(
    carried: Carried, sent: OutgoingMail, alpha: World, what: str, state: str, allowed: tuple[bool, bool]
) -> None:
    heard: list[tuple[str, str, str]] = []
    mail.when_settled(lambda *news: heard.append(news))
    try:
        for _again in range(2):
            assert news(carried, what, sent.provider_id) == 200
    finally:
        mail._hooks.pop()
    assert (state_of(sent), may(alpha)) == (state, allowed)
    assert heard == ([] if what == "soft" else [("k", state, sent.provider_id)])


def test_late_delivery_does_not_take_a_bounce_back(carried: Carried, sent: OutgoingMail) -> None:
    assert [news(carried, what, sent.provider_id) for what in ("bounced", "delivered")] == [200, 200]
    assert state_of(sent) == "bounced"


def test_news_that_nobody_signed_change_nothing(carried: Carried, sent: OutgoingMail, alpha: World) -> None:
    assert news(carried, "bounced", sent.provider_id, is_signed=False) == 400
    assert (state_of(sent), may(alpha)) == ("sent", (True, True))


def test_news_of_unknown_letters_are_taken_and_forgotten(carried: Carried, sent: OutgoingMail, alpha: World) -> None:
    assert news(carried, "bounced", "somebody-elses") == 200
    assert (state_of(sent), may(alpha)) == ("sent", (True, True))


def test_bounced_address_gets_nothing_more_at_this_tenant_alone(
    carried: Carried, sent: OutgoingMail, in_alpha: World, beta: World
) -> None:
    assert news(carried, "bounced", sent.provider_id) == 200
    with tenant_context(in_alpha.tenant):
        second = posted(Letter("l", "guest@example.org", "s", "t"))
        mail.send(str(second.pk))
        assert (state_of(second), len(carried.double.calls)) == ("refused", 1)
    assert may(beta) == (True, True)


NONSENSE = ["", "[]", "{}", "null", '"x"', "[1]", '{"signature": 1}', '{"Type": "x"}', "\x00"]


def test_nonsense_is_no_news(carried: Carried, in_alpha: World) -> None:
    authorization = f"Basic {base64.b64encode(SECRET.encode()).decode()}"
    client = Client(headers={"Host": "localhost", "Authorization": authorization})
    for body in NONSENSE:
        answer = client.post("/mail/news/", body, content_type="application/json")
        assert answer.status_code in {200, 400}, body


# ---- The one setting ------------------------------------------------------------------------------------------


def test_without_a_provider_there_are_no_news(db: None) -> None:
    assert (
        Client(headers={"Host": "localhost"}).post("/mail/news/", "{}", content_type="application/json").status_code
        == 404
    )


@pytest.mark.parametrize(("name", "missing"), [(name, key) for name, keys in KEYS.items() for key in keys])
def test_missing_key_is_named(name: str, missing: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"MAIL_PROVIDER={name} needs {missing}."):
        carriers.chosen({"MAIL_PROVIDER": name, **KEYS[name], missing: ""})


def test_unknown_provider_is_named_with_those_there_are() -> None:
    with pytest.raises(
        ImproperlyConfigured, match="'pigeon'; use one of files, mailgun, postmark, sendgrid, ses, smtp"
    ):
        carriers.chosen({"MAIL_PROVIDER": "pigeon"})


def test_without_a_setting_a_server_decides() -> None:
    assert carriers.chosen({})[0] == "files"
    assert carriers.chosen({"EMAIL_HOST": "mail.example"})[0] == "smtp"
