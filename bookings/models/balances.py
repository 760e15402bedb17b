"""What was paid in other ways than online: vouchers used, gift credit, prepaid hours, money taken on site.

Balances are columns that cannot go below zero, changed under the row's lock together with an entry.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.booking import Booking
from bookings.models.purchases import Purchase
from schemas.models import SchemaBound
from venues.models import Pack, Voucher
from venues.models.discounts import code_characters


class VoucherUse(SchemaBound):
    """A booking uses a voucher. It counts as long as the booking does: `bookings.vouchers`."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="uses")
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="voucher_use")
    customer = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    email = models.EmailField(blank=True)
    amount_minor = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.voucher_id} for {self.booking_id}"


class GiftCredit(SchemaBound):
    """Money that was paid beforehand, on a code: a means of payment, not a discount.

    `customer` is to whom the team gave it; whoever has the code may use it all the same.
    """

    customer = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="credits", null=True, blank=True)
    code = models.CharField(max_length=32, unique=True, validators=[code_characters])
    currency = models.CharField(max_length=3)
    balance_minor = models.PositiveBigIntegerField()
    valid_until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return self.code


class CreditEntry(SchemaBound):
    """A change of a gift credit's balance: issued or given back (positive), used (negative)."""

    credit = models.ForeignKey(GiftCredit, on_delete=models.PROTECT, related_name="entries")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="credit_entries", null=True, blank=True)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["credit", "pk"]

    def __str__(self) -> str:
        return str(self.amount_minor)


class HoursAccount(SchemaBound):
    """A pack that a customer has: minutes that are paid already. Without a `purchase` staff have given it."""

    customer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="hours")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="sold")
    purchase = models.OneToOneField(Purchase, on_delete=models.PROTECT, related_name="account", null=True, blank=True)
    minutes_left = models.PositiveIntegerField()
    valid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["customer", "pk"]

    def __str__(self) -> str:
        return f"{self.pack_id} of {self.customer_id}"


class HoursEntry(SchemaBound):
    """A change of an account's minutes: bought or given back (positive), used or taken back (negative)."""

    account = models.ForeignKey(HoursAccount, on_delete=models.PROTECT, related_name="entries")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="hours_entries", null=True, blank=True)
    minutes = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["account", "pk"]

    def __str__(self) -> str:
        return str(self.minutes)


class OnSitePayment(SchemaBound):
    """Money that the venue took (positive) or gave back (negative) at the desk. Append-only by convention.

    For a booking, or for a purchase of a pack or a membership.
    """

    class Way(models.TextChoices):
        """How it was paid."""

        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Bank transfer")
        INVOICE = "invoice", _("Invoice")
        OTHER = "other", _("Other")

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="on_site_payments", null=True, blank=True
    )
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="on_site_payments", null=True, blank=True
    )
    amount_minor = models.BigIntegerField()
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.CASH)
    taken_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["booking", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="on_site_payment_of_something"),
            models.CheckConstraint(
                condition=Q(booking=None, purchase__isnull=False) | Q(booking__isnull=False, purchase=None),
                name="on_site_payment_for_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount_minor)
