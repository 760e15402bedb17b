"""Sending a notice at its time: looked at once more under the booking's lock, then posted or handed to the carrier.

A mail is posted in the transaction that says so: exactly once. A short message is asked for outside of any
transaction, between two of them: at most once. What lies between the two when a worker dies is `unknown` for ever,
unless the carrier tells how it ended.
"""

from datetime import datetime

from django.utils.translation import override

from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Booking, Notice
from bookings.models.messages import Channel
from bookings.notices import carrier, details, hours, people, planning, reasons, reminding, rules, texting
from bookings.notices.rules import SEND, OwnerKind
from kernel import failpoints
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate, mail
from tenants.due import Queue

State = Notice.State


@due.handles(SEND, queue=Queue.MAIL)
def send(notice_id: str) -> None:
    """Send a notice whose time has come; as often as it is called, it goes once. Not while the tenant is suspended."""
    failpoints.hit("notices.due")
    if gate.is_suspended():
        transact(lambda: due.rest(SEND, int(notice_id)))
        return
    message = transact(lambda: _begun(int(notice_id)))
    if message:
        texting.hand_over(message)


def _begun(notice_pk: int) -> carrier.Message | None:
    row = Notice.objects.filter(pk=notice_pk, booking__isnull=False).first()
    if row is None:
        return None
    assert row.booking_id is not None
    rows = Booking.objects.select_related("resource__venue", "customer", "product")
    if not failpoints.hit("notices.lock"):  # the negative control of the race test reads without it (R37)
        rows = rows.select_for_update(no_key=True, of=("self",))
    booking = rows.get(pk=row.booking_id)
    failpoints.hit("notices.read")
    notice = Notice.objects.select_for_update().get(pk=notice_pk)
    now = database_now()
    if notice.state == State.SENDING and notice.channel == Channel.SMS:
        _end(notice, State.UNKNOWN, "interrupted", now)
    elif notice.state == State.PLANNED and notice.send_at > now:
        due.schedule(SEND, notice.pk, notice.send_at)
    elif notice.state == State.PLANNED:
        return _at_its_time(notice, booking, now)
    return None


def _at_its_time(notice: Notice, booking: Booking, now: datetime) -> carrier.Message | None:
    why = reasons.against(notice, booking, now)
    if why:
        _end(notice, State.SKIPPED, why, now)
        return None
    if notice.channel == Channel.SMS:
        return _by_phone(notice, booking, now)
    _by_mail(notice, booking, now)
    return None


def _by_mail(notice: Notice, booking: Booking, now: datetime) -> None:
    is_owners = notice.kind in set(OwnerKind)
    to = "" if is_owners else people.reach(booking, Channel.MAIL)
    if not (to or is_owners):
        _end(notice, State.SKIPPED, "no_address", now)
        return
    # Before the letter: an address that is none is told of at once.
    notice.to, notice.attempts = to, notice.attempts + 1
    _end(notice, State.SENDING, "", now)
    key = reminding.key_of(notice)
    if notice.kind == OwnerKind.ASKED:
        with override(notice.language):
            composing.tell_venue(key, details.question(notice, booking), booking, now)
        return
    if is_owners:
        with override(notice.language):
            mail.tell_owners(key, *details.to_owner(notice, booking), now)
        return
    letter = composing.letter(
        Kind(notice.kind),
        booking,
        key=key,
        to=to,
        language=notice.language,
        now=now,
        extra=details.extra_of(notice, booking),
    )
    mail.post(letter, now)
    failpoints.hit("notices.posted")


def _by_phone(notice: Notice, booking: Booking, now: datetime) -> carrier.Message | None:
    manners = rules.manners()
    if not (manners.sends_sms and rules.has_sms()):
        _end(notice, State.SKIPPED, "sms_off", now)
        return None
    to = people.reach(booking, Channel.SMS)
    if not to:
        _instead(notice, booking, "bad_phone" if people.raw_phone(booking) else "no_phone", now)
        return None
    quiet_until = hours.quiet_end(now, rules.house_zone(), manners.quiet_from, manners.quiet_until)
    if quiet_until and quiet_until < reasons.last_moment(notice, booking):
        notice.send_at, notice.updated_at = quiet_until, now
        notice.save(update_fields=["send_at", "updated_at"])
        due.schedule(SEND, notice.pk, quiet_until)
        return None
    if quiet_until:
        _instead(notice, booking, "quiet_hours", now)
        return None
    extra = details.extra_of(notice, booking)
    text = composing.sms(Kind(notice.kind), booking, language=notice.language, extra=extra)
    notice.to, notice.attempts = to, notice.attempts + 1
    _end(notice, State.SENDING, "", now)
    return carrier.Message(notice.pk, to, text)


def _instead(notice: Notice, booking: Booking, why: str, now: datetime) -> None:
    _end(notice, State.SKIPPED, why, now)
    planning.plan_instead(notice, booking, now)


def _end(notice: Notice, state: State, why: str, now: datetime) -> None:
    notice.state, notice.why, notice.updated_at = state, why, now
    notice.save(update_fields=["state", "why", "to", "attempts", "updated_at"])
