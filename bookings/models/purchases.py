"""What customers buy ahead of any booking: packs of hours, and memberships for a time."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound
from venues.models import MembershipPlan, Pack


class Purchase(SchemaBound):
    """A pack or a membership that somebody buys, with its terms as they were agreed; amounts in minor units.

    Exactly one of `pack` and `plan` is set. `minutes` are a pack's, `days` how long it is good (None: without end).
    `paid_minor` is what came and was not returned; payments online bear the purchase's id where others bear a
    booking's. `first_day` to `last_day` (inclusive) are the days that a membership was bought for, `had_from` and
    `had_until` what the member had before (None: nothing). `sold_by` is who sold it at the desk.
    """

    class State(models.TextChoices):
        """`open` waits for its money; `dropped` is not to be paid any more; `returned` was taken back."""

        OPEN = "open", _("Not paid")
        PAID = "paid", _("Paid")
        RETURNED = "returned", _("Taken back")
        DROPPED = "dropped", _("Not bought")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="purchases")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="purchases", null=True, blank=True)
    plan = models.ForeignKey(MembershipPlan, on_delete=models.PROTECT, related_name="purchases", null=True, blank=True)
    name = models.CharField(max_length=120)
    minutes = models.PositiveIntegerField(default=0)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    vat = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    paid_minor = models.PositiveBigIntegerField(default=0)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    had_from = models.DateField(null=True, blank=True)
    had_until = models.DateField(null=True, blank=True)
    sold_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pack=None, plan__isnull=False) | Q(pack__isnull=False, plan=None),
                name="purchase_of_pack_or_plan",
            ),
            models.CheckConstraint(condition=Q(paid_minor__lte=F("price_minor")), name="purchase_paid_once"),
            # Two tabs buy the same thing: one purchase, and so one open attempt to pay.
            models.UniqueConstraint(fields=["customer", "pack"], condition=Q(state="open"), name="purchase_open_pack"),
            models.UniqueConstraint(fields=["customer", "plan"], condition=Q(state="open"), name="purchase_open_plan"),
        ]
        indexes = [
            # Serves the desk's list.
            models.Index(fields=["-created_at", "id"], name="purchase_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_owed(self) -> bool:
        """Whether it was taken back and some of its money is still here."""
        return self.state == self.State.RETURNED and bool(self.paid_minor)
