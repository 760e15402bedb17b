"""What the house's mail tells of letters that were notices: gone, refused, arrived, come back."""

from bookings.models import Notice
from bookings.models.messages import Channel
from bookings.notices import filed
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
    """Bring the notice of a letter up to date; letters that the log does not have are left alone."""
    prefix, _colon, rest = key.partition(":")
    number = rest.partition(":")[0]  # owners have a letter each: `notice:7:3`
    if state not in MEANING:
        return
    if prefix == PREFIX and number.isdigit():
        rows = Notice.objects.filter(pk=int(number))
    else:
        rows, provider_id = filed.rows_of(key), ""  # they keep the letter's key
    then, why, before = MEANING[OutgoingMail.State(state)]
    now = database_now()
    sent: dict[str, object] = {"sent_at": now} if then in {State.SENT, State.DELIVERED} else {}
    rows = rows.filter(channel=Channel.MAIL, state__in=before)
    if provider_id:
        sent["provider_id"] = provider_id[:160]
    rows.update(state=then, why=why, updated_at=now, **sent)
