"""How connections to others stand, in a sentence each: one query for calendars, one for webhooks, two for programs."""

from collections import Counter
from datetime import datetime

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import tokens
from accounts.models import User
from bookings.calendars.access import connections_managed_by
from bookings.hooks import endpoints
from bookings.imports import bringing
from bookings.models import Connection, WebhookEndpoint
from desk.settings.cards import Card
from oauth import clients
from schemas.clock import database_now

NOT_DOING = frozenset({Connection.State.FAILING, Connection.State.DEAD})
AT_REST = frozenset({Connection.State.PAUSED, Connection.State.LEAVING})


def calendars(user: User) -> Card:
    """The worst of them, else how fresh the one is that was in step the longest ago."""
    rows = list(connections_managed_by(user).only("name", "provider", "state", "synced_at", "venue", "resource"))
    said, tone = _calendars(rows, database_now())
    return Card("calendars", _("Calendars"), said, tone)


def _calendars(rows: list[Connection], now: datetime) -> tuple[str, str]:
    if not rows:
        return _("No calendar is connected"), ""
    ill = [row for row in rows if row.state in NOT_DOING]
    if len(ill) == 1:
        return _("%(name)s does not work any more") % {"name": ill[0].name}, "error"
    if ill:
        told = _("%(ill)d of %(all)d calendars do not work any more")
        return told % {"ill": len(ill), "all": len(rows)}, "error"
    at_work = [row for row in rows if row.state not in AT_REST]
    if not at_work:
        return _("Paused"), "warning"
    unread = [row for row in at_work if row.synced_at is None]
    if unread:
        return _("%(name)s: not in step yet") % {"name": unread[0].name}, ""
    oldest = min(at_work, key=lambda row: row.synced_at or now)
    age = timesince(oldest.synced_at or now, now, depth=1)
    if len(at_work) == 1:
        return _("%(name)s: last in step %(age)s ago") % {"name": oldest.name, "age": age}, ""
    told = _("%(count)d calendars, all in step within the last %(age)s")
    return told % {"count": len(at_work), "age": age}, ""


def webhooks(user: User) -> Card:
    """How many deliver, and how many do not, by what is the matter with them."""
    counted: Counter[str] = Counter()
    for state, failing in endpoints.seen_by(user).values_list("state", "failing_since"):
        is_failing = state == WebhookEndpoint.State.ACTIVE and failing is not None
        counted["failing" if is_failing else state] += 1
    said, tone = _webhooks(counted)
    return Card("webhooks", _("Webhooks"), said, tone)


def _webhooks(counted: Counter[str]) -> tuple[str, str]:
    total, active = counted.total(), counted[WebhookEndpoint.State.ACTIVE]
    if not total:
        return _("No other system is told of bookings"), ""
    if active == total:
        return ngettext("The webhook delivers", "All %(count)d webhooks deliver", total) % {"count": total}, ""
    parts = [_("%(active)d of %(all)d webhooks deliver") % {"active": active, "all": total}]
    paused, failing = counted[WebhookEndpoint.State.PAUSED], counted["failing"]
    disabled = counted[WebhookEndpoint.State.DISABLED]
    if failing:
        parts.append(ngettext("%(count)d fails", "%(count)d fail", failing) % {"count": failing})
    if disabled:
        parts.append(
            ngettext("%(count)d was switched off", "%(count)d were switched off", disabled) % {"count": disabled}
        )
    if paused:
        parts.append(ngettext("%(count)d is paused", "%(count)d are paused", paused) % {"count": paused})
    return ", ".join(parts), "error" if failing or disabled else "warning"


def programs(user: User) -> Card:
    """Apps and tokens that speak to the API."""
    apps, keys = clients.seen_by(user).count(), tokens.of_staff(user).count()
    if not apps and not keys:
        return Card("api-desk", _("API"), _("No app and no token yet"))
    told = ", ".join(
        (
            ngettext("%(count)d app", "%(count)d apps", apps) % {"count": apps},
            ngettext("%(count)d token", "%(count)d tokens", keys) % {"count": keys},
        )
    )
    return Card("api-desk", _("API"), told)


def brought(user: User) -> Card:
    """The file that was brought last."""
    last = bringing.imports_seen_by(user).first()
    if last is None:
        return Card("imports", _("Bring in"), _("Customers, resources, closures and bookings from files"))
    age = timesince(last.created_at, database_now(), depth=1)
    told = _("%(kind)s, %(age)s ago: %(state)s")
    state = last.get_state_display()
    return Card("imports", _("Bring in"), told % {"kind": last.get_kind_display(), "age": age, "state": state})
