"""Who works on data for the platform, and where they lie: made of settings, so that who is not set up is not named.

The privacy page, the page of helpers, the processing agreement, tenants' records of processing and the data map ask it.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Processor:
    """One of them. `abroad`: it sits outside the EU, or may send data there."""

    name: str
    task: str = ""
    gets: str = ""
    seat: str = ""
    abroad: bool = False


CARRIERS = {
    "sendgrid": ("Twilio Inc. (SendGrid)", "USA", True),
    "mailgun": ("Mailgun Technologies, Inc. (Sinch)", "USA", True),
    "ses": ("Amazon Web Services EMEA SARL (SES)", "Luxembourg", True),
    "postmark": ("ActiveCampaign, LLC (Postmark)", "USA", True),
}
"""Carriers of mail by `MAIL_PROVIDER`: name, seat, and whether data may leave the EU."""


def data_location() -> str:
    """Where data at rest lie, as `DATA_LOCATION` says; empty where nobody has said so."""
    return str(settings.DATA_LOCATION)


def processors() -> list[Processor]:
    """All of them, in the reader's language."""
    found = [stripe(), mail(), texts(), errors(), traces(), *_others()]
    return [each for each in found if each is not None]


def stripe() -> Processor | None:
    """Who makes payments."""
    if not settings.STRIPE_SECRET_KEY:
        return None
    return Processor(
        "Stripe Payments Europe, Ltd.",
        _("payments and plans"),
        _("names, e-mail addresses, amounts and cards of those who pay online; details of businesses that are paid"),
        _("Ireland"),
        abroad=True,
    )


def mail() -> Processor | None:
    """Who carries mail; None where letters go nowhere, as on a developer's machine."""
    task, gets = _("carries our mail"), _("addresses, subjects and texts of letters")
    provider = settings.MAIL_PROVIDER
    if provider in CARRIERS:
        name, seat, abroad = CARRIERS[provider]
        return Processor(name, task, gets, seat, abroad)
    return Processor(settings.EMAIL_HOST, task, gets) if provider == "smtp" and settings.EMAIL_HOST else None


def texts() -> Processor | None:
    """Who carries short messages."""
    if not settings.TWILIO_ACCOUNT_SID:
        return None
    gets = _("telephone numbers and texts of short messages")
    return Processor("Twilio Inc.", _("carries short messages, where a business sends them"), gets, "USA", abroad=True)


def errors() -> Processor | None:
    """Where errors of the program are collected."""
    return _watcher(settings.SENTRY_DSN, _("collects errors of the program"))


def traces() -> Processor | None:
    """Where traces of requests are collected."""
    return _watcher(settings.OTEL_EXPORTER_OTLP_ENDPOINT, _("collects how long requests take"))


def _watcher(address: str, task: str) -> Processor | None:
    host = urlsplit(address).hostname if address else None
    return (
        Processor(host, task, _("numbers of requests, businesses and bookings; nothing that names people"))
        if host
        else None
    )


def _others() -> list[Processor]:
    """Those that the operator names in `PLATFORM_PROCESSORS`, each a line in their words."""
    return [Processor(line.strip()) for line in settings.PLATFORM_PROCESSORS.split("|") if line.strip()]
