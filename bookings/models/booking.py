"""A booking, and the time it takes."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateTimeRangeField, IntegerRangeField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.series import Series
from bookings.states import CancelReason, PaymentState, PaymentWay, PendingReason, State
from schemas.finding import words
from schemas.models import SchemaBound
from venues.models import CancellationPolicy, Closure, Product, Rate, Resource

NO_OVERLAP = "occupancy_no_overlap"
FOUND_BY = words("name", "email", "reference_code", phone="phone", code="reference_code")
"""What the desk finds a booking by: `schemas.finding.matching`."""


class Booking(SchemaBound):
    """One customer, one resource (and what is booked with it), one period, and everything as agreed.

    `start` and `end` are what the customer uses; buffers are in the occupancy. Money is minor units of
    `currency`, tax included: of `total_minor`, `credit_minor` was paid with gift credit and `paid_minor`
    otherwise; `deposit_minor` is due at once, the rest at `balance_due_at`, or on site (None). Price
    lines: `BookingLine`. `groups` and `policy` are those at the time of booking (None: the standard
    terms of `bookings.terms`). Of `paid_minor`, `refund_due_minor` is to be given back, and `refunding_minor` is
    on its way through Stripe, which has not taken it yet. `revision` counts changes of what was agreed.
    `cancel_from` is the start that the cancellation fee is counted to where it was moved when cancelling was no
    longer free. `language` is what the customer reads, empty for the tenant's own. `agent` names the app that
    made it in the partner dialect (`bookings.agents`), empty where none did.
    State and money are written by the acts of `bookings.lifecycle` and its neighbours only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference_code = models.CharField(max_length=16, unique=True)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="bookings")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    start = models.DateTimeField()
    end = models.DateTimeField()
    participants = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    notes = models.TextField(max_length=2000, blank=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    revision = models.PositiveIntegerField(default=0)

    customer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="bookings")
    holder = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=64, blank=True)
    groups = ArrayField(models.BigIntegerField(), default=list, blank=True)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8, blank=True)

    state = models.CharField(max_length=10, choices=State.choices)
    payment_state = models.CharField(max_length=20, choices=PaymentState.choices)
    pending_reason = models.CharField(max_length=10, choices=PendingReason.choices, blank=True)
    payment_way = models.CharField(max_length=8, choices=PaymentWay.choices, blank=True)
    hold_expires_at = models.DateTimeField(null=True, blank=True)

    price_per_unit_minor = models.PositiveIntegerField()
    pricing_unit = models.CharField(max_length=12, choices=Rate.Unit.choices)
    total_minor = models.PositiveBigIntegerField()
    tax_minor = models.PositiveBigIntegerField(default=0)
    deposit_minor = models.PositiveBigIntegerField(default=0)
    credit_minor = models.PositiveBigIntegerField(default=0)
    paid_minor = models.PositiveBigIntegerField(default=0)
    balance_due_at = models.DateTimeField(null=True, blank=True)
    policy = models.ForeignKey(
        CancellationPolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)

    confirmed_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    cancel_from = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=12, choices=CancelReason.choices, blank=True)
    cancel_notes = models.TextField(max_length=2000, blank=True)
    fee_minor = models.PositiveBigIntegerField(default=0)
    refund_due_minor = models.PositiveBigIntegerField(default=0)
    refunding_minor = models.PositiveBigIntegerField(default=0)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    no_show_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    seen: Collection[str] | None = None
    """Versions of which whoever changes it asks it to be one (`bookings.versions`); None asks for nothing."""

    class Meta:
        ordering = ["start", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="booking_ends_after_start"),
            models.CheckConstraint(condition=Q(participants__gte=1), name="booking_has_people"),
            models.CheckConstraint(
                condition=Q(credit_minor__lte=F("total_minor"), deposit_minor__lte=F("total_minor")),
                name="booking_money_adds_up",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            models.CheckConstraint(condition=Q(payment_state__in=PaymentState.values), name="booking_payment_known"),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(hold_expires_at__isnull=False), name="booking_hold_expires"
            ),
            models.CheckConstraint(
                condition=(Q(state="pending") & ~Q(pending_reason="")) | (~Q(state="pending") & Q(pending_reason="")),
                name="booking_pending_for_a_reason",
            ),
        ]
        indexes = [
            # Serves a customer's own list, upcoming and all.
            models.Index(fields=["customer", "start"], name="booking_customer_start"),
            # Serves the staff's list and day view.
            models.Index(fields=["start", "id"], name="booking_start"),
            # Serves the same by the day on which they were made.
            models.Index(fields=["created_at", "id"], name="booking_created"),
            # Serves what waits for the venue's answer, the oldest first, and how much that is.
            models.Index(fields=["created_at", "id"], condition=Q(state="pending"), name="booking_pending"),
            # Serves the list of what has money to be returned.
            models.Index(
                fields=["start", "id"],
                condition=Q(refund_due_minor__gt=0) | Q(refunding_minor__gt=0),
                name="booking_to_return",
            ),
            # Serves the desk's search.
            GinIndex(FOUND_BY, name="booking_found_by"),
            # Serves the list of guests, and the bookings of one of them.
            models.Index(Lower("email"), "start", condition=Q(customer=None) & ~Q(email=""), name="booking_of_guest"),
            # Serves the hold caps of browsers without an account (R39).
            models.Index(fields=["origin"], condition=Q(state="held"), name="booking_live_origin"),
            # Serves a partner's own list.
            models.Index(fields=["agent", "start"], condition=~Q(agent=""), name="booking_agent_start"),
            # Serves "your own hold" on the booking page.
            models.Index(fields=["holder"], condition=Q(state="held"), name="booking_live_holder"),
        ]

    def __str__(self) -> str:
        return self.reference_code

    @property
    def here_minor(self) -> int:
        """What was paid and is not on its way back."""
        return max(0, self.paid_minor - self.refunding_minor)

    @property
    def due_minor(self) -> int:
        """What is still to be paid of the price; never negative. What was paid too much is `refund_due_minor`."""
        return max(0, self.total_minor - self.credit_minor - self.here_minor)

    @property
    def overpaid_minor(self) -> int:
        """What was paid beyond the price: what a live booking has to give back."""
        return max(0, self.credit_minor + self.here_minor - self.total_minor)

    @property
    def returnable_minor(self) -> int:
        """What is to be given back: what was paid beyond the price, or of what was given up, beyond the fee."""
        if self.state not in {State.CANCELLED, State.NO_SHOW, State.EXPIRED}:
            return self.overpaid_minor
        return max(0, self.here_minor + self.credit_minor - self.fee_minor)

    @property
    def due_now_minor(self) -> int:
        """What is still to be paid for it to be confirmed: of the deposit where there is one, else of the price."""
        return max(0, (self.deposit_minor or self.total_minor) - self.credit_minor - self.here_minor)

    @property
    def fee_counts_to(self) -> datetime:
        """The start, or an earlier one that it was moved away from when that was no longer free."""
        return min(self.start, self.cancel_from or self.start)

    @property
    def owed_minor(self) -> int:
        """What the customer owes: what is due, or of a booking that was given up, what is left of the fee."""
        if self.state in {State.CANCELLED, State.NO_SHOW}:
            return max(0, self.fee_minor - self.credit_minor - self.here_minor)
        return 0 if self.state == State.EXPIRED else self.due_minor


class Occupancy(SchemaBound):
    """Time that is taken from one unit of one resource. No two rows of a unit overlap: PostgreSQL sees to it.

    A booking of a whole writes rows for the whole and each part. `during` is
    half-open and includes buffers. Closures and imported busy times live here
    too, so everybody races under the same constraint.
    """

    class Kind(models.TextChoices):
        """Whose time it is."""

        BOOKING = "booking", _("Booking")
        CLOSURE = "closure", _("Closure")
        EXTERNAL = "external", _("External calendar")

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="occupancies")
    unit = models.PositiveSmallIntegerField(default=0)
    during = DateTimeRangeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies")
    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies")
    busy = models.ForeignKey("BusyTime", on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies")

    class Meta:
        constraints = [
            # Ranges of one number instead of "=" need no extension (DESIGN.md 4). `during` comes
            # first so that the same index serves "what is taken in this window".
            ExclusionConstraint(
                name=NO_OVERLAP,
                index_type="gist",
                expressions=[
                    ("during", "&&"),
                    (
                        Func(
                            F("resource_id"),
                            F("resource_id"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        "&&",
                    ),
                    (
                        Func(F("unit"), F("unit"), Value("[]"), function="int4range", output_field=IntegerRangeField()),
                        "&&",
                    ),
                ],
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            # A NULL, empty or endless range would slip past the constraint above.
            models.CheckConstraint(
                condition=Q(
                    during__isempty=False,
                    during__lower_inf=False,
                    during__upper_inf=False,
                    during__lower_inc=True,
                    during__upper_inc=False,
                ),
                name="occupancy_half_open",
            ),
            models.CheckConstraint(
                condition=Q(kind="booking", booking__isnull=False, closure=None, busy=None)
                | Q(kind="closure", booking=None, closure__isnull=False, busy=None)
                | Q(kind="external", booking=None, closure=None, busy__isnull=False),
                name="occupancy_has_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id}/{self.unit} {self.during}"
