"""Addresses that must not be written to: mail came back, somebody called it spam, or does not want what is optional."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from bookings import consents
from bookings.letters.links import digest
from bookings.models import NoMail
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import mail
from tenants.models import OutgoingMail

WEIGHT = {NoMail.Reason.UNSUBSCRIBED: 0, NoMail.Reason.COMPLAINED: 1, NoMail.Reason.BOUNCED: 2}
"""What keeps more from going replaces what keeps less."""
STATES = (OutgoingMail.State.BOUNCED, OutgoingMail.State.COMPLAINED, OutgoingMail.State.REFUSED)
MOST_SHOWN = 100
HEEDED = {
    OutgoingMail.State.BOUNCED.value: NoMail.Reason.BOUNCED,
    OutgoingMail.State.COMPLAINED.value: NoMail.Reason.COMPLAINED,
}


@dataclass(frozen=True, slots=True)
class Troubled:
    """An address with what went wrong last, and whether it is kept from mail now."""

    address: str
    why: str
    subject: str
    at: datetime
    is_stopped: bool


@mail.asks_first
def may_write(to: str, is_essential: bool) -> bool:
    """Whether a letter may go: nothing to where mail came back, and only what is essential to who wants none."""
    reason = reason_of(digest(to))
    return reason is None or (is_essential and reason != NoMail.Reason.BOUNCED)


@mail.when_settled
def heed(key: str, state: str, _provider_id: str) -> None:
    """Stop what may not go any more to the address of a letter that came back, or was called spam."""
    reason = HEEDED.get(state)
    letter = OutgoingMail.objects.filter(schema_name=current_schema(), key=key).first() if reason else None
    if reason and letter:
        stop(digest(letter.to), reason)


def reason_of(whose: str) -> NoMail.Reason | None:
    """Why not to write to the address of a digest, if there is a reason."""
    row = NoMail.objects.filter(digest=whose).first()
    return NoMail.Reason(row.reason) if row else None


def stop(whose: str, reason: NoMail.Reason) -> None:
    """Note that an address must not be written to; as often as it is called."""

    def act() -> None:
        row, is_new = NoMail.objects.select_for_update().get_or_create(
            digest=whose, defaults={"reason": reason, "created_at": database_now()}
        )
        if not is_new and WEIGHT[reason] > WEIGHT[NoMail.Reason(row.reason)]:
            row.reason, row.created_at = reason, database_now()
            row.save(update_fields=["reason", "created_at"])
        if is_new and reason != NoMail.Reason.BOUNCED:
            consents.chosen(whose, wants=False)

    transact(act)


def allow(whose: str) -> None:
    """Write to an address again: its reader wants that, or the owner knows that it works."""
    transact(lambda: _drop(whose, NoMail.objects.filter(digest=whose)))


def resume(whose: str) -> None:
    """Who has stopped optional mail takes that back; what came back stays where it is."""
    transact(lambda: _drop(whose, NoMail.objects.filter(digest=whose, reason=NoMail.Reason.UNSUBSCRIBED)))


def troubled() -> list[Troubled]:
    """The addresses that mail did not reach lately, the latest first, each once."""
    rows = OutgoingMail.objects.filter(schema_name=current_schema(), state__in=STATES).order_by("-created_at", "-pk")
    latest = {row.to: row for row in reversed(rows[:MOST_SHOWN])}
    stopped = set(NoMail.objects.filter(digest__in=[digest(to) for to in latest]).values_list("digest", flat=True))
    return [
        Troubled(to, row.get_state_display(), row.subject, row.created_at, digest(to) in stopped)
        for to, row in sorted(latest.items(), key=lambda pair: pair[1].created_at, reverse=True)
    ]


def _drop(whose: str, rows: QuerySet[NoMail]) -> None:
    """Let go of them, and note it where it was the reader's own wish that ends."""
    was_theirs = rows.exclude(reason=NoMail.Reason.BOUNCED).exists()
    rows.delete()
    if was_theirs:
        consents.chosen(whose, wants=True)
