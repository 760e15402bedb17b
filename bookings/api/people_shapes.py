"""v1's shapes of customers and guests, for the desk."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from bookings.api.search import LONGEST_QUERY
from bookings.dossiers import Dossier, Figures, Spend
from bookings.models import HoursAccount
from kernel.money import as_text
from rest.fields import BIGINT_MAX, DayField, InstantField
from venues.models import Membership

CUSTOMERS_BY = ["name", "-name", "email", "-email", "created_at", "-created_at"]
GUESTS_BY = ["last_visit", "-last_visit", "email", "-email", "bookings", "-bookings"]


class LookupIn(serializers.Serializer[Any]):
    """What both lists can be narrowed by."""

    q = serializers.CharField(required=False, max_length=LONGEST_QUERY)
    blocked = serializers.BooleanField(required=False, allow_null=True, default=None)


class CustomersIn(LookupIn):
    """The query parameters of the list of customers."""

    group = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    ordering = serializers.ChoiceField(choices=CUSTOMERS_BY, default="name")


class GuestsIn(LookupIn):
    """The query parameters of the list of guests."""

    ordering = serializers.ChoiceField(choices=GUESTS_BY, default="-last_visit")


class GuestChangeIn(serializers.Serializer[Any]):
    """What the team knows about somebody. `block_reason` is kept while they are `blocked`, and never shown to them."""

    notes = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    blocked = serializers.BooleanField(required=False)
    block_reason = serializers.CharField(max_length=200, allow_blank=True, required=False)


class CustomerChangeIn(GuestChangeIn):
    """The same, and how somebody with an account is called."""

    name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=32, allow_blank=True, required=False)


class NewCustomerIn(serializers.Serializer[Any]):
    """Somebody who calls."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150)
    phone = serializers.CharField(max_length=32, allow_blank=True, default="")
    notes = serializers.CharField(max_length=4000, allow_blank=True, default="")


class CustomerRow(serializers.Serializer[User]):
    """A customer in the list; bookings of all but holds and what lapsed."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    blocked = serializers.BooleanField()
    bookings = serializers.SerializerMethodField()
    last_visit = InstantField(allow_null=True)
    created_at = InstantField()

    def get_bookings(self, customer: User) -> int:
        """How many there are at the caller's venues."""
        return customer.visits or 0  # type: ignore[attr-defined]


class GuestRow(serializers.Serializer[Any]):
    """Somebody without an account in the list. Context: `named` and `blocked`, by address."""

    email = serializers.CharField(source="address")
    name = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField()
    blocked = serializers.SerializerMethodField()
    bookings = serializers.IntegerField()
    last_visit = InstantField()

    def get_name(self, row: dict[str, Any]) -> str:
        """As in the last booking."""
        return str(self.context["named"][row["address"]][0])

    def get_phone(self, row: dict[str, Any]) -> str:
        """As in the last booking."""
        return str(self.context["named"][row["address"]][1])

    def get_blocked(self, row: dict[str, Any]) -> bool:
        """Whether they may not book any more."""
        return row["address"] in self.context["blocked"]


class SpendOut(serializers.Serializer[Spend]):
    """Money of somebody's bookings in one currency."""

    currency = serializers.CharField()
    booked = serializers.SerializerMethodField()
    paid = serializers.SerializerMethodField()
    owed = serializers.SerializerMethodField()

    def get_booked(self, spend: Spend) -> str:
        """Prices of what stands, and fees of what was given up."""
        return as_text(spend.booked_minor, spend.currency)

    def get_paid(self, spend: Spend) -> str:
        """What was paid of it in whatever way, gift credit too, and is not on its way back."""
        return as_text(spend.paid_minor, spend.currency)

    def get_owed(self, spend: Spend) -> str:
        """What is still to be paid."""
        return as_text(spend.owed_minor, spend.currency)


class FiguresOut(serializers.Serializer[Figures]):
    """What somebody booked at the caller's venues."""

    bookings = serializers.IntegerField()
    upcoming = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    first_visit = InstantField(allow_null=True)
    last_visit = InstantField(allow_null=True)
    spend = SpendOut(many=True)


class InGroupOut(serializers.Serializer[Membership]):
    """A group that somebody is in, on local days from the first to the last."""

    id = serializers.IntegerField(source="group_id")
    name = serializers.CharField(source="group.name")
    valid_from = DayField(allow_null=True)
    valid_until = DayField(allow_null=True)


class HasHoursOut(serializers.Serializer[HoursAccount]):
    """A pack of prepaid hours that somebody has."""

    id = serializers.IntegerField()
    pack = serializers.IntegerField(source="pack_id")
    pack_name = serializers.CharField(source="pack.name")
    minutes_left = serializers.IntegerField()
    valid_until = DayField(allow_null=True)


class GuestOut(serializers.Serializer[Dossier]):
    """Somebody without an account."""

    email = serializers.CharField(source="whom.email")
    name = serializers.CharField()
    phone = serializers.CharField()
    notes = serializers.CharField(source="file.notes")
    blocked_at = InstantField(source="file.blocked_at", allow_null=True)
    blocked_by = serializers.SerializerMethodField()
    block_reason = serializers.CharField(source="file.block_reason")
    figures = FiguresOut()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_blocked_by(self, dossier: Dossier) -> str | None:
        """The name of whoever did it."""
        by = dossier.file.blocked_by
        return by.name if by else None


class CustomerOut(GuestOut):
    """Somebody with an account."""

    id = serializers.IntegerField(source="whom.customer.pk")
    is_active = serializers.BooleanField(source="whom.customer.is_active")
    created_at = InstantField(source="whom.customer.created_at")
    groups = InGroupOut(source="memberships", many=True)
    hours_accounts = HasHoursOut(source="hours", many=True)
