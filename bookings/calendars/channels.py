"""Being told by Google and Microsoft that a calendar changed: channels that are kept open, and what comes by them.

A channel only makes reading sooner: where none can be had, or one is lost, calendars are read every ten minutes.
"""

import hmac
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.calendars import PULL
from bookings.calendars.health import ASKED
from bookings.calendars.providers import Trouble, google_changes, microsoft_changes
from bookings.models.calendars import Connection
from kernel.errors import NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.keys import salt
from schemas.transactions import transact
from tenants import due
from tenants.addresses import address
from tenants.models import Tenant

log = logging.getLogger(__name__)

Provider = Connection.Provider
PURPOSE = "calendar-notice"
RENEWED = timedelta(hours=24)
"""So long before its end a channel is replaced."""
UNWATCHED = {str(Provider.GOOGLE): google_changes.unwatch, str(Provider.MICROSOFT): microsoft_changes.unwatch}
TELLING = frozenset(UNWATCHED)


def keep(connection: Connection) -> None:
    """Open a channel, or another before the old one ends. Asks the provider, so never inside a transaction."""
    now = database_now()
    if connection.provider not in TELLING or not connection.pulls:
        return
    ends = connection.channel_expires_at
    if connection.channel_id and ends is not None and ends - RENEWED > now:
        return
    to = _address(str(connection.provider))
    if not to.startswith("https://") and not settings.OUTSIDE_ALLOWS_LOOPBACK:
        return  # neither of them calls an address that is not safe
    try:
        name, until = _opened(connection, to, now)
    except Trouble as trouble:
        log.warning("calendar %s has no channel: %s", connection.pk, trouble.code)
        return
    mine = Connection.objects.filter(pk=connection.pk)
    transact(lambda: mine.update(channel_id=name, channel_expires_at=until))
    connection.channel_id, connection.channel_expires_at = name, until


def end(connection: Connection) -> None:
    """End a channel, when a calendar is not read any more. Asks the provider; where that fails, it ends by itself."""
    if not connection.channel_id:
        return
    try:
        UNWATCHED[connection.provider](connection)
    except Trouble as trouble:
        log.warning("calendar %s keeps its channel until it ends: %s", connection.pk, trouble.code)
    mine = Connection.objects.filter(pk=connection.pk)
    transact(lambda: mine.update(channel_id="", channel_expires_at=None))


def told(provider: str, name: str, token: str) -> None:
    """Read a calendar now, of which somebody says that it changed; `NotFound` unless it is who was asked to say so."""
    # Google's names have the calendar's behind a colon.
    named = Q(channel_id=name) | Q(channel_id__startswith=f"{name}:")
    connection = Connection.objects.filter(named, provider=provider).first() if name else None
    if connection is None or not hmac.compare_digest(token.encode(), token_of(connection.pk).encode()):
        raise NotFound("not_found", _("There is no such channel."))
    if connection.pulls and connection.state in ASKED:
        transact(lambda: due.schedule(PULL, connection.pk, database_now()))


def token_of(connection_id: int) -> str:
    """What a provider has to bring along; good for one calendar of one tenant (T09)."""
    return signing.Signer(salt=salt(PURPOSE)).signature(str(connection_id))


def _opened(connection: Connection, to: str, now: datetime) -> tuple[str, datetime]:
    token = token_of(connection.pk)
    if connection.provider == Provider.GOOGLE:
        return google_changes.watch(connection, to, token)
    ends = connection.channel_expires_at
    if connection.channel_id and ends is not None and ends > now:
        try:
            return microsoft_changes.renew(connection)
        except Trouble:
            log.info("calendar %s gets another channel", connection.pk)
    return microsoft_changes.watch(connection, to, token)


def _address(provider: str) -> str:
    tenant = Tenant.objects.get(schema_name=current_schema())
    return address(tenant, reverse(f"calendar-notices-{provider}", urlconf=settings.ROOT_URLCONF))
