"""From the diary to rows: bookings, their time, their record and the work that is due for them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import transaction

from accounts.models import Role, User
from bookings import availability, claims, placing
from bookings.baskets import Basket
from bookings.facts import Window
from bookings.models import Booking, BookingEvent, BookingLine, Occupancy
from bookings.moves import CLOCK
from bookings.prices import Price, priced
from bookings.references import ALPHABET, LENGTH
from bookings.states import LIVE, CancelReason, PaymentState, PendingReason, State
from operators.demo.diary import Channel, Entry, Setting, invent
from operators.demo.history import Step, Who, history
from operators.demo.plans import TenantPlan
from schemas.current import current_schema
from tenants.models import DueWork
from tenants.zones import zone
from venues.models import Product, Resource
from venues.pricelists import sign_price

DAYS_BACK, DAYS_AHEAD = 60, 45
BATCH = 500
NOTES = (
    "Could we have the net a little lower, please?",
    "One of us uses a wheelchair.",
    "We may be ten minutes late.",
    "Birthday, so there will be cake.",
    "Please put the heating on beforehand.",
)


def fill(plan: TenantPlan, now: datetime, rng: Random, report: Callable[[float], None]) -> int:
    """Write the bookings around `now` in one transaction and return how many; `report` hears of parts of 1."""
    today = now.astimezone(zone(plan.time_zone)).date()
    setting = _setting(plan, today, now)
    entries = invent(setting, rng)
    report(0.3)
    writer = _Writer(plan, now, rng, User.objects.get(role=Role.FRONT_DESK).pk)
    with transaction.atomic():
        for first in range(0, len(entries), BATCH):
            writer.write(entries[first : first + BATCH])
            report(0.3 + 0.7 * first / len(entries))
    return len(entries)


def _setting(plan: TenantPlan, today: date, now: datetime) -> Setting:
    window = Window(today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD))
    ids = list(Resource.objects.values_list("pk", flat=True))
    return Setting(
        plan=plan,
        facts=availability.read(ids, window, now),
        products=tuple(Product.objects.prefetch_related("resources")),
        people=tuple(User.objects.filter(role=Role.CUSTOMER).order_by("pk")),
        today=today,
    )


@dataclass
class _Writer:
    plan: TenantPlan
    now: datetime
    rng: Random
    desk: int

    def __post_init__(self) -> None:
        self.codes: set[str] = set()
        self.plans = self.plan.resources

    def write(self, entries: Sequence[Entry]) -> None:
        told = [(entry, self._history(entry)) for entry in entries]
        bookings = [self._booking(entry, steps) for entry, steps in told]
        Booking.objects.bulk_create(bookings)
        rows = [row for booking, (entry, _) in zip(bookings, told, strict=True) for row in _time_of(booking, entry)]
        Occupancy.objects.bulk_create(rows)
        priced_lines = ((booking, self._price(entry).lines) for booking, (entry, _) in zip(bookings, told, strict=True))
        BookingLine.objects.bulk_create(
            row for booking, agreed in priced_lines for row in placing.lines(booking, agreed)
        )
        records = [
            event for booking, (_, steps) in zip(bookings, told, strict=True) for event in self._events(booking, steps)
        ]
        BookingEvent.objects.bulk_create(records)
        DueWork.objects.bulk_create(_due(booking) for booking in bookings if booking.state in LIVE)

    def _history(self, entry: Entry) -> list[Step]:
        return history(entry, self.plans[entry.resource.slug].crowd, self.now, self.rng)

    def _booking(self, entry: Entry, steps: Sequence[Step]) -> Booking:
        resource, state = entry.resource, steps[-1].state
        price = self._price(entry)
        total, base = price.total_minor, sign_price(resource)
        reached = {step.state: step for step in steps}
        return Booking(
            id=UUID(int=self.rng.getrandbits(128), version=4),
            reference_code=self._code(entry),
            resource=resource,
            product_id=entry.product_id,
            start=entry.period.start,
            end=entry.period.end,
            participants=entry.participants,
            notes=self.rng.choice(NOTES) if self.rng.random() < 0.05 else "",  # noqa: PLR2004
            customer=entry.person if entry.channel is Channel.ACCOUNT else None,
            name=entry.person.name,
            email=entry.person.email,
            phone=entry.person.phone,
            state=state,
            payment_state=PaymentState.UNPAID if total else PaymentState.NOT_REQUIRED,
            pending_reason=PendingReason.APPROVAL if state == State.PENDING else "",
            price_per_unit_minor=base.amount_minor,
            pricing_unit=base.unit,
            total_minor=total,
            tax_minor=price.tax_minor,
            currency=self.plan.currency,
            time_zone=self.plan.time_zone,
            confirmed_at=reached[State.CONFIRMED].at if State.CONFIRMED in reached else None,
            cancelled_at=reached[State.CANCELLED].at if State.CANCELLED in reached else None,
            cancel_reason=CancelReason(reached[State.CANCELLED].why) if State.CANCELLED in reached else "",
            created_at=steps[0].at,
            updated_at=steps[-1].at,
        )

    def _price(self, entry: Entry) -> Price:
        basket = Basket((entry.resource,), entry.period, zone(self.plan.time_zone), entry.participants)
        return priced(basket)

    def _code(self, entry: Entry) -> str:
        day = entry.period.start.astimezone(zone(self.plan.time_zone)).date()
        while True:
            code = f"BK-{day:%y%m%d}-" + "".join(self.rng.choices(ALPHABET, k=LENGTH))
            if code not in self.codes:
                self.codes.add(code)
                return code

    def _events(self, booking: Booking, steps: Sequence[Step]) -> Iterator[BookingEvent]:
        before = ""
        actors = {Who.CUSTOMER: booking.customer_id, Who.STAFF: self.desk}
        for step in steps:
            yield BookingEvent(
                booking=booking,
                at=step.at,
                actor_kind=step.by,
                actor_id=actors.get(step.by),
                from_state=before,
                to_state=step.state,
                why=step.why,
            )
            before = step.state


def _time_of(booking: Booking, entry: Entry) -> Iterator[Occupancy]:
    if booking.state == State.CANCELLED:
        return
    for claim in entry.claims:
        yield Occupancy(
            resource_id=claim,
            unit=entry.unit,
            during=claims.range_of(entry.during),
            kind=Occupancy.Kind.BOOKING,
            booking=booking,
        )


def _due(booking: Booking) -> DueWork:
    """As `lifecycle` schedules it: a pending booking ends at its start, a confirmed one at its end."""
    due_at = booking.start if booking.state == State.PENDING else booking.end
    return DueWork(schema_name=current_schema(), kind=CLOCK, object_id=str(booking.pk), due_at=due_at)
