"""Receipts, invoices and credit notes, as they were issued. Append-only; numbers have no gaps."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.payments.models.payments import Payment, Refund
from schemas.models import SchemaBound


class DocumentCounter(SchemaBound):
    """The last number of a series, locked while the next one is given out."""

    series = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}{self.last}"


class Document(SchemaBound):
    """A receipt, an invoice or a credit note. Amounts are minor units; a credit note's are negative.

    What a later change of the venue, the customer or the law must not alter is kept here as text. `about`: what
    was booked, and when. `pay_to`: the bank account for an invoice. `foot`: what stands at the bottom of the page.
    `is_of_purchase`: of a pack or a membership, which then is what `booking_id` and `booking_reference` name.
    `on_site_id` is the booking's on-site payment, where money changed hands at the venue; `paid_by` says by what
    means, empty for money that came online and for what is not paid yet.
    """

    class Kind(models.TextChoices):
        """A receipt says that money came, an invoice what is owed, a credit note takes some of it back."""

        RECEIPT = "receipt", _("Receipt")
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    class Means(models.TextChoices):
        """By what means it was paid, or given back, other than online: the till's ways and gift credit."""

        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Bank transfer")
        INVOICE = "invoice", _("Invoice")
        OTHER = "other", _("Other")
        GIFT_CREDIT = "gift_credit", _("Gift credit")

    kind = models.CharField(max_length=11, choices=Kind.choices)
    number = models.CharField(max_length=40, unique=True)
    booking_id = models.UUIDField()
    booking_reference = models.CharField(max_length=16)
    is_of_purchase = models.BooleanField(default=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    on_site_id = models.BigIntegerField(null=True, blank=True)
    paid_by = models.CharField(max_length=11, choices=Means.choices, blank=True)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    issued_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    seller = models.TextField()
    seller_vat_id = models.CharField(max_length=20, blank=True)
    buyer = models.TextField()
    buyer_vat_id = models.CharField(max_length=20, blank=True)
    buyer_email = models.EmailField(blank=True)
    due_on = models.DateField(null=True, blank=True)
    pay_to = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=300, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    foot = models.TextField(blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            # One paper per payment and per refund, whoever asks how often.
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="receipt", payment__isnull=False), name="receipt_once"
            ),
            models.UniqueConstraint(
                fields=["refund"], condition=Q(kind="credit_note", refund__isnull=False), name="credit_note_once"
            ),
            models.UniqueConstraint(
                fields=["on_site_id"], condition=Q(kind="receipt", on_site_id__isnull=False), name="desk_receipt_once"
            ),
            # What is given back at once may have been taken in several parts.
            models.UniqueConstraint(
                fields=["on_site_id", "corrects"],
                condition=Q(kind="credit_note", on_site_id__isnull=False),
                name="desk_credit_note_once",
            ),
        ]
        indexes = [
            # Serves a booking's papers.
            models.Index(fields=["booking_id"], name="document_booking"),
            # Serves the staff's list.
            models.Index(fields=["-issued_at", "-id"], name="document_newest"),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(SchemaBound):
    """One line: gross amount, and the VAT in it at `tax_rate` basis points."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=300)
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="document_line_once")]

    def __str__(self) -> str:
        return self.label
