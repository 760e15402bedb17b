"""v1: time that the venue takes out."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import closures
from bookings.api.serializers import ClosureIn, ClosureOut
from bookings.closures import ClosureRequest
from kernel.errors import NotFound
from kernel.periods import Period
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from venues.access import check_staff, closures_run_by, closures_seen_by, venue_run_by


class ClosuresView(ApiView):
    """`/admin/closures/`."""

    @extend_schema(operation_id="admin_closures_list", parameters=PAGES, responses=ClosureOut(many=True))
    def get(self, request: Request) -> Response:
        """Closures at the caller's venues, the latest start first; staff only."""
        check_staff(caller(request))
        rows = closures_seen_by(caller(request)).select_related("venue").order_by("-start", "id")
        return page_of(self, request, rows, ClosureOut)

    @extend_schema(request=ClosureIn, responses={201: ClosureOut}, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Take time out. 400 `closure_conflicts` with the bookings in the way, and nothing changed."""
        check_staff(caller(request))
        body = ClosureIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        closure = closures.block_out(
            ClosureRequest(
                venue=venue_run_by(caller(request), wanted["venue"]),
                period=Period(wanted["start_datetime"], wanted["end_datetime"]),
                resource_id=wanted["resource"],
                reason=wanted["reason"],
                user=caller(request),
            )
        )
        return Response(ClosureOut(closure).data, 201, headers={"Location": f"{request.path}{closure.pk}/"})


class ClosureView(ApiView):
    """`/admin/closures/{id}/`."""

    @extend_schema(operation_id="admin_closures_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, closure_id: int) -> Response:
        """Take a closure back."""
        check_staff(caller(request))
        closure = closures_run_by(caller(request)).filter(pk=closure_id).first()
        if closure is None:
            raise NotFound("not_found", _("There is no such closure."))
        closures.reopen(closure)
        return Response(status=204)
