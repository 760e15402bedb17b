"""What the house's mail tells of letters that were notices: gone, refused, arrived, come back."""

from bookings.models import Notice
from bookings.models.messages import Channel
from schemas.clock import database_now
from tenants import mail
from tenants.models import OutgoingMail

State = Notice.State
MEANING = {
    OutgoingMail.State.SENT: (State.SENT, "", {State.SENDING}),
    OutgoingMail.State.DELIVERED: (State.DELIVERED, "", {State.SENDING, State.SENT}),
    OutgoingMail.State.REFUSED: (State.FAILED, "refused", {State.SENDING, State.SENT}),
    OutgoingMail.State.BOUNCED: (State.BOUNCED, "", {State.SENDING, State.SENT, State.DELIVERED}),
    OutgoingMail.State.COMPLAINED: (State.DELIVERED, "complained", {State.SENDING, State.SENT, State.DELIVERED}),
}
"""What a letter's end makes of its notice, and out of which states."""
PREFIX = "notice"


@mail.when_settled
def on_mail(key: str, state: str, provider_id: str) -> None:
    """Bring the notice of a letter up to date; letters that were none are left alone."""
    prefix, _colon, rest = key.partition(":")
    number = rest.partition(":")[0]  # owners have a letter each: `notice:7:3`
    if prefix != PREFIX or not number.isdigit() or state not in MEANING:
        return
    then, why, before = MEANING[OutgoingMail.State(state)]
    now = database_now()
    sent: dict[str, object] = {"sent_at": now} if then in {State.SENT, State.DELIVERED} else {}
    rows = Notice.objects.filter(pk=int(number), channel=Channel.MAIL, state__in=before)
    if provider_id:
        sent["provider_id"] = provider_id[:160]
    rows.update(state=then, why=why, updated_at=now, **sent)
