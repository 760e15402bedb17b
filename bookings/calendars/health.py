"""How a connection is doing: it worked, it has to wait, or it is dead, of which its owners hear once, at once."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.calendars.providers import Dead, Later, Trouble
from bookings.models.calendars import Connection
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import mail
from tenants.addresses import address
from tenants.models import Tenant

State = Connection.State
ASKED = frozenset({State.OK, State.FAILING})
"""Who is in another state is not asked: paused and leaving by somebody's wish, dead until it is connected again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
CHECKED_EVERY = timedelta(minutes=10)
"""How late its owner hears that a calendar is closed to us, at most."""
LONGEST_CODE = 80
WORDS = {
    "address_refused": gettext_lazy("The address leads somewhere that we may not go."),
    "address_gone": gettext_lazy("There is no calendar at this address."),
    "bad_answer": gettext_lazy("The calendar answered something that we do not understand."),
    "bad_url": gettext_lazy("This is not an address that we can ask."),
    "calendar_gone": gettext_lazy("The calendar is not there any more."),
    "changed_meanwhile": gettext_lazy("Somebody else was changing the calendar at the same time."),
    "client_refused": gettext_lazy("The calendar's provider does not know us at the moment. We look after that."),
    "elsewhere": gettext_lazy("The calendar sends us to a stranger's address."),
    "forbidden": gettext_lazy("We are not allowed to use this calendar."),
    "invalid_grant": gettext_lazy("Our access was taken back, or it has run out."),
    "not_a_calendar": gettext_lazy("What is at this address is not a calendar (ICS)."),
    "no_calendars": gettext_lazy("There are no calendars at this address."),
    "no_connection": gettext_lazy("The calendar cannot be reached."),
    "rate_limit": gettext_lazy("The calendar wants to be asked less often."),
    "repeats_too_often": gettext_lazy("An event there repeats every minute or second. We do not read such calendars."),
    "sealed": gettext_lazy("What opens the calendar can no longer be read here."),
    "tls": gettext_lazy("The calendar cannot be reached safely: its certificate is not in order."),
    "too_many_dates": gettext_lazy("The calendar lists more than 10,000 single dates."),
    "too_many_events": gettext_lazy("The calendar has more than 5,000 events in the next 400 days."),
    "too_much": gettext_lazy("The calendar takes more time or memory to read than we can give it."),
    "too_large": gettext_lazy("The calendar is too large."),
    "too_slow": gettext_lazy("The calendar takes too long to answer."),
    "unreadable": gettext_lazy("An event in the calendar cannot be read."),
    "unauthorized": gettext_lazy("The password, or our access, is refused."),
}


def words_of(code: str) -> str:
    """What a code means, for people; nothing for no trouble."""
    if not code:
        return ""
    return str(WORDS.get(code) or _("The calendar did not take what we asked (%(code)s).") % {"code": code})


def worked(connection_id: int) -> None:
    """Note that a connection did what it is for. In a transaction of its own, or the caller's."""

    def act() -> None:
        now = database_now()
        Connection.objects.filter(pk=connection_id, state__in=ASKED).update(
            state=State.OK, failures=0, last_error="", checked_at=now, synced_at=now, resting_until=None
        )

    transact(act)


def failed(connection_id: int, trouble: Trouble) -> datetime | None:
    """Note trouble; when to try again, or None where that is of no use: `Dead` (the owners are told), `Rejected`."""
    return transact(lambda: _failed(connection_id, trouble))


def _failed(connection_id: int, trouble: Trouble) -> datetime | None:
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if connection is None or connection.state not in ASKED:
        return None
    now = database_now()
    connection.checked_at = now
    connection.last_error = trouble.code[:LONGEST_CODE]
    connection.failures += 1
    if isinstance(trouble, Dead):
        connection.state, connection.resting_until = State.DEAD, None
        _tell(connection, now)
    else:
        connection.state = State.FAILING
        if isinstance(trouble, Later):
            connection.resting_until = now + (trouble.after or pause(connection.failures))
    connection.save(update_fields=["checked_at", "last_error", "failures", "state", "resting_until"])
    return connection.resting_until if isinstance(trouble, Later) else None


def pause(failures: int) -> timedelta:
    """How long a connection rests after so many failures in a row: 15 s, 30 s, ..., at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures - 1, 10)))


@mail.in_house_language()
def _tell(connection: Connection, now: datetime) -> None:
    tenant = Tenant.objects.get(schema_name=current_schema())
    subject = _("The calendar %(name)s is not connected any more") % {"name": connection.name}
    text = _(
        "%(why)s\n\nUntil you connect it again, bookings are not written to this calendar, and what is in it does not"
        " block times for booking.\n\n%(link)s"
    ) % {"why": words_of(connection.last_error), "link": address(tenant, "/desk/calendars/")}
    mail.tell_owners(f"calendar:{connection.pk}:{now.isoformat()}", subject, text, now)
