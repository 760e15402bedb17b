"""Figures that come by mail: on Mondays of the week before, on the first of the month before.

Due work that plans its next time. Each span of days is told once, and one whose letter was missed by three days is left
out; who does not work here any more, or sees no such venue, gets none and the row goes.
"""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from bookings.reports import utilisation
from bookings.reports.scope import By
from desk.models import ReportMailing
from desk.reports import figures, tiles
from desk.reports.asked import A_DAY, Asked, Days, span_of
from schemas.clock import database_now
from schemas.current import current_tenant
from schemas.transactions import transact
from tenants import due, letterhead, mail, speech
from tenants.addresses import address
from tenants.mail import File, Letter
from tenants.zones import zone
from venues.access import venues_seen_by
from venues.models import Venue

KIND, REFERENCE = "report-mailing", "report"
AT = time(7)
LATEST = timedelta(days=3)
CSV = "text/csv"
SPAN = {ReportMailing.Rhythm.WEEK: "last-week", ReportMailing.Rhythm.MONTH: "last-month"}


def begin(user: User, rhythm: str, venue: Venue | None) -> ReportMailing:
    """Have figures mailed from now on; a second call changes nothing."""

    def act() -> ReportMailing:
        now = database_now()
        mailing, is_new = ReportMailing.objects.get_or_create(
            user=user, rhythm=rhythm, venue=venue, defaults={"created_at": now}
        )
        if is_new:
            due.schedule(KIND, mailing.pk, next_at(mailing, now))
        return mailing

    return transact(act)


def end(mailing: ReportMailing) -> None:
    """Stop."""
    mailing.delete()


def next_at(mailing: ReportMailing, now: datetime) -> datetime:
    """When the next letter goes: after `now`."""
    here = zone(current_tenant().time_zone)
    day = now.astimezone(here).date()
    while not (_is_day(mailing.rhythm, day) and datetime.combine(day, AT, here) > now):
        day += A_DAY
    return datetime.combine(day, AT, here)


@due.handles(KIND, queue=due.Queue.MAIL)
def send(mailing_id: str) -> None:
    """Post the letter about the last span, once, and plan the next; as often as it is called."""
    transact(lambda: _send(int(mailing_id)))


def _send(mailing_id: int) -> None:
    mailing = ReportMailing.objects.select_for_update(of=("self",)).filter(pk=mailing_id).first()
    if mailing is None:
        return
    if not _may_read(mailing):
        mailing.delete()
        return
    now = database_now()
    due.schedule(KIND, mailing.pk, next_at(mailing, now))
    today = now.astimezone(zone(current_tenant().time_zone)).date()
    days = span_of(SPAN[ReportMailing.Rhythm(mailing.rhythm)], today)
    is_late = today - days.last > LATEST
    if is_late or (mailing.told_until is not None and mailing.told_until >= days.last):
        return
    with override(mailing.user.language or mail.house_language()):
        _post(mailing, days, now)
    ReportMailing.objects.filter(pk=mailing.pk).update(told_until=days.last)


def _post(mailing: ReportMailing, days: Days, now: datetime) -> None:
    tenant = current_tenant()
    asked = _asked(mailing, days)
    span = _("%(first)s to %(last)s") % {"first": speech.day(days.first, form="long"), "last": speech.day(days.last)}
    facts = [(str(tile.label), _with_before(tile.value, tile.before)) for tile in tiles.tiles(asked)]
    sheet = letterhead.Sheet(
        title=_("Your figures: %(span)s") % {"span": span},
        words=_("Each figure is followed by that of the days before. The table of resources is attached."),
        facts=tuple(facts),
        button=(_("See the reports"), address(tenant, _path("reports", days))),
        small=_("You asked for this letter at the desk, under Reports. There you also stop it."),
    )
    letter = Letter(
        key=f"report:{mailing.pk}:{days.last.isoformat()}",
        to=mailing.user.email,
        subject=sheet.title,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, tenant, mailing.user.language or mail.house_language()),
        attachments=(f"{REFERENCE}:{mailing.pk}_{days.first.isoformat()}_{days.last.isoformat()}",),
    )
    mail.post(letter, now)


@mail.attaches(REFERENCE)
def file_of(reference: str) -> File | None:
    """The table of resources; none where nobody may read it any more."""
    mailing_id, first, last = reference.split("_")
    mailing = ReportMailing.objects.select_related("user", "venue").filter(pk=mailing_id).first()
    if mailing is None or not _may_read(mailing):
        return None
    days = Days(date.fromisoformat(first), date.fromisoformat(last))
    with override(mailing.user.language or mail.house_language()):
        asked = _asked(mailing, days)
        table = figures.fullness(asked, By.RESOURCE, utilisation.full(asked.scope(By.RESOURCE)))
        return File(f"utilisation-{first}-{last}.csv", table.file(), CSV)


def _asked(mailing: ReportMailing, days: Days) -> Asked:
    return Asked(mailing.user, days, days.before(), mailing.venue, "")


def _may_read(mailing: ReportMailing) -> bool:
    user = mailing.user
    if not (user.is_active and user.is_staff_member):
        return False
    return mailing.venue_id is None or venues_seen_by(user).filter(pk=mailing.venue_id).exists()


def _with_before(value: str, before: str) -> str:
    return _("%(value)s (before: %(before)s)") % {"value": value, "before": before} if before else value


def _path(name: str, days: Days) -> str:
    return f"{reverse(name, urlconf=settings.ROOT_URLCONF)}?first={days.first}&last={days.last}"


def _is_day(rhythm: str, day: date) -> bool:
    return day.weekday() == 0 if rhythm == ReportMailing.Rhythm.WEEK else day.day == 1
