"""Memberships that are sold: `/admin/membership-plans/`."""

from django.db.models import QuerySet

from accounts.models import User
from bookings.api.manage.fields import CurrencyField, MoneyField, RowField
from bookings.api.manage.shapes import CurrencyShape
from bookings.api.manage.views import Catalogue, ListView, RowView, described
from venues.models import CustomerGroup, MembershipPlan


def _groups(_user: User) -> QuerySet[CustomerGroup]:
    return CustomerGroup.objects.all()


class PlanShape(CurrencyShape[MembershipPlan]):
    """A membership that is sold: so many days in a group. `vat` in basis points; null: as at the venues."""

    group = RowField(_groups)
    price = MoneyField(source="price_minor")
    currency = CurrencyField(required=False)

    class Meta:
        model = MembershipPlan
        fields = ["id", "name", "about", "group", "days", "price", "currency", "vat", "is_active", "position"]


def all_plans(_user: User) -> QuerySet[MembershipPlan]:
    """Memberships belong to no venue."""
    return MembershipPlan.objects.all()


PLANS = Catalogue(tag="membership_plans", shape=PlanShape, seen=all_plans, managed=all_plans)


@described(PLANS, "packs")
class PlansView(ListView):
    """`/admin/membership-plans/`."""

    catalogue = PLANS


@described(PLANS, "packs")
class PlanView(RowView):
    """`/admin/membership-plans/{id}/`. One that was sold is withdrawn, not deleted."""

    catalogue = PLANS
