"""v1: what is free, and why the rest is not."""

import calendar
from collections import Counter
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings import availability, quotas
from bookings.facts import Facts, Reason, Window, Wish
from bookings.prices import price_of_time
from bookings.quotas import Allowance
from kernel.errors import Invalid, NotFound
from kernel.money import as_text
from kernel.periods import days, midnight
from rest.fields import BIGINT_MAX, SMALLINT_MAX, DayField, local_text
from rest.views import ApiView
from venues.access import public_products
from venues.models import Product
from venues.pricelists import price_list, with_prices
from venues.pricing import Use

MOST_DAYS = 62
LONGEST_MINUTES = 31 * 24 * 60


class Which(serializers.Serializer[Any]):
    """Whose availability: a resource's, a service's or (calendar only) a venue's."""

    resource = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    service_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    duration = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_MINUTES)
    participants = serializers.IntegerField(required=False, min_value=1, max_value=SMALLINT_MAX, default=1)


class SlotsQuery(Which):
    """`date`, or `from` and `days`; both are calendar days of the venue."""

    date = DayField(required=False)
    days = serializers.IntegerField(required=False, min_value=1, max_value=MOST_DAYS, default=1)
    reasons = serializers.BooleanField(required=False, default=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": DayField(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One way to say which days, and something to ask about."""
        if ("date" in attrs) == ("from" in attrs):
            raise serializers.ValidationError({"date": ["Give either date, or from and days."]})
        if ("resource" in attrs) == ("service_id" in attrs):
            raise serializers.ValidationError({"resource": ["Give either resource or service_id."]})
        return attrs


class CalendarQuery(Which):
    """`month` is a month of the venue."""

    month = serializers.RegexField(r"\A20[0-9]{2}-(0[1-9]|1[0-2])\Z")
    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something to ask about."""
        if len({"resource", "service_id", "venue"} & set(attrs)) != 1:
            raise serializers.ValidationError({"resource": ["Give one of resource, service_id and venue."]})
        return attrs


class SlotOut(serializers.Serializer[Any]):
    """A start that can be booked."""

    resource = serializers.IntegerField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    total_price = serializers.CharField()
    currency = serializers.CharField()


class RefusedOut(serializers.Serializer[Any]):
    """A start that cannot be booked, and why."""

    resource = serializers.IntegerField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason])


class SlotsOut(serializers.Serializer[Any]):
    """The answer: `refused` only with `reasons=1`."""

    timezone = serializers.CharField()
    slots = SlotOut(many=True)
    refused = RefusedOut(many=True, required=False)


class DayOut(serializers.Serializer[Any]):
    """A calendar day and its number of free starts."""

    date = serializers.DateField()
    free = serializers.IntegerField()


class CalendarOut(serializers.Serializer[Any]):
    """A month."""

    timezone = serializers.CharField()
    month = serializers.CharField()
    days = DayOut(many=True)


class AvailabilityView(ApiView):
    """`/availability/`."""

    @extend_schema(
        operation_id="availability",
        parameters=[SlotsQuery, OpenApiParameter("from", date)],
        responses=SlotsOut,
    )
    def get(self, request: Request) -> Response:
        """Free starts with their price; with `reasons=1` the refused ones with the reason."""
        query = SlotsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        first = wanted["date"] if "date" in wanted else wanted["from"]
        last = first + timedelta(days=wanted["days"] - 1) if "from" in wanted else first
        found = asked(wanted, Window(first, last), request.user.pk)
        return Response(_slots(found, wanted))


def _slots(found: "Found", wanted: dict[str, Any]) -> dict[str, Any]:
    slots: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for facts in found.facts:
        price, why = _priced(facts, found.service), found.predicate(facts)
        for wish in facts.wishes(found.minutes(facts), wanted["participants"]):
            reason = why(wish)
            if reason is None:
                slots.append({**_times(facts, wish), **price(wish)})
            elif wanted["reasons"]:
                refused.append({**_times(facts, wish), "reason": reason.value})
    for rows in (slots, refused):
        rows.sort(key=lambda row: (datetime.fromisoformat(row["start_datetime"]), row["resource"]))
    answer: dict[str, Any] = {"timezone": found.time_zone, "slots": slots}
    return {**answer, "refused": refused} if wanted["reasons"] else answer


def _times(facts: Facts, wish: Wish) -> dict[str, Any]:
    return {
        "resource": facts.resource.pk,
        "start_datetime": local_text(wish.period.start, facts.zone),
        "end_datetime": local_text(wish.period.end, facts.zone),
    }


def _priced(facts: Facts, service: Product | None) -> Any:
    currency = facts.resource.venue.currency

    def price(wish: Wish) -> dict[str, str]:
        use = Use(wish.period, wish.participants, facts.zone)
        total = price_of_time(facts.resource, use, facts.standings, service)
        return {"total_price": as_text(total, currency), "currency": currency}

    return price


class CalendarView(ApiView):
    """`/availability/calendar/`."""

    @extend_schema(operation_id="availability_calendar", parameters=[CalendarQuery], responses=CalendarOut)
    def get(self, request: Request) -> Response:
        """The number of free starts on each day of a month."""
        query = CalendarQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        year, month = (int(part) for part in wanted["month"].split("-"))
        length = calendar.monthrange(year, month)[1]
        first = date(year, month, 1)
        found = asked(wanted, Window(first, first + timedelta(days=length - 1)), request.user.pk)
        free = free_by_day(found, wanted["participants"])
        listed = [{"date": day.isoformat(), "free": free[day]} for day in days(first, length)]
        return Response({"timezone": found.time_zone, "month": wanted["month"], "days": listed})


def free_by_day(found: "Found", participants: int) -> Counter[date]:
    """Free starts of all that was asked about, by local day."""
    free: Counter[date] = Counter()
    for facts in found.facts:
        reason = found.predicate(facts)
        for day, wishes in facts.timeline.wishes(found.minutes(facts), participants).items():
            free[day] += sum(reason(wish) is None for wish in wishes)
    return free


class Found:
    """The facts that a request asked for, and how long a booking would be on each."""

    def __init__(
        self, facts: Collection[Facts], duration: int | None, service: Product | None, allowed: dict[int, Allowance]
    ) -> None:
        self.facts, self.allowed = facts, allowed
        self.service = service
        self._duration = duration

    @property
    def time_zone(self) -> str:
        """The venue's."""
        return next(iter(self.facts)).resource.venue.time_zone

    def minutes(self, facts: Facts) -> int:
        """The duration asked for, or the shortest that the resource allows."""
        return self._duration or facts.resource.min_minutes

    def predicate(self, facts: Facts) -> Callable[[Wish], Reason | None]:
        """`facts.reason`, for the caller: what a quota takes from them is not free for them."""
        allowance = self.allowed.get(facts.resource.venue_id)
        if allowance is None:
            return facts.reason

        def reason(wish: Wish) -> Reason | None:
            why = facts.reason(wish)
            if why is not None:
                return why
            use = quotas.Use.of(wish.period, [facts.resource])
            return Reason.QUOTA if allowance.refusal(use, facts.groups_on(wish.period.start)) else None

        return reason


def asked(wanted: dict[str, Any], window: Window, customer_id: int | None) -> Found:
    """Read the facts of the resource, service or venue that a query names, for a customer with their groups or a guest.

    `NotFound` where it is not public.
    """
    duration, service = wanted.get("duration"), None
    if "service_id" in wanted:
        services = with_prices(public_products().filter(kind=Product.Kind.BOOKING), customer_id)
        service = services.prefetch_related("resources").filter(pk=wanted["service_id"]).first()
        if service is None:
            raise NotFound("not_found", _("There is no such service."))
        if duration not in {None, service.duration_minutes}:
            raise Invalid("duration", f"This service takes {service.duration_minutes} minutes.")
        duration = service.duration_minutes
        ids = [resource.pk for resource in service.resources.all()]
        which = availability.kin(ids)
    elif "venue" in wanted:
        ids, which = None, Q(venue=wanted["venue"])
    else:
        ids, which = [wanted["resource"]], availability.kin([wanted["resource"]])
    relatives, now = availability.relatives_now(which, customer_id)
    own = price_list(service) if service and price_list(service).tariffs else None
    open_ones = [pk for pk in availability.bookable(relatives, ids if own and ids else ()) if ids is None or pk in ids]
    if not open_ones or now is None:
        raise NotFound("not_found", _("There is no such resource."))
    facts = list(availability.assemble(relatives, open_ones, window, now).values())
    if own:
        for each in facts:
            each.sell_by(own)
    return Found(facts, duration, service, _allowed(facts, customer_id))


def _allowed(facts: Collection[Facts], customer_id: int | None) -> dict[int, Allowance]:
    """What the caller may have, by venue, where there are quotas; no query where there are none."""
    limited = {each.resource.venue_id: each for each in facts if each.resource.has_quotas}  # type: ignore[attr-defined]
    found: dict[int, Allowance] = {}
    who = Q(customer=customer_id) if customer_id else Q(pk=None)  # nobody knows what a guest has already
    for venue_id, one in limited.items():
        stretch = [midnight(one.window.first, one.zone), midnight(one.window.last + timedelta(days=1), one.zone)]
        allowance = quotas.read(venue_id, one.zone, stretch, quotas.Asking(who, one.now))
        if allowance:
            found[venue_id] = allowance
    return found
