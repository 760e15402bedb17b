"""Short messages go through Twilio: the one place that calls it, and that knows its signature and its errors.

Source: https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors and
https://www.twilio.com/docs/usage/webhooks/webhooks-security.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

SECONDS = 10.0
QUIET = logging.getLogger("bookings.notices.twilio")
QUIET.setLevel(logging.WARNING)  # the library writes every request down, with its address
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, BROKEN = 400, 401, 403, 429, 500
SERVICE = "MG"
"""How the number of a Messaging Service begins, which may stand in place of a telephone number."""


@dataclass(frozen=True, slots=True)
class Message:
    """A short message to be sent for a notice: `to` as E.164."""

    notice_pk: int
    to: str
    text: str


class InTransaction(RuntimeError):
    """Somebody was about to talk to the carrier while holding locks."""


class Declined(Exception):
    """The carrier will never send this message; the code says why: `sms_21211` is no number, `sms_21610` a STOP."""


class Later(Exception):
    """The message was certainly not taken: too many at once, nobody there, or our keys do not fit."""


class Perhaps(Exception):
    """The message may have been taken: it must not be sent again."""


def ask(message: Message, callback: str) -> str:
    """Have a message sent; answers the carrier's number for it. Raises `Declined`, `Later` or `Perhaps`.

    `callback` is where the carrier tells how it ended. Never inside a transaction.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise InTransaction("no network call inside a transaction")
    try:
        made = _client().messages.create(
            to=message.to, body=message.text, status_callback=callback, **_sender(settings.TWILIO_FROM)
        )
    except TwilioException as error:
        raise _meaning(error) from error
    except (ConnectTimeout, SSLError) as error:
        raise Later("no_connection") from error
    except NotConnected as error:
        raise (Later("no_connection") if _never_connected(error) else Perhaps("no_answer")) from error
    except (RequestException, ValueError) as error:
        raise Perhaps("no_answer") from error
    return str(made.sid or "")


def is_signed(url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether the carrier itself sent these fields to this address."""
    return bool(RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(url, dict(fields), signature))


def _client() -> Client:
    http = TwilioHttpClient(timeout=SECONDS, max_retries=0, logger=QUIET)
    client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http)
    client.api.base_url = settings.TWILIO_API_URL
    return client


def _sender(name: str) -> dict[str, str]:
    return {"messaging_service_sid": name} if name.startswith(SERVICE) else {"from_": name}


def _meaning(error: TwilioException) -> Exception:
    status = int(getattr(error, "status", 0) or 0)
    if status in {UNAUTHORIZED, TOO_MANY}:
        return Later(f"sms_{status}")
    if BAD_REQUEST <= status < BROKEN:
        return Declined(f"sms_{getattr(error, 'code', None) or status}")
    return Perhaps(f"sms_{status}" if status else "no_answer")


def _never_connected(error: NotConnected) -> bool:
    reason = error.args[0] if error.args else None
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
