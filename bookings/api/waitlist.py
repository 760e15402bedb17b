"""v1: waiting for what is taken."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import joining, lifecycle, waitlist
from bookings.access import link_token, waiting_for_staff, waiting_of
from bookings.api.bookings import shown
from bookings.api.serializers import BookingOut, ClientRef
from bookings.joining import Want
from bookings.models import Booking, WaitlistEntry
from bookings.records import Actor
from bookings.requests import Contact
from kernel.errors import NotFound, Refused
from kernel.periods import Period, local_day
from rest.fields import BIGINT_MAX, SMALLINT_MAX, DayField, InstantField, local_text
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech
from tenants.zones import zone
from venues.models import Product, Resource

LONGEST_MINUTES = 31 * 24 * 60
ENTRY = WaitlistEntry.State


class WaitIn(serializers.Serializer[Any]):
    """A resource or a service, and a slot (`start_datetime`, `end_datetime`) or a day (`date`, `minutes`)."""

    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    product = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    start_datetime = InstantField(required=False)
    end_datetime = InstantField(required=False)
    date = DayField(required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_MINUTES, required=False)
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One thing to wait for, at one kind of time."""
        if ("resource" in attrs) == ("product" in attrs):
            raise serializers.ValidationError({"resource": ["Give either resource or product."]})
        is_slot = "start_datetime" in attrs and "end_datetime" in attrs
        if is_slot == ("date" in attrs):
            raise serializers.ValidationError({"date": ["Give either date, or start_datetime and end_datetime."]})
        if is_slot and attrs["end_datetime"] < attrs["start_datetime"] + timedelta(minutes=1):
            raise serializers.ValidationError({"end_datetime": ["The end must be after the start."]})
        if is_slot and attrs["end_datetime"] > attrs["start_datetime"] + timedelta(minutes=LONGEST_MINUTES):
            raise serializers.ValidationError({"end_datetime": ["That is too long."]})
        return attrs


class OfferOut(serializers.Serializer[Any]):
    """A hold that waits to be taken, on the page at `link` or with `take/`."""

    booking = serializers.UUIDField()
    resource = serializers.IntegerField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    link = serializers.URLField()
    expires_at = InstantField()


class WaitOut(serializers.Serializer[WaitlistEntry]):
    """A place on a waiting list. Context: `now` and `request`.

    `position` is 1 for the first in line; null for whoever does not wait any more. `date` is null for a slot.
    """

    id = serializers.IntegerField()
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    product = serializers.IntegerField(source="product_id", allow_null=True)
    name = serializers.SerializerMethodField()
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    date = serializers.SerializerMethodField()
    minutes = serializers.IntegerField()
    participant_count = serializers.IntegerField(source="participants")
    state = serializers.SerializerMethodField()
    position = serializers.SerializerMethodField()
    offer = serializers.SerializerMethodField()
    created_at = InstantField()

    def get_name(self, entry: WaitlistEntry) -> str:
        """Of the resource or service."""
        return str(entry.resource or entry.product)

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_datetime(self, entry: WaitlistEntry) -> str:
        """Of the slot, or the day, in the venue's offset."""
        return local_text(entry.earliest, zone_of(entry))

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_datetime(self, entry: WaitlistEntry) -> str:
        """Of the slot, or the day, in the venue's offset."""
        return local_text(entry.latest, zone_of(entry))

    @extend_schema_field({"type": ["string", "null"], "format": "date"})
    def get_date(self, entry: WaitlistEntry) -> str | None:
        """The day, for whoever would take any time of it."""
        return None if waitlist.is_slot(entry) else entry.earliest.astimezone(zone_of(entry)).date().isoformat()

    @extend_schema_field(serializers.ChoiceField(choices=ENTRY.choices))
    def get_state(self, entry: WaitlistEntry) -> str:
        """At this moment."""
        return joining.state_at(entry, self.context["now"])

    @extend_schema_field({"type": ["integer", "null"]})
    def get_position(self, entry: WaitlistEntry) -> int | None:
        """In line for the same thing at a time that overlaps."""
        if self.get_state(entry) != ENTRY.WAITING:
            return None
        return int(entry.ahead) + 1  # type: ignore[attr-defined]

    @extend_schema_field(OfferOut(allow_null=True))
    def get_offer(self, entry: WaitlistEntry) -> dict[str, Any] | None:
        """The hold, as long as it can be taken."""
        booking = entry.offer
        if booking is None or self.get_state(entry) != ENTRY.OFFERED:
            return None
        return {
            "booking": str(booking.pk),
            "resource": booking.resource_id,
            "start_datetime": local_text(booking.start, zone(booking.time_zone)),
            "end_datetime": local_text(booking.end, zone(booking.time_zone)),
            "link": self._link(booking),
            "expires_at": InstantField().to_representation(booking.hold_expires_at)
            if booking.hold_expires_at
            else None,
        }

    def _link(self, booking: Booking) -> str:
        path = reverse("booking-details", args=[booking.pk, link_token(booking)])
        return str(self.context["request"].build_absolute_uri(path))


class StaffWaitOut(WaitOut):
    """As staff see it: with the customer, and without the link, which is the customer's key."""

    client = ClientRef(source="customer")

    def _link(self, booking: Booking) -> str:
        return ""


class StaffWaitQuery(serializers.Serializer[Any]):
    """`resource`: who waits for it, or for a service that it can provide. `date`: a local day of the venue."""

    resource = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    date = DayField(required=False)


def zone_of(entry: WaitlistEntry) -> ZoneInfo:
    """Of the venue; of the first of the places that provide a service."""
    if entry.resource:
        return zone(entry.resource.venue.time_zone)
    places = list(entry.product.resources.all()) if entry.product else []
    return zone(places[0].venue.time_zone if places else current_tenant().time_zone)


def _read(entries: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
    rows = joining.in_line(entries).select_related("resource__venue", "product", "offer", "customer")
    return rows.prefetch_related("product__resources__venue")


class WaitlistView(ApiView):
    """`/waitlist/`."""

    @extend_schema(operation_id="waitlist_list", parameters=PAGES, responses=WaitOut(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own places, the latest first."""
        return _page(self, request, _read(waiting_of(caller(request))).order_by("-pk"), WaitOut)

    @extend_schema(
        operation_id="waitlist_create",
        request=WaitIn,
        responses={201: WaitOut, 200: OpenApiResponse(WaitOut, "You wait for that already.")},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Wait for what is taken. 400 `available` where it can be had now, or the reason why it never can."""
        body = WaitIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        want = Want(
            customer=caller(request),
            resource_id=wanted.get("resource"),
            product_id=wanted.get("product"),
            period=None if "date" in wanted else Period(wanted["start_datetime"], wanted["end_datetime"]),
            day=wanted.get("date"),
            minutes=wanted.get("minutes"),
            participants=wanted["participant_count"],
        )
        entry, is_new = joining.join(want)
        answer = _shown(request, entry)
        return Response(answer, 201 if is_new else 200, headers={"Location": f"{request.path}{entry.pk}/"})


class WaitView(ApiView):
    """`/waitlist/{id}/`."""

    @extend_schema(operation_id="waitlist_retrieve", responses=WaitOut)
    def get(self, request: Request, entry_id: int) -> Response:
        """One of the caller's own places; 404 for any other."""
        return Response(_shown(request, _own(request, entry_id)))

    @extend_schema(operation_id="waitlist_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, entry_id: int) -> Response:
        """Leave. An offer is let go, and the next in line gets it; a second time changes nothing."""
        joining.leave(_own(request, entry_id))
        return Response(status=204)


class TakeView(ApiView):
    """`/waitlist/{id}/take/`."""

    @extend_schema(operation_id="waitlist_take", request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, entry_id: int) -> Response:
        """Take the offer, as its page does: confirmed, or pending where staff have to agree.

        400 `hold_expired` once its time is over, `payment_required` where it has to be paid online.
        """
        user, entry = caller(request), _own(request, entry_id)
        if entry.offer is None:
            raise Refused("no_offer", _("There is no offer yet."))
        contact = Contact(user.name, user.email, user.phone, speech.asked_for(request))
        booking = lifecycle.submit(entry.offer, contact, Actor.of(user))
        return Response(shown(booking, request, booking.updated_at))


class StaffWaitlistView(ApiView):
    """`/admin/waitlist/`."""

    @extend_schema(
        operation_id="admin_waitlist_list", parameters=[StaffWaitQuery, *PAGES], responses=StaffWaitOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Who waits at the caller's venues, first come first; staff only."""
        query = StaffWaitQuery(data=request.query_params)
        entries = waiting_for_staff(caller(request))
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        in_zone = zone(current_tenant().time_zone)
        if "resource" in wanted:
            place = Resource.objects.select_related("venue").filter(pk=wanted["resource"]).first()
            services = Product.objects.filter(resources=wanted["resource"])
            entries = entries.filter(Q(resource=wanted["resource"]) | Q(product__in=services))
            in_zone = zone(place.venue.time_zone) if place else in_zone
        if "date" in wanted:
            day = local_day(wanted["date"], in_zone)
            entries = entries.filter(earliest__lt=day.end, latest__gt=day.start)
        return _page(self, request, _read(entries).order_by("pk"), StaffWaitOut)


def _own(request: Request, entry_id: int) -> WaitlistEntry:
    entry: WaitlistEntry | None = waiting_of(caller(request)).select_related("offer").filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("not_found", _("There is no such entry."))
    return entry


def _page(view: ApiView, request: Request, rows: QuerySet[WaitlistEntry], shape: type[WaitOut]) -> Response:
    def context(_rows: list[Any]) -> dict[str, Any]:
        return {"now": database_now(), "request": request}

    return page_of(view, request, rows, shape, context)


def _shown(request: Request, entry: WaitlistEntry) -> Any:
    current = _read(WaitlistEntry.objects.filter(pk=entry.pk)).get()
    return WaitOut(current, context={"now": database_now(), "request": request}).data
