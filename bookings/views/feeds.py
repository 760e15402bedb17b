"""Calendars to subscribe to: what programs read, the desk's list of addresses, and a customer's own."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all, signed_in, staff_only
from accounts.models import User
from bookings import ics
from bookings.calendars import feeds, published
from bookings.calendars.feeds import Wish
from bookings.calendars.published import Reading
from bookings.ics import Method
from bookings.models import Feed
from bookings.states import State
from bookings.views.feed_forms import FeedForm
from bookings.views.links import BY_LINK, booking_of
from kernel.errors import NotFound
from outside.vault import Sealed
from schemas.clock import database_now
from tenants.addresses import address
from tenants.models import Tenant

CALENDAR = "text/calendar; charset=utf-8"
BY_SECRET = "the address is the permission: 160 random bits"


@open_to_all(BY_SECRET)
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The calendar of an address; 304 where nothing is new. No session is looked at, and none is made."""
    found, tenant, now = feeds.opened_by(secret), _tenant(request), database_now()
    reading = published.read(found, tenant, published.window_of(request.GET.dict(), tenant, now), now)
    if _has_it(request, reading):
        published.note(reading)
        return _headed(HttpResponseNotModified(), reading)
    if request.method == "HEAD":
        # A stream has no length: an empty answer's 0 would be said of the calendar (RFC 9110, 8.6).
        return _headed(StreamingHttpResponse((), content_type=CALENDAR), reading)
    published.admit(reading)
    answer = _headed(HttpResponse(published.written(reading), content_type=CALENDAR), reading)
    at = f"{reading.base}{request.path}"
    shown = [f'<{at}{query}>; rel="{relation}"' for relation, query in published.links(reading).items()]
    if shown:
        answer["Link"] = ", ".join(shown)
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


@open_to_all(BY_LINK)
@require_safe
def entry(request: HttpRequest, booking_id: UUID, token: str = "") -> HttpResponse:
    """One booking to be added to a calendar by hand; 404 for one that is not more than a hold."""
    booking = booking_of(request, booking_id, token)
    if booking.state in {State.HELD, State.EXPIRED}:
        raise NotFound("not_found", _("There is no such calendar."))
    made = ics.event(booking, zone=booking.time_zone, method=Method.PUBLISH)
    answer = HttpResponse(ics.calendar([made], name="", method=Method.PUBLISH), content_type=CALENDAR)
    answer["Content-Disposition"] = f'attachment; filename="{booking.reference_code}.ics"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_feeds(request: HttpRequest) -> HttpResponse:
    """The addresses that the caller manages, and a form for one more."""
    user = _user(request)
    rows = feeds.feeds_of_staff(user)
    form = FeedForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = feeds.make(user, form.wish())
        messages.success(request, _("The address is ready. Give it only to those who may read it."))
        return redirect("desk-feed", made.pk)
    shown = [(row, published.title_of(row, _tenant(request))) for row in rows]
    return render(request, "calendars/feeds.html", {"rows": shown, "form": form}, status=400 if form.errors else 200)


@staff_only
@require_safe
def desk_feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    """One address, shown again."""
    found = feeds.feeds_of_staff(request.user).filter(pk=feed_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such calendar."))
    return render(request, "calendars/feed.html", _shown(request, found))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Ask once, then let the address lead nowhere."""
    found = feeds.feeds_of_staff(request.user).filter(pk=feed_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such calendar."))
    if request.method == "POST":
        feeds.revoke(_user(request), feed_id)
        messages.success(request, _("The address leads nowhere any more."))
        return redirect("desk-feeds")
    return render(request, "calendars/feed_revoke.html", _shown(request, found))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_feed(request: HttpRequest) -> HttpResponse:
    """A customer's own calendar: its address, or how to get one."""
    user = _user(request)
    found = feeds.feeds_of_customer(user).first()
    if request.method == "POST":
        if found is None:
            feeds.make(user, Wish(Feed.Scope.CUSTOMER))
        return redirect("own-feed")
    return render(request, "calendars/feed_own.html", _shown(request, found) if found else {})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_revoke(request: HttpRequest) -> HttpResponse:
    """Ask once, then let all of the caller's own addresses lead nowhere."""
    user = _user(request)
    if request.method == "POST":
        for found in feeds.feeds_of_customer(user):
            feeds.revoke(user, found.pk)
        messages.success(request, _("The address leads nowhere any more."))
        return redirect("own-feed")
    return render(request, "calendars/feed_own_revoke.html")


def _shown(request: HttpRequest, found: Feed) -> dict[str, object]:
    tenant = _tenant(request)
    try:
        where = feeds.address_of(found, address(tenant, ""))
    except Sealed:
        where = None
    return {"feed": found, "title": published.title_of(found, tenant), "where": where}


def _has_it(request: HttpRequest, reading: Reading) -> bool:
    """Whether who asks has it already (RFC 9110, 13.1): by its tag, or without one by the time."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = {tag.removeprefix("W/").strip('"') for tag in parse_etags(tags)}
        return reading.tag in known or "*" in known
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    changed_at = _changed_at(reading)
    return since is not None and changed_at is not None and int(changed_at.timestamp()) <= since


def _changed_at(reading: Reading) -> datetime | None:
    """None for parts that were asked for: nobody remembers since when they are as they are."""
    return reading.changed_at if reading.window.is_usual else None


def _headed(answer: HttpResponseBase, reading: Reading) -> HttpResponseBase:
    answer["ETag"] = f'"{reading.tag}"'
    changed_at = _changed_at(reading)
    if changed_at is not None:
        answer["Last-Modified"] = http_date(changed_at.timestamp())
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _tenant(request: HttpRequest) -> Tenant:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return tenant


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
