"""Connections with calendars elsewhere, as acts: made, changed, paused, connected again, tested, given up.

What a calendar's server is asked happens outside of transactions; what is then written is short.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists, tenant_context

from bookings.calendars import CHECK, LEAVE, PULL, channels, fitting, health, pushing
from bookings.calendars.finding import Found, refusal
from bookings.calendars.providers import Trouble
from bookings.calendars.writers import WRITERS
from bookings.models.calendars import CalendarCopy, Connection
from kernel.errors import Conflict, Invalid
from outside import addresses, vault
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, provisioning
from tenants.models import Tenant
from venues.models import Resource, Venue

Provider, State = Connection.Provider, Connection.State
MOST = 100
"""So many calendars can a tenant have connected: each is asked every few minutes."""


class Copies(StrEnum):
    """What happens to our events in a calendar that is disconnected."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True)
class Wish:
    """What a connection is to be for, and which way it goes."""

    venue: Venue | None
    resource: Resource | None
    pushes: bool
    pulls: bool
    name: str = field(default="")


def with_figures(connections: QuerySet[Connection]) -> QuerySet[Connection]:
    """Connections that know how many events are theirs (`copies_count`) and how many bookings of what is to come, or
    events that were begun, are not written yet (`waiting_count`)."""
    ours = Q(copies__is_gone=False)
    return connections.annotate(
        copies_count=Count("copies", filter=ours & ~Q(copies__digest=""), distinct=True),
        begun_count=Count("copies", filter=ours & Q(copies__digest=""), distinct=True),
        waiting_count=F("begun_count") + pushing.missing_count(),
    )


def connect(found: Found, remote_id: str, wish: Wish, user_id: int) -> Connection:
    """Connect a calendar of an account. Raises `Invalid`, `Conflict("calendar_taken")`."""
    choice = found.choice(remote_id)
    if wish.pushes and not choice.is_writable:
        raise Invalid("calendar_read_only", _("This calendar can only be read: nothing can be written to it."))
    return _made(
        Connection(
            provider=found.provider,
            name=(wish.name or choice.name)[:120],
            account=found.account[:254],
            remote_id=choice.remote_id,
            sealed=found.sealed,
            created_by_id=user_id,
        ),
        wish,
    )


def subscribe(url: str, wish: Wish, user_id: int) -> Connection:
    """Read busy times from an address (ICS). Raises `Invalid` for an address that we do not ask, `Conflict`.

    Who knows such an address can read the calendar, so it is sealed; pages show its host.
    """
    url = f"https://{url.removeprefix('webcal://')}" if url.startswith("webcal://") else url
    try:
        host = addresses.parse(url).host
    except addresses.Unreachable as error:
        raise refusal(error) from error
    if wish.pushes:
        raise Invalid("ics_is_read_only", _("An address can only be read from."))
    name = (wish.name or _("Calendar address"))[:120]
    connection = Connection(
        provider=Provider.ICS,
        name=name,
        account=host[:254],
        remote_id=hashlib.sha256(url.encode()).hexdigest(),
        sealed=vault.seal(url),
        created_by_id=user_id,
    )
    return _made(connection, wish)


def _made(connection: Connection, wish: Wish) -> Connection:
    def act() -> Connection:
        connection.pk = None
        connection.created_at = database_now()
        connection.venue, connection.resource = wish.venue, wish.resource
        connection.pushes, connection.pulls = wish.pushes, wish.pulls
        _check(connection)
        connection.save()
        _begin(connection)
        return connection

    return transact(act)


def _check(connection: Connection) -> None:
    if not (connection.pushes or connection.pulls):
        raise Invalid("does_nothing", _("Say whether bookings are written, busy times are read, or both."))
    others = Connection.objects.exclude(pk=connection.pk)
    if others.count() >= MOST:
        raise Conflict("too_many_calendars", _("So many calendars cannot be connected."))
    same = others.filter(
        provider=connection.provider,
        account=connection.account,
        remote_id=connection.remote_id,
        venue=connection.venue,
        resource=connection.resource,
    )
    if same.exists():
        raise Conflict("calendar_taken", _("This calendar is already connected here."))


def _begin(connection: Connection) -> None:
    """Have everything done that a connection at work needs, from now on."""
    now = database_now()
    pushing.fill(connection)
    if connection.pulls:
        due.schedule(PULL, connection.pk, now)
    else:
        due.schedule(CHECK, connection.pk, now + health.CHECKED_EVERY)


def change(connection_id: int, wish: Wish) -> Connection:
    """Another name, another direction. Events that we wrote go when nothing is written any more. Raises `Invalid`."""

    def act() -> Connection:
        connection = _locked(connection_id)
        stops_reading = connection.pulls and not wish.pulls
        connection.name = wish.name[:120] or connection.name
        connection.pushes, connection.pulls = wish.pushes, wish.pulls
        if connection.pushes and connection.provider not in WRITERS:
            raise Invalid("ics_is_read_only", _("An address can only be read from."))
        _check(connection)
        if stops_reading:
            connection.cursor = ""
            fitting.let_go(connection, database_now())
        connection.save()
        if connection.state in health.ASKED:
            _begin(connection)
            if stops_reading:
                due.schedule(PULL, connection.pk, database_now())  # to end its channel
        return connection

    return transact(act)


def pause(connection_id: int) -> Connection:
    """Leave a calendar alone until it is resumed; what is there stays, and what was read goes on blocking times."""
    return _moved(connection_id, State.PAUSED)


def resume(connection_id: int) -> Connection:
    """Go on with a calendar that was paused: everything is looked at."""
    return _moved(connection_id, State.OK)


def _moved(connection_id: int, state: Connection.State) -> Connection:
    def act() -> Connection:
        connection = _locked(connection_id)
        if connection.state == State.DEAD:
            raise Conflict("calendar_dead", _("Connect this calendar again first."))
        if State.PAUSED in {state, connection.state}:
            connection.state = state
            connection.failures, connection.last_error, connection.resting_until = 0, "", None
            connection.save()
        if connection.state == State.OK:
            _begin(connection)
        return connection

    return transact(act)


def again(connection_id: int, found: Found) -> Connection:
    """Open a calendar anew that was closed to us; raises `Conflict("other_account")` for another one's account."""

    def act() -> Connection:
        connection = _locked(connection_id)
        known = {choice.remote_id for choice in found.choices}
        if (connection.provider, connection.account) != (found.provider, found.account):
            raise Conflict(
                "other_account", _("This calendar belongs to %(account)s.") % {"account": connection.account}
            )
        if connection.remote_id not in known:
            raise Conflict("calendar_gone", health.words_of("calendar_gone"))
        connection.sealed, connection.state = found.sealed, State.OK
        connection.failures, connection.last_error, connection.resting_until = 0, "", None
        connection.save()
        _begin(connection)
        return connection

    return transact(act)


def test(connection: Connection) -> None:
    """Ask the calendar now; raises `Invalid` with the reason where it is not open to us. Asks the network.

    What is only read is read soon, a dead one too: whether it opens to us shows then.
    """
    if connection.provider not in WRITERS:
        transact(lambda: _back_to_work(connection.pk))
        transact(lambda: due.schedule(PULL, connection.pk, database_now()))
        return
    if connection.state == State.DEAD:
        # It may have come back by itself: a calendar that was away for an hour, a password that was reset.
        revive(connection)
    trouble = pushing.look(connection)
    if trouble is not None:
        raise refusal(trouble)


def revive(connection: Connection) -> None:
    """Take a dead connection back to work if its calendar opens to us; raises `Invalid` where it does not."""
    try:
        WRITERS[connection.provider].check(connection)
    except Trouble as trouble:
        raise refusal(trouble) from trouble

    transact(lambda: _back_to_work(connection.pk))


def _back_to_work(connection_id: int) -> None:
    connection = _locked(connection_id)
    if connection.state == State.DEAD:
        connection.state, connection.failures, connection.last_error = State.OK, 0, ""
        connection.save(update_fields=["state", "failures", "last_error"])
        _begin(connection)


def disconnect(connection_id: int, copies: Copies) -> None:
    """Give a calendar up. Its busy times block nothing any more; our events there stay, or go before that."""

    def act() -> None:
        connection = _locked(connection_id)
        fitting.let_go(connection, database_now())
        held = CalendarCopy.objects.filter(connection=connection, is_gone=False)
        if copies == Copies.KEEP:
            held.delete()
        if connection.state != State.DEAD and (connection.channel_id or held.exists()):
            connection.state, connection.failures, connection.last_error = State.LEAVING, 0, ""
            connection.save()
            due.schedule(LEAVE, connection.pk, database_now())
        else:
            connection.delete()

    transact(act)


@provisioning.sees_off
def leave_all(tenant: Tenant) -> None:
    """Calendars elsewhere tell a tenant that goes nothing any more; events that were written there stay. Network."""
    if not schema_exists(tenant.schema_name):
        return  # it was never finished
    with tenant_context(tenant):
        for connection in Connection.objects.exclude(channel_id="").order_by("pk"):
            channels.end(connection)


def _locked(connection_id: int) -> Connection:
    connection = (
        Connection.objects.select_for_update(of=("self",))
        .select_related("venue", "resource__venue")
        .get(pk=connection_id)
    )
    if connection.state == State.LEAVING:
        raise Conflict("calendar_leaving", _("This calendar is being disconnected."))
    return connection
