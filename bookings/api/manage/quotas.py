"""How much one customer may have: `/admin/quotas/`."""

from bookings.api.manage.fields import RowField, WallTimeField
from bookings.api.manage.prices import groups, resources_named_by
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ListView, RowView, described
from venues.access import quotas_managed_by, quotas_seen_by, venues_managed_by
from venues.models import Quota


class QuotaShape(Shape[Quota]):
    """At most so many bookings, or minutes, at once or in a day, week or month."""

    venue = RowField(venues_managed_by)
    resource = RowField(resources_named_by, allow_null=True, required=False)
    group = RowField(groups, allow_null=True, required=False)
    from_time = WallTimeField(allow_null=True, required=False)
    until_time = WallTimeField(allow_null=True, required=False)

    class Meta:
        model = Quota
        fields = [
            "id", "venue", "resource", "kind", "group", "measure", "span", "most", "weekdays", "from_time",
            "until_time",
        ]  # fmt: skip


QUOTAS = Catalogue(
    tag="quotas",
    shape=QuotaShape,
    seen=quotas_seen_by,
    managed=quotas_managed_by,
    filters=("venue", "resource", "group"),
)


@described(QUOTAS, "quotas")
class QuotasView(ListView):
    """`/admin/quotas/`."""

    catalogue = QUOTAS


@described(QUOTAS, "quotas")
class QuotaView(RowView):
    """`/admin/quotas/{id}/`."""

    catalogue = QUOTAS
