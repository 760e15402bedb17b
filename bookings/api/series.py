"""v1: series of bookings."""

from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import scopes, series, shifts
from bookings.access import check_may_move_to, series_changed_by, series_for_staff, series_of, series_seen_by
from bookings.api.series_scopes import (
    GivenOut,
    SeriesCancelIn,
    SeriesCancelOut,
    SeriesRescheduleIn,
    SeriesRescheduleOut,
    ShiftedOut,
)
from bookings.api.series_shapes import AddDatesIn, NewSeriesIn, SeriesDetail, SeriesIn, SeriesOut, SeriesPreviewOut
from bookings.cancelling import Cancellation
from bookings.models import Series
from bookings.occurrences import Occurrence, SeriesRequest, told
from bookings.recurrence import Pattern
from bookings.requests import Contact, ExtraWish, HoldRequest, Payment
from bookings.scopes import Given, Reach, Scope
from bookings.series import Adding, Made, Mode
from bookings.shifts import Shift, Shifted
from bookings.states import CancelReason
from kernel.money import as_text
from kernel.periods import Period
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from schemas.clock import database_now
from tenants import speech


def wanted(body: dict[str, Any], user: User, language: str = "") -> SeriesRequest:
    """What a caller asks for, and which language they read."""
    pattern = Pattern(
        start=body["start_time"],
        first=body.get("first_date"),
        rule=body["rule"],
        dates=tuple(body["dates"]),
        without=tuple(body["except"]),
        also=tuple(body["also"]),
    )
    start = datetime.combine(pattern.first or min(pattern.dates), pattern.start, UTC)
    wish = HoldRequest(
        period=Period(start, start + timedelta(minutes=body["duration_minutes"])),
        resource_id=body.get("resource"),
        product_id=body["product"],
        also=tuple(body["with_resources"]),
        participants=body["participant_count"],
        extras=tuple(ExtraWish(extra["product"], extra["quantity"]) for extra in body["extras"]),
        payment=Payment(voucher=body["voucher"]),
        notes=body["notes"],
        answers=body["answers"],
        customer=user,
        contact=Contact(user.name, user.email, user.phone, language),
    )
    return SeriesRequest(wish, pattern, body["duration_minutes"], body.get("payment"))


def detail(found: Series, now: datetime, occurrences: list[Occurrence] | None = None) -> Any:
    """A series with its dates; `occurrences` are those that were tried just now."""
    alternatives = {
        occurrence.wall.isoformat(timespec="minutes"): told(occurrence)["alternative"]
        for occurrence in occurrences or []
    }
    shown = Series.objects.select_related("resource__venue").prefetch_related("dates__booking__resource")
    return SeriesDetail(shown.get(pk=found.pk), context={"now": now, "alternatives": alternatives}).data


def page(view: ApiView, request: Request, rows: Any) -> Response:
    """One page of series, the latest first."""
    return page_of(view, request, rows.select_related("resource__venue").order_by("-created_at", "pk"), SeriesOut)


class PreviewView(ApiView):
    """`/series/preview/`."""

    @extend_schema(operation_id="series_preview", request=SeriesIn, responses=SeriesPreviewOut)
    def post(self, request: Request) -> Response:
        """Every date with its price, or with the reason for which it cannot be had, and what can. Changes nothing."""
        body = SeriesIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = series.preview(wanted(body.validated_data, caller(request)))
        prices = [occurrence.plan.price for occurrence in found if occurrence.plan]
        currency = prices[0].currency if prices else None
        return Response(
            {
                "free": len(prices),
                "conflicts": len(found) - len(prices),
                "total_price": as_text(sum(price.total_minor for price in prices), currency) if currency else None,
                "currency": currency,
                "dates": [told(occurrence) for occurrence in found],
            }
        )


class SeriesListView(ApiView):
    """`/series/`."""

    @extend_schema(operation_id="series_list", parameters=PAGES, responses=SeriesOut(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own series, the latest first."""
        return page(self, request, series_of(caller(request)))

    @extend_schema(
        operation_id="series_create", request=NewSeriesIn, responses={201: SeriesDetail}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request) -> Response:
        """Book every date, or with `mode` `skip` those that can be had; 400 `series_conflicts` lists the others."""
        body = NewSeriesIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = wanted(body.validated_data, caller(request), speech.asked_for(request))
        made = series.create(asked, Mode(body.validated_data["mode"]))
        return _made(made, f"{request.path}{made.series.pk}/")


def _made(made: Made, location: str) -> Response:
    now = made.bookings[0].created_at
    return Response(detail(made.series, now, made.occurrences), 201, headers={"Location": location})


class SeriesView(ApiView):
    """`/series/{id}/`."""

    @extend_schema(operation_id="series_retrieve", responses=SeriesDetail)
    def get(self, request: Request, series_id: int) -> Response:
        """A series with every date; another customer's is 403."""
        return Response(detail(series_seen_by(caller(request), series_id), database_now()))


class CancelView(ApiView):
    """`/series/{id}/cancel/`."""

    @extend_schema(
        operation_id="series_cancel", request=SeriesCancelIn, responses=SeriesCancelOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, series_id: int) -> Response:
        """Cancel this date, this and those that follow, or all, each by its own terms; or say what that would cost."""
        found, actor = series_changed_by(caller(request), series_id)
        body = SeriesCancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        act = scopes.preview_cancel if asked["preview"] else scopes.cancel
        why = Cancellation(CancelReason(asked["reason"]), asked["notes"])
        return Response(_given(act(found, reach(asked), actor, why), asked["preview"], found))


def reach(asked: dict[str, Any]) -> Reach:
    """Which dates a call means."""
    return Reach(Scope(asked["scope"]), asked.get("from_date"), asked.get("booking"))


def _given(given: list[Given], preview: object, found: Series) -> dict[str, Any]:
    settled = [one.settlement for one in given if one.settlement]
    currency = found.resource.venue.currency
    return {
        "preview": preview,
        "cancelled": len(settled),
        "fee": as_text(sum(one.fee_minor for one in settled), currency),
        "refund": as_text(sum(one.refund_minor for one in settled), currency),
        "currency": currency,
        "dates": [GivenOut(one).data for one in given],
    }


class RescheduleView(ApiView):
    """`/series/{id}/reschedule/`."""

    @extend_schema(
        operation_id="series_reschedule",
        request=SeriesRescheduleIn,
        responses=SeriesRescheduleOut,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, series_id: int) -> Response:
        """Move this date, this and those that follow, or all; or say what that would cost and what is in the way."""
        user = caller(request)
        found, actor = series_changed_by(user, series_id)
        body = SeriesRescheduleIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        shift = Shift(asked.get("start_time"), asked.get("resource"))
        booking = found.bookings.select_related("resource").first()
        assert booking is not None
        check_may_move_to(user, booking, shift.resource_id)
        if asked["preview"]:
            done = shifts.preview(found, reach(asked), shift, actor)
        else:
            done = shifts.move(found, reach(asked), shift, Mode(asked["mode"]), actor)
        return Response(_shifted(done, asked["preview"], found))


def _shifted(done: list[Shifted], preview: object, found: Series) -> dict[str, Any]:
    moved = [one.preview for one in done if one.preview]
    currency = found.resource.venue.currency
    return {
        "preview": preview,
        "moved": len(moved),
        "conflicts": sum(bool(one.conflict) for one in done),
        "delta": as_text(sum(one.delta_minor for one in moved), currency),
        "currency": currency,
        "dates": [ShiftedOut(one).data for one in done],
    }


class DatesView(ApiView):
    """`/series/{id}/dates/`."""

    @extend_schema(
        operation_id="series_dates_add", request=AddDatesIn, responses={201: SeriesDetail}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, series_id: int) -> Response:
        """Try dates again that were skipped or given up, or add further ones: all of them or none."""
        found, actor = series_changed_by(caller(request), series_id)
        body = AddDatesIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        made = series.add_dates(found, Adding(tuple(asked["dates"]), asked.get("resource")), actor)
        return _made(made, request.path.removesuffix("dates/"))


class StaffSeriesView(ApiView):
    """`/admin/series/`."""

    @extend_schema(operation_id="admin_series_list", parameters=PAGES, responses=SeriesOut(many=True))
    def get(self, request: Request) -> Response:
        """All series at the caller's venues, the latest first; staff only."""
        return page(self, request, series_for_staff(caller(request)))
