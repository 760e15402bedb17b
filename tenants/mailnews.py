"""What a provider tells of a letter after it took it: delivered, come back, called spam. Read by Anymail, kept here."""

import logging
import re
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver
from django_tenants.utils import schema_context

from schemas.transactions import transact
from tenants import mail
from tenants.models import OutgoingMail

log = logging.getLogger(__name__)

State = OutgoingMail.State
STATES = {
    EventType.DELIVERED: State.DELIVERED,
    EventType.BOUNCED: State.BOUNCED,
    EventType.REJECTED: State.BOUNCED,
    EventType.COMPLAINED: State.COMPLAINED,
}
OUR_NUMBER = re.compile(r"\A[0-9]{1,18}\Z")
LASTING = frozenset({RejectReason.BOUNCED, RejectReason.INVALID})
"""The address itself is wrong or gone; a full mailbox or a blocked server may be another matter tomorrow."""
SOFT = frozenset({"SoftBounce", "Transient", "Undetermined", "blocked"})
"""How Postmark, SES and SendGrid call what may be another matter tomorrow."""
ENDS = {
    State.DELIVERED: (State.WAITING, State.SENT),
    State.BOUNCED: (State.WAITING, State.SENT, State.DELIVERED),
    State.COMPLAINED: (State.WAITING, State.SENT, State.DELIVERED, State.BOUNCED),
}
"""News come late, twice and in any order: what a state may follow on."""


@receiver(tracking)
def hear(event: AnymailTrackingEvent, **_kwargs: Any) -> None:
    """Note one piece of news, which the webhook's view has verified; unknown letters and other news are let by."""
    state = STATES.get(event.event_type)
    letter = _letter(event) if state else None
    if state is None or letter is None:
        return
    if state == State.BOUNCED and not _is_lasting(event):
        log.info("mail %s: not delivered, for a reason that may pass", letter.pk)
        return
    with schema_context(letter.schema_name):
        transact(lambda: _note(letter, state))


def _note(letter: OutgoingMail, state: State) -> None:
    rows = OutgoingMail.objects.filter(pk=letter.pk, state__in=ENDS[state])
    if rows.update(state=state):
        mail.told(letter.key, state, letter.provider_id)


def _letter(event: AnymailTrackingEvent) -> OutgoingMail | None:
    """By the provider's number, or by ours that came along: a worker may have died before it noted the provider's."""
    if event.message_id:
        found = OutgoingMail.objects.filter(provider_id=str(event.message_id)).first()
        if found is not None:
            return found
    ours = str((event.metadata or {}).get("letter", ""))
    return OutgoingMail.objects.filter(pk=int(ours)).first() if OUR_NUMBER.match(ours) else None


def _is_lasting(event: AnymailTrackingEvent) -> bool:
    # SendGrid gives no reason with a bounce, only its type.
    if event.reject_reason not in LASTING and (event.event_type, event.reject_reason) != (EventType.BOUNCED, None):
        return False
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    bounce = told.get("bounce")
    inner = bounce.get("bounceType") if isinstance(bounce, dict) else ""
    return not {str(told.get("Type")), str(told.get("type")), str(inner)} & SOFT
