"""v1: changing bookings. Each call can be previewed: it then says what it would do, and does nothing."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import changes, lifecycle, placing, swaps
from bookings.access import acting_on, booking_changed_by, booking_run_by, check_may_move_to
from bookings.agreed import Change
from bookings.api.bills import line_shown
from bookings.api.bookings import BookingView, shown
from bookings.api.changing import ChangeOut, DetailsIn, ExtrasIn, HoldOut, RescheduleIn, SwapIn, SwapOut
from bookings.api.conditions import as_seen, tagged
from bookings.changes import Preview
from bookings.facts import Reason
from bookings.models import Booking, BookingLine
from bookings.records import Actor
from bookings.requests import ExtraWish
from kernel.errors import Invalid
from kernel.money import as_text, from_text
from rest.fields import BIGINT_MAX, local_text
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import check_staff


def _answer(request: Request, booking: Booking, wanted: dict[str, Any], change: dict[str, Any]) -> Response:
    """Preview or make the change that a body asks for."""
    user = caller(request)
    actor = acting_on(user, as_seen(request, booking))
    full = Change(
        **change,
        expected_minor=_minor(wanted.get("expected_total"), booking.currency, "expected_total"),
        revision=wanted.get("revision"),
    )
    if wanted["preview"]:
        return Response(_described(changes.preview(booking, full, actor), is_preview=True))
    done, now = changes.carry_out(booking, full, actor), database_now()
    made = Response({**_described(done, is_preview=False), "booking": shown(done.booking, request, now)})
    return tagged(made, done.booking, now)


def _minor(text: str | None, currency: str, name: str) -> int | None:
    if text is None:
        return None
    try:
        amount = from_text(text, currency)
    except ValueError:
        amount = -1
    if not 0 <= amount <= BIGINT_MAX:
        raise Invalid("amount_invalid", f"{name} must be an amount of {currency}.", {"field": name})
    return amount


def _described(done: Preview, *, is_preview: bool) -> dict[str, Any]:
    booking = done.booking
    amounts = {
        "old_total": done.old_total_minor,
        "new_total": booking.total_minor,
        "delta": done.delta_minor,
        "due_now": done.due_now_minor,
        "refund": done.refund_minor,
        "gift_credit_delta": done.credit_delta_minor,
    }
    return {
        "preview": is_preview,
        "reference_code": booking.reference_code,
        **{name: as_text(minor, booking.currency) for name, minor in amounts.items()},
        "currency": booking.currency,
        "lines": [line_shown(line, booking.currency, zone(booking.time_zone)) for line in _rows(done)],
        "needs_approval": done.needs_approval,
        "revision": booking.revision,
        "start_datetime": local_text(booking.start, zone(booking.time_zone)),
        "end_datetime": local_text(booking.end, zone(booking.time_zone)),
    }


def _rows(done: Preview) -> list[BookingLine]:
    """Lines of a price that stays are rows already, those of a new one are not."""
    new = [line for line in done.lines if not isinstance(line, BookingLine)]
    return placing.lines(done.booking, new) if new else [line for line in done.lines if isinstance(line, BookingLine)]


class RescheduleView(ApiView):
    """`/bookings/{id}/reschedule/`."""

    @extend_schema(request=RescheduleIn, responses=ChangeOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Extend, shorten or move; 400 with a `code` where it cannot be had, and the old time is kept.

        409 `price_changed` where `expected_total` is not the new total, `changed_meanwhile` where `revision` is old.
        """
        booking = booking_changed_by(caller(request), booking_id)
        body = RescheduleIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        check_may_move_to(caller(request), booking, wanted.get("resource"))
        also = wanted.get("with_resources")
        change = {
            "start": wanted.get("start_datetime"),
            "end": wanted.get("end_datetime"),
            "resource_id": wanted.get("resource"),
            "participants": wanted.get("participant_count"),
            "also": None if also is None else tuple(also),
            "overrules": frozenset(Reason(value) for value in wanted.get("overrule", ())),
            "overruled_because": wanted["because"].strip(),
            "agreed_minor": _minor(wanted.get("agreed_total"), booking.currency, "agreed_total"),
        }
        return _answer(request, booking, wanted, change)


class ExtrasView(ApiView):
    """`/bookings/{id}/extras/`."""

    @extend_schema(request=ExtrasIn, responses=ChangeOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Have these extras instead of those that the booking has."""
        booking = booking_changed_by(caller(request), booking_id)
        body = ExtrasIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        extras = tuple(ExtraWish(row["product"], row["quantity"]) for row in wanted["extras"])
        return _answer(request, booking, wanted, {"extras": extras})


class ChangeableBookingView(BookingView):
    """`/bookings/{id}/`, to read and to change."""

    @extend_schema(
        operation_id="bookings_partial_update", request=DetailsIn, responses=ChangeOut, parameters=[IDEMPOTENCY]
    )
    def patch(self, request: Request, booking_id: UUID) -> Response:
        """Change notes, number of people and answers."""
        booking = booking_changed_by(caller(request), booking_id)
        body = DetailsIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        change = {
            "notes": wanted.get("notes"),
            "participants": wanted.get("participant_count"),
            "answers": wanted.get("answers"),
        }
        return _answer(request, booking, wanted, change)


class ExtendHoldView(ApiView):
    """`/bookings/{id}/extend-hold/`."""

    @extend_schema(request=None, responses=HoldOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Still there: hold it for 15 more minutes, 30 in all. 400 `hold_too_long` or `hold_expired`."""
        booking = as_seen(request, booking_changed_by(caller(request), booking_id))
        extended = lifecycle.extend_hold(booking, acting_on(caller(request), booking))
        return tagged(Response(HoldOut(extended).data), extended, extended.updated_at)


def _swapped(request: Request, bookings: list[Booking], actor: Actor) -> Response:
    done = swaps.swap(bookings, actor)
    now = database_now()
    return Response({"bookings": [shown(each.booking, request, now) for each in done]})


def _named(request: Request) -> list[UUID]:
    body = SwapIn(data=request.data)
    body.is_valid(raise_exception=True)
    ids: list[UUID] = body.validated_data["bookings"]
    return ids


class SwapView(ApiView):
    """`/bookings/swap/`."""

    @extend_schema(request=SwapIn, responses=SwapOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Let own bookings change places, priced anew; all or nothing."""
        user = caller(request)
        bookings = [booking_changed_by(user, booking_id) for booking_id in _named(request)]
        return _swapped(request, bookings, Actor.customer(user))


class StaffSwapView(ApiView):
    """`/admin/bookings/swap/`."""

    @extend_schema(operation_id="admin_bookings_swap", request=SwapIn, responses=SwapOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Let bookings change places; everybody's price stays; all or nothing."""
        user = caller(request)
        check_staff(user)
        bookings = [booking_run_by(user, booking_id) for booking_id in _named(request)]
        return _swapped(request, bookings, Actor.of(user))
