"""Sample data: a venue that is made up, to look around in, and gone without a trace when one has seen enough.

Customers never see it: it is not on offer, and PostgreSQL keeps it so. Its people have addresses at example.invalid, to
which nobody can write, and its bookings cost nothing: no letter, paper or payment comes of it. No event is written when
they are made, so nobody is told either. What staff do with them afterwards goes with them.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import SET_NULL, Exists, Model, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import claims, placing, premises
from bookings.access import MADE_UP
from bookings.models import Booking, BookingChange, BookingEvent, Consent, Look, Occupancy
from bookings.moves import CLOCK
from bookings.premises import Span
from bookings.references import new_reference
from bookings.states import PaymentState, State
from kernel.errors import Conflict
from kernel.periods import Period, first_instant
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, hosts
from tenants.models import DueWork, OutboxMessage, OutgoingMail, Tenant
from tenants.zones import zone
from venues.models import Rate, Resource, Venue

KIND = "sample_data"
DAYS_BEFORE, DAYS_AFTER = 7, 7
OPENS, CLOSES = 8, 22
SEED = 2025
CHANCE = 0.35
PEOPLE = (
    "Anna Berg", "Ben Costa", "Clara Dietz", "David Evers", "Eva Falk", "Felix Gruber", "Greta Holm", "Hugo Ivers",
    "Ida Jensen", "Jonas Keller", "Klara Lang", "Leo Moser", "Mia Noll", "Noah Orth", "Olivia Pohl", "Paul Quast",
)  # fmt: skip
HAS_BOOKINGS = Exists(Booking.objects.filter(resource=OuterRef("pk")))
Rows = dict[type[Model], set[Any]]


def begin() -> Venue:
    """Make the venue and its people, and have the bookings made soon. `Conflict("sample_exists")` where it is there."""

    def act() -> Venue:
        tenant = Tenant.objects.select_for_update().get(schema_name=current_schema())
        if Venue.objects.filter(is_sample=True).exists():
            raise Conflict("sample_exists", _("There are sample data already."))
        venue = Venue(
            name=_("Sample Sports Club"),
            slug=premises.free_slug("sample-sports-club", Venue.objects.all(), "sample"),
            notice=_("These are sample data."),
            time_zone=tenant.time_zone,
            currency=tenant.currency,
            is_active=False,
            is_sample=True,
            position=32_767,
        )
        venue.full_clean()
        premises.add_venue(venue)
        hours = [Span(weekday=number, opens=time(OPENS), closes=time(CLOSES)) for number in range(7)]
        premises.set_hours(venue, hours)
        # Not by `premises.add_resource`: the plan does not count them (`venues.counting`).
        court = _("Court")
        kinds = [(f"{court} {number}", Resource.Kind.COURT) for number in (1, 2, 3)]
        kinds.append((_("Club room"), Resource.Kind.ROOM))
        for number, (name, kind) in enumerate(kinds):
            resource = Resource(venue=venue, name=name, slug=f"sample-{number}", kind=kind, position=number, capacity=4)
            resource.full_clean()
            resource.save()
            Rate.objects.create(resource=resource, amount_minor=2000)
        User.objects.bulk_create(
            User(email=f"{name.lower().replace(' ', '.')}{MADE_UP}", name=name, password=make_password(None))
            for name in PEOPLE
        )
        Tenant.objects.filter(pk=tenant.pk).update(has_samples=True)
        due.schedule(KIND, venue.pk, database_now())
        return venue

    made = transact(act)
    hosts.forget()
    return made


@due.handles(KIND)
def fill(venue_id: str) -> None:
    """Make the bookings of a week back and a week ahead, one resource after the other, each in a transaction.

    What is there stays as it is; nothing happens where the venue is gone.
    """
    for resource in Resource.objects.filter(venue=int(venue_id), venue__is_sample=True).order_by("pk"):
        transact(partial(_fill, resource.pk))


def _fill(resource_id: int) -> None:
    # The row that removing locks as well: after that there is nothing to fill.
    venue = Venue.objects.select_for_update(of=("self",)).filter(resources=resource_id, is_sample=True).first()
    resource = Resource.objects.select_related("venue").filter(pk=resource_id).first()
    if venue is None or resource is None or Booking.objects.filter(resource=resource).exists():
        return
    now = database_now()
    today = now.astimezone(zone(venue.time_zone)).date()
    bookings = list(_invented(resource, today, now))
    placing.insert(bookings)
    Occupancy.objects.bulk_create(
        Occupancy(
            resource_id=booking.resource_id,
            during=claims.range_of(Period(booking.start, booking.end)),
            kind=Occupancy.Kind.BOOKING,
            booking=booking,
        )
        for booking in bookings
    )
    live = [booking for booking in bookings if booking.state == State.CONFIRMED]
    due.schedule_all(CLOCK, [(booking.pk, booking.end) for booking in live])


def _invented(resource: Resource, today: date, now: datetime) -> Iterable[Booking]:
    rng = Random(SEED + resource.position)  # noqa: S311 - nothing secret
    people = list(User.objects.filter(email__endswith=MADE_UP).order_by("pk"))
    near = timedelta(days=max(DAYS_BEFORE, DAYS_AFTER) + 2)
    known = Booking.objects.filter(start__gt=now - near, start__lt=now + near)
    codes = set(known.values_list("reference_code", flat=True))  # not all: who was moved far away kept the code
    here = zone(resource.venue.time_zone)
    for number in range(-DAYS_BEFORE, DAYS_AFTER + 1):
        day, hour = today + timedelta(days=number), OPENS
        while hour < CLOSES - 1:
            start = first_instant(datetime.combine(day, time(hour)), here)
            end = first_instant(datetime.combine(day, time(hour + 1)), here)
            hour += 1
            if start < end and rng.random() < CHANCE:
                yield _booking(resource, rng.choice(people), Period(start, end), now, _code(day, codes))


def _code(day: date, codes: set[str]) -> str:
    while (found := new_reference(day)) in codes:
        pass
    codes.add(found)
    return found


def _booking(resource: Resource, person: User, period: Period, now: datetime, code: str) -> Booking:
    is_over = period.end <= now
    made = min(now, period.start) - timedelta(days=2)
    return Booking(
        reference_code=code,
        resource=resource,
        start=period.start,
        end=period.end,
        participants=2,
        customer=person,
        name=person.name,
        email=person.email,
        state=State.COMPLETED if is_over else State.CONFIRMED,
        payment_state=PaymentState.NOT_REQUIRED,
        price_per_unit_minor=0,
        pricing_unit=Rate.Unit.HOUR,
        total_minor=0,
        currency=resource.venue.currency,
        time_zone=resource.venue.time_zone,
        confirmed_at=made,
        created_at=made,
        updated_at=made,
    )


def venue_of_samples() -> Venue | None:
    """It, if there is one."""
    return Venue.objects.filter(is_sample=True).first()


def is_filling(venue: Venue) -> bool:
    """Whether its bookings are still being made."""
    return DueWork.objects.filter(
        schema_name=current_schema(), kind=KIND, object_id=str(venue.pk), is_dead=False
    ).exists()


def percent_filled(venue: Venue) -> int:
    """How far that is, by resources."""
    filled = [bool(each.filled) for each in Resource.objects.filter(venue=venue).annotate(filled=HAS_BOOKINGS)]
    return 100 * sum(filled) // len(filled) if filled else 100


def counted(venue: Venue) -> dict[str, int]:
    """What goes when the samples go."""
    return {
        "bookings": Booking.objects.filter(resource__venue=venue).count(),
        "customers": User.objects.filter(email__endswith=MADE_UP).count(),
        "resources": Resource.objects.filter(venue=venue).count(),
    }


def remove() -> None:
    """Take all of it away, in one transaction: rows, what staff did with them, due work, messages, letters.

    The record keeps that there was a sample venue. What is real keeps all but links to people who are made up.
    """

    def act() -> None:
        Tenant.objects.select_for_update().get(schema_name=current_schema())
        venues = list(Venue.objects.select_for_update().filter(is_sample=True).values_list("pk", flat=True))
        rows: Rows = {}
        order: list[tuple[type[Model], set[Any]]] = []
        list(Booking.objects.select_for_update().filter(resource__venue__in=venues).values_list("pk"))
        _gather(Venue, set(venues), rows, order)
        people = set(User.objects.filter(email__endswith=MADE_UP).values_list("pk", flat=True))
        _gather(User, people, rows, order)
        Look.objects.filter(Q(account_id__in=people) | Q(email__endswith=MADE_UP)).delete()
        _forget_public(rows, venues)
        # These are let go only while their booking is there to say whose they are.
        BookingChange.objects.filter(pk__in=rows.get(BookingChange, ())).delete()
        Consent.objects.filter(pk__in=rows.get(Consent, ())).delete()
        BookingEvent.objects.filter(pk__in=rows.get(BookingEvent, ()))._raw_delete(using="default")
        for model, pks in order:
            model._base_manager.filter(pk__in=pks)._raw_delete(using="default")
        Tenant.objects.filter(schema_name=current_schema()).update(has_samples=False)

    transact(act)
    hosts.forget()


def _gather(model: type[Model], pks: set[Any], rows: Rows, order: list[tuple[type[Model], set[Any]]]) -> None:
    """Find everything that cannot be without these rows, the innermost first; what can be lets go of them."""
    new = pks - rows.setdefault(model, set())
    if not new:
        return
    rows[model] |= new
    for field in model._meta.get_fields(include_hidden=True):
        if not (field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one)):
            continue
        other: Any = field.related_model
        known = rows.get(other, set())
        theirs = other._base_manager.filter(**{f"{field.field.name}__in": new}).exclude(pk__in=known)  # type: ignore[union-attr]
        if field.on_delete is SET_NULL:  # type: ignore[union-attr]
            theirs.update(**{field.field.name: None})  # type: ignore[union-attr]
        else:
            _gather(other, set(theirs.values_list("pk", flat=True)), rows, order)
    order.append((model, new))


def _forget_public(rows: Rows, venues: list[int]) -> None:
    schema = current_schema()
    bookings = [str(pk) for pk in rows.get(Booking, ())]
    DueWork.objects.filter(schema_name=schema, object_id__in=bookings).delete()
    DueWork.objects.filter(schema_name=schema, kind=KIND, object_id__in=[str(pk) for pk in venues]).delete()
    keys = [f"booking:{pk}" for pk in bookings]
    OutboxMessage.objects.filter(schema_name=schema, order_key__in=keys).delete()
    letters = OutgoingMail.objects.filter(schema_name=schema, to__endswith=MADE_UP)
    ids = [str(pk) for pk in letters.values_list("pk", flat=True)]
    DueWork.objects.filter(schema_name=schema, kind="mail", object_id__in=ids).delete()
    letters.delete()
