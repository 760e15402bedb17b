"""How long others are waited for: the schedule of tries, Retry-After, and when an endpoint is given up."""

import secrets
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from django.utils.translation import gettext as _

from bookings.models import WebhookDelivery, WebhookEndpoint
from schemas.current import current_schema
from tenants.addresses import address
from tenants.mail import in_house_language, tell_owners
from tenants.models import Tenant

PAUSES = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=24),
]
"""Between one try and the next: ten tries in three days. Each is up to a tenth longer, by chance."""
LONGEST = timedelta(days=4)
"""However long others in the lane took: what began to be tried so long ago is given up at its next failure."""
JITTER_PARTS = 1000
LONGEST_ASKED = timedelta(hours=24)
SHORTEST_BREATHER, LONGEST_BREATHER = timedelta(seconds=5), timedelta(minutes=5)
FAILS_FOR = timedelta(days=5)
"""An endpoint that took nothing for so long is disabled."""
GONE, FAILING = "gone", "failing"


def next_try(delivery: WebhookDelivery, now: datetime) -> datetime | None:
    """When to try again after `delivery.attempts` failures; None after the last."""
    if delivery.attempts > len(PAUSES) or now - delivery.since >= LONGEST:
        return None
    pause = PAUSES[delivery.attempts - 1]
    return now + pause + pause / 10 * secrets.randbelow(JITTER_PARTS) / JITTER_PARTS


def asked_for(retry_after: str, now: datetime) -> datetime | None:
    """The instant that a Retry-After header names (RFC 9110, 10.2.3), at most a day ahead; None for none."""
    try:
        if retry_after.strip().isascii() and retry_after.strip().isdigit():
            asked = now + min(LONGEST_ASKED, timedelta(seconds=int(retry_after.strip()[:9])))
        else:
            asked = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if asked.tzinfo is None:
        return None
    return min(asked, now + LONGEST_ASKED) if asked > now else None


def breather(failing_since: datetime, now: datetime) -> timedelta:
    """How long an endpoint that does not answer is left alone: half of the time it has not, 5 s to 5 min."""
    return min(LONGEST_BREATHER, max(SHORTEST_BREATHER, (now - failing_since) / 2))


def reason_to_stop(status: int, failing_since: datetime, now: datetime) -> str:
    """Why an endpoint is disabled after a failure; empty where it is not."""
    if status == HTTPStatus.GONE:
        return GONE
    return FAILING if now - failing_since >= FAILS_FOR else ""


@in_house_language()
def stop(endpoint: WebhookEndpoint, why: str, now: datetime) -> None:
    """Disable an endpoint, which the caller has locked and saves: what waits is cancelled, the owners hear of it."""
    endpoint.state, endpoint.why = WebhookEndpoint.State.DISABLED, why
    endpoint.deliveries.filter(state=WebhookDelivery.State.WAITING).update(
        state=WebhookDelivery.State.CANCELLED, ended_at=now
    )
    tenant = Tenant.objects.get(schema_name=current_schema())
    words = {"url": endpoint.url, "link": address(tenant, f"/desk/webhooks/{endpoint.pk}/")}
    text = (
        _("%(url)s answered that it is gone for good (410). Nothing is sent there any more.")
        if why == GONE
        else _("%(url)s has taken nothing for five days. Nothing is sent there any more.")
    )
    text += "\n\n" + _("You can enable it again under Webhooks, and replay what it missed.") + "\n\n%(link)s"
    tell_owners(f"webhook:{endpoint.pk}:{now:%Y%m%dT%H%M%S}", _("A webhook was disabled"), text % words, now)
