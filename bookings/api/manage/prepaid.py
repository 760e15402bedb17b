"""Paid beforehand: `/admin/gift-credits/`, `/admin/hours-accounts/`, and a customer's own `/hours-accounts/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import issuing
from bookings.access import hours_of
from bookings.api.catalogue import one
from bookings.api.manage.fields import CodeField, CurrencyField, MoneyField, RowField, RowsField
from bookings.api.manage.prices import resources_named_by
from bookings.api.manage.shapes import CurrencyShape, Shape
from bookings.api.manage.views import Catalogue, CatalogueView, ListView, ReadView, described
from bookings.issuing import Gift
from bookings.models import CreditEntry, GiftCredit, HoursAccount, HoursEntry
from rest.fields import DayField, InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from schemas.clock import database_now
from venues.access import check_manager
from venues.models import Pack


class CreditEntryShape(Shape[CreditEntry]):
    """A change of a balance: issued, topped up or given back (positive), used (negative)."""

    amount = MoneyField(source="amount_minor")
    booking = serializers.UUIDField(source="booking_id", allow_null=True, read_only=True)
    at = InstantField(read_only=True)

    class Meta:
        model = CreditEntry
        fields = ["id", "amount", "booking", "at"]

    def currency_of(self, row: CreditEntry) -> str:
        """That of the gift credit."""
        return row.credit.currency


class CreditShape(CurrencyShape[GiftCredit]):
    """Gift credit. What it was issued with stays; `balance` is what is left."""

    code = CodeField(max_length=32, required=False)
    currency = CurrencyField(required=False)
    amount = MoneyField(source="issued_minor", write_only=True)
    balance = MoneyField(source="balance_minor", read_only=True)
    valid_until = DayField(allow_null=True, required=False)
    created_at = InstantField(read_only=True)

    class Meta:
        model = GiftCredit
        fields = ["id", "code", "currency", "amount", "balance", "valid_until", "note", "created_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the model says; columns that we fill in ourselves are filled in later."""
        self.row.balance_minor, self.row.created_at = 0, database_now()
        if not attrs.get("code"):
            attrs["code"] = issuing.new_code()
        attrs = super().validate(attrs)
        if not attrs["issued_minor"]:
            raise serializers.ValidationError({"amount": [_("This must be more than nothing.")]})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> GiftCredit:
        """Issue it."""
        return issuing.issue(
            Gift(
                amount_minor=validated_data["issued_minor"],
                currency=validated_data["currency"],
                code=validated_data["code"],
                valid_until=validated_data.get("valid_until"),
                note=validated_data.get("note", ""),
            )
        )


class CreditDetail(CreditShape):
    """Gift credit with its entries, the oldest first."""

    entries = CreditEntryShape(many=True, read_only=True)

    class Meta(CreditShape.Meta):
        fields = [*CreditShape.Meta.fields, "entries"]


def all_credits(_user: User) -> QuerySet[GiftCredit]:
    """Gift credit belongs to no venue."""
    return GiftCredit.objects.all()


def with_entries(rows: QuerySet[GiftCredit]) -> QuerySet[GiftCredit]:
    """Gift credit with what happened to it."""
    return rows.prefetch_related("entries__credit")


CREDITS = Catalogue(tag="gift_credits", shape=CreditShape, seen=all_credits, managed=all_credits)
CREDIT = Catalogue(tag="gift_credits", shape=CreditDetail, seen=all_credits, managed=all_credits, hung=with_entries)


@described(CREDITS, "gift credits")
class CreditsView(ListView):
    """`/admin/gift-credits/`."""

    catalogue = CREDITS


@described(CREDIT, "gift credits")
class CreditView(ReadView):
    """`/admin/gift-credits/{id}/`. A balance changes by entries only."""

    catalogue = CREDIT


class TopUpView(CatalogueView):
    """`/admin/gift-credits/{id}/entries/`."""

    catalogue = CREDIT

    @extend_schema(
        operation_id="admin_gift_credits_top_up",
        request=CreditEntryShape,
        responses={201: CreditEntryShape},
        parameters=[IDEMPOTENCY],
        tags=["gift credits"],
    )
    def post(self, request: Request, credit_id: int) -> Response:
        """Put more on it; owner and managers."""
        check_manager(caller(request))
        credit = one(all_credits(caller(request)), credit_id)
        body = CreditEntryShape(data=request.data)
        body.row.credit, body.row.at = credit, database_now()
        body.is_valid(raise_exception=True)
        if not body.validated_data["amount_minor"]:
            raise serializers.ValidationError({"amount": [_("This must be more than nothing.")]})
        entry = issuing.top_up(credit.pk, body.validated_data["amount_minor"])
        return Response(CreditEntryShape(entry).data, 201)


class HoursEntryShape(serializers.ModelSerializer[HoursEntry]):
    """A change of minutes: bought or given back (positive), used (negative)."""

    booking = serializers.UUIDField(source="booking_id", allow_null=True, read_only=True)
    at = InstantField(read_only=True)

    class Meta:
        model = HoursEntry
        fields = ["id", "minutes", "booking", "at"]


def active_packs(_user: User) -> QuerySet[Pack]:
    """Packs that are for sale."""
    return Pack.objects.filter(is_active=True)


def customers(_user: User) -> QuerySet[User]:
    """People who can be given hours."""
    return User.objects.filter(is_active=True)


class HoursShape(Shape[HoursAccount]):
    """A pack that a customer has."""

    customer = RowField(customers)
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    pack = RowField(active_packs)
    pack_name = serializers.CharField(source="pack.name", read_only=True)
    resources = RowsField(resources_named_by, source="pack.resources", read_only=True)
    valid_until = DayField(allow_null=True, read_only=True)
    created_at = InstantField(read_only=True)

    class Meta:
        model = HoursAccount
        fields = [
            "id", "customer", "customer_name", "pack", "pack_name", "minutes_left", "valid_until", "resources",
            "created_at",
        ]  # fmt: skip
        read_only_fields = ["minutes_left"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The pack says all that there is to say."""
        return attrs

    def create(self, validated_data: dict[str, Any]) -> HoursAccount:
        """Give the customer the pack."""
        return issuing.grant(validated_data["pack"], validated_data["customer"])


class HoursDetail(HoursShape):
    """A customer's pack with its entries, the oldest first."""

    entries = HoursEntryShape(many=True, read_only=True)

    class Meta(HoursShape.Meta):
        fields = [*HoursShape.Meta.fields, "entries"]


def all_hours(_user: User) -> QuerySet[HoursAccount]:
    """Packs belong to no venue."""
    return HoursAccount.objects.all()


def with_packs(rows: QuerySet[HoursAccount]) -> QuerySet[HoursAccount]:
    """Accounts with customer and pack."""
    return rows.select_related("customer", "pack").prefetch_related("pack__resources")


def with_history(rows: QuerySet[HoursAccount]) -> QuerySet[HoursAccount]:
    """Accounts with what happened to them."""
    return with_packs(rows).prefetch_related("entries")


HOURS = Catalogue(
    tag="hours_accounts",
    shape=HoursShape,
    seen=all_hours,
    managed=all_hours,
    hung=with_packs,
    filters=("customer", "pack"),
)
ACCOUNT = Catalogue(tag="hours_accounts", shape=HoursDetail, seen=all_hours, managed=all_hours, hung=with_history)


@described(HOURS, "packs")
class HoursView(ListView):
    """`/admin/hours-accounts/`."""

    catalogue = HOURS


@described(ACCOUNT, "packs")
class AccountView(ReadView):
    """`/admin/hours-accounts/{id}/`. Minutes change by bookings only."""

    catalogue = ACCOUNT


class OwnHours(HoursShape):
    """Prepaid hours as their customer sees them."""

    class Meta(HoursShape.Meta):
        fields = ["id", "pack_name", "minutes_left", "valid_until", "resources", "created_at"]


class OwnHoursView(ApiView):
    """`/hours-accounts/`."""

    @extend_schema(operation_id="hours_accounts_list", parameters=PAGES, responses=OwnHours(many=True), tags=["packs"])
    def get(self, request: Request) -> Response:
        """The caller's own prepaid hours, used up ones included."""
        return page_of(self, request, with_packs(hours_of(caller(request))), OwnHours)
