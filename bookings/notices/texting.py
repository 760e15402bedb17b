"""Handing a short message to the carrier, and writing down what it said; what it tells later, too."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings import consents
from bookings.models import Notice
from bookings.notices import carrier
from bookings.notices.carrier import Message
from bookings.notices.rules import SEND
from kernel import failpoints
from kernel.errors import Forbidden, NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due
from tenants.addresses import address
from tenants.models import Tenant

State = Notice.State
MOST_ATTEMPTS = 8
OPEN = frozenset({State.SENDING, State.UNKNOWN})
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
STOPPED = "sms_21610"
"""The carrier's word for a number that has answered STOP."""
FAILED = frozenset({"undelivered", "failed", "canceled"})


def hand_over(message: Message) -> None:
    """Ask the carrier to send a message whose notice says that it is being sent; outside of any transaction."""
    failpoints.hit("notices.claimed")
    try:
        number = carrier.ask(message, callback(message.notice_pk))
    except carrier.Declined as no:
        _settle(message.notice_pk, State.FAILED, str(no))
    except carrier.Perhaps as doubt:
        _settle(message.notice_pk, State.UNKNOWN, str(doubt))
    except carrier.Later as later:
        _put_off(message.notice_pk, str(later))
    else:
        failpoints.hit("notices.taken")
        _settle(message.notice_pk, State.SENT, "", number)


def callback(notice_pk: int) -> str:
    """Where the carrier tells how a message ended: at the tenant's own host."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    return address(tenant, reverse("sms-status", args=[notice_pk], urlconf=settings.ROOT_URLCONF))


def heard(notice_pk: int, fields: dict[str, str], signature: str) -> None:
    """Note what the carrier says of a message; in any order, as often as it likes.

    Raises `NotFound` where there are no short messages, `Forbidden` for what the carrier has not signed. What is
    delivered stays so.
    """
    if not settings.TWILIO_AUTH_TOKEN:
        raise NotFound("not_found", _("There are no short messages here."))
    if not carrier.is_signed(callback(notice_pk), fields, signature):
        raise Forbidden("bad_signature", _("This was not signed by the carrier."))
    number, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
    transact(lambda: _heard(notice_pk, number, status, fields.get("ErrorCode", "")))


def _heard(notice_pk: int, number: str, status: str, code: str) -> None:
    notice = Notice.objects.select_for_update().filter(pk=notice_pk, channel="sms").first()
    if notice is None or notice.state not in {*OPEN, State.SENT, State.FAILED}:
        return
    if notice.provider_id and notice.provider_id != number:
        return
    now = database_now()
    if status == "delivered":
        notice.state, notice.why = State.DELIVERED, ""
    elif status in FAILED:
        notice.state, notice.why = State.FAILED, f"sms_{code or status}"[:80]
    elif status in ON_ITS_WAY and notice.state in OPEN:
        notice.state, notice.why = State.SENT, ""
    else:
        return
    notice.provider_id, notice.sent_at, notice.updated_at = number[:160], notice.sent_at or now, now
    notice.save(update_fields=["state", "why", "provider_id", "sent_at", "updated_at"])
    _heed_stop(notice)


def _settle(notice_pk: int, state: State, why: str, number: str = "") -> None:
    def act() -> None:
        now = database_now()
        sent = {"sent_at": now} if state == State.SENT else {}
        rows = Notice.objects.filter(pk=notice_pk, state__in=OPEN)
        if rows.update(state=state, why=why, provider_id=number, updated_at=now, **sent):
            _heed_stop(Notice.objects.select_related("booking").get(pk=notice_pk))

    transact(act)


def _heed_stop(notice: Notice) -> None:
    """Whoever has answered STOP has taken back that they want short messages."""
    if notice.why == STOPPED and notice.booking:
        consents.taken_back(notice.booking, consents.What.TEXTS)


def _put_off(notice_pk: int, why: str) -> None:
    def act() -> None:
        now = database_now()
        notice = Notice.objects.select_for_update().get(pk=notice_pk)
        if notice.state not in OPEN:
            return
        notice.why, notice.updated_at = why, now
        if notice.attempts >= MOST_ATTEMPTS:
            notice.state = State.FAILED
        else:
            notice.state, notice.send_at = State.PLANNED, now + max(timedelta(seconds=30), due.pause(notice.attempts))
            due.schedule(SEND, notice.pk, notice.send_at)
        notice.save(update_fields=["state", "why", "send_at", "updated_at"])

    transact(act)
