"""Who sells, as documents name them. One row per tenant, or none yet."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

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
