"""Who waits for what: since when, how many before them, and what they were offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from bookings import joining, waitlist
from bookings.access import check_desk, waiting_for_staff
from bookings.models import WaitlistEntry
from desk.callers import staff
from desk.navigation import works_on_site
from kernel.errors import Away, Busy, NotFound, Refused
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech
from tenants.zones import zone
from venues.models import Resource

PER_PAGE = 50
Entry = WaitlistEntry.State


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who waits, in words; `until` is how long an offer is kept."""

    entry: WaitlistEntry
    what: str
    where: str
    when: str
    zone: str
    is_offered: bool


@staff_only
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Those who still hope for something at the venues that somebody looks after, the first come first."""
    user, now = staff(request), database_now()
    rows = joining.in_line(waiting_for_staff(user).filter(joining.live(now)))
    rows = rows.select_related("resource__venue", "product", "offer__resource", "customer")
    page = Paginator(rows.prefetch_related("product__resources__venue").order_by("pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "wishes": [_wish(each, now) for each in page], "runs": works_on_site(user)}
    return render(request, "desk/bookings/waiting.html", context)


def _wish(entry: WaitlistEntry, now: datetime) -> Wish:
    offered = entry.product.resources.all() if entry.product else ()
    places: Sequence[Resource] = [entry.resource] if entry.resource else list(offered)
    name = places[0].venue.time_zone if places else current_tenant().time_zone
    in_zone = zone(name)
    any_time = _("any time for %(length)s") % {"length": speech.length(entry.minutes)}
    hours = speech.span(entry.earliest, entry.latest, in_zone) if waitlist.is_slot(entry) else any_time
    when = f"{speech.day(entry.earliest, in_zone, 'medium')}, {hours}"
    what = entry.resource.name if entry.resource else entry.product.name if entry.product else ""
    where = " · ".join(sorted({place.venue.name for place in places}))
    return Wish(entry, what, where, when, name, joining.state_at(entry, now) == Entry.OFFERED)


@staff_only
@require_POST
def offer(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Offer what is free by now to the first in line."""
    entry = _entry(request, entry_id)
    after = joining.try_now(entry)
    if joining.state_at(after, database_now()) == Entry.OFFERED:
        messages.success(request, _("It is offered to %(name)s, who gets a letter.") % {"name": entry.customer.name})
    else:
        messages.info(request, _("Nothing is free for that yet, or somebody else is first in line."))
    return redirect("desk-waiting")


@staff_only
@require_POST
def remove(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take somebody off the list; what was offered goes to the next."""
    entry = _entry(request, entry_id)
    try:
        joining.leave(entry)
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        messages.error(request, _("They have taken the offer: it is a booking now."))
    else:
        messages.success(request, _("%(name)s waits no longer.") % {"name": entry.customer.name})
    return redirect("desk-waiting")


def _entry(request: HttpRequest, entry_id: int) -> WaitlistEntry:
    user = staff(request)
    check_desk(user)
    found = waiting_for_staff(user).select_related("offer", "customer").filter(pk=entry_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such entry."))
    return found
