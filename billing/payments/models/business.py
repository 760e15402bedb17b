"""Who sells, as documents name them. One row per tenant, or none yet."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound

LONGEST_CREDIT_DAYS = 365


class BusinessDetails(SchemaBound):
    """The tenant as a business: `legal_name`, `address` in lines, `vat_id` or `tax_number`.

    `bank_account` is printed on invoices, `foot` at the bottom of every page, `tax_note` where no VAT is shown
    (the reason, such as a small business). Invoices are due `invoice_due_days` after their day.
    """

    legal_name = models.CharField(max_length=120, blank=True)
    address = models.TextField(max_length=400, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    tax_number = models.CharField(max_length=30, blank=True)
    bank_account = models.CharField(max_length=200, blank=True)
    foot = models.TextField(max_length=400, blank=True)
    tax_note = models.CharField(max_length=200, blank=True)
    invoice_due_days = models.PositiveSmallIntegerField(default=14, validators=[MaxValueValidator(LONGEST_CREDIT_DAYS)])
    language = models.CharField(max_length=8, default=settings.LANGUAGE_CODE)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="business_once")]

    def __str__(self) -> str:
        return self.legal_name


class BookkeepingSettings(SchemaBound):
    """How the books of the tenant's adviser are addressed: DATEV's numbers, and which chart of accounts is meant.

    Accounts that differ from the chart are rows of `LedgerAccount`.
    """

    class Chart(models.TextChoices):
        """DATEV's standard charts of accounts."""

        SKR03 = "skr03", "SKR03"
        SKR04 = "skr04", "SKR04"

    chart = models.CharField(max_length=5, choices=Chart.choices, default=Chart.SKR03)
    adviser_number = models.PositiveIntegerField(
        default=1001, validators=[MinValueValidator(1001), MaxValueValidator(9_999_999)]
    )
    client_number = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(99_999)])
    account_length = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(4), MaxValueValidator(8)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="bookkeeping_once"),
            models.CheckConstraint(condition=models.Q(chart__in=["skr03", "skr04"]), name="bookkeeping_chart_known"),
        ]

    def __str__(self) -> str:
        return self.chart


class LedgerAccount(SchemaBound):
    """The account of the tenant's books that something is booked on, where it is not the chart's own.

    `tax_rate` (basis points) is said for revenue alone.
    """

    class Purpose(models.TextChoices):
        """What is booked on it."""

        REVENUE = "revenue", _("Revenue")
        ONLINE = "online", _("Money at Stripe")
        CASH = "cash", _("Cash")
        CARD = "card", _("Cards at the desk")
        BANK = "bank", _("Bank")
        RECEIVABLE = "receivable", _("Invoices that are not paid")
        GIFT_CREDIT = "gift_credit", _("Gift credit")
        OTHER = "other", _("Other")
        STRIPE_FEES = "stripe_fees", _("Stripe's fees")
        PLATFORM_FEES = "platform_fees", _("Platform fees")
        DISPUTES = "disputes", _("Disputes")

    purpose = models.CharField(max_length=13, choices=Purpose.choices)
    tax_rate = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(10_000)])
    number = models.CharField(max_length=9, validators=[RegexValidator(r"\A[0-9]{3,9}\Z", _("Write digits only."))])

    class Meta:
        ordering = ["purpose", "tax_rate"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "tax_rate"], name="ledger_account_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(purpose="revenue", tax_rate__isnull=False)
                | ~models.Q(purpose="revenue") & models.Q(tax_rate=None),
                name="ledger_account_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"
