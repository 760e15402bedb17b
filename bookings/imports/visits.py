"""Rows that are bookings to come: made as staff make them, under all locks; what is taken stays taken."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings import lifecycle, plans
from bookings.facts import Reason
from bookings.imports.people import check_lengths, email_of
from bookings.imports.rows import Found, Run, Trade
from bookings.imports.times import in_the_past
from bookings.imports.values import Cells, amount, number, period, wrong, zone_of
from bookings.lifecycle import OnBehalf, Taking
from bookings.models import Booking, OnSitePayment, Series
from bookings.plans import STAFF_MAY_OVERRULE, Plan, Terms
from bookings.records import IMPORTED
from bookings.requests import Contact, HoldRequest, Payment
from kernel.errors import Invalid, Refused
from kernel.periods import Period
from venues.models import Resource

LONGEST_NOTES = 2000


def _place(run: Run, cells: Cells) -> Resource:
    return run.places.resource(cells.get("resource", ""), cells.get("venue", ""))


def _wish(run: Run, cells: Cells) -> HoldRequest:
    resource = _place(run, cells)
    if len(cells.get("notes", "")) > LONGEST_NOTES:
        raise wrong("notes")
    price = "price" if "price" in cells else "total_price"
    return wish(
        run,
        resource,
        period(cells, zone_of(resource.venue)),
        contact_of(cells),
        participants=number(cells, "participant_count") or 1,
        payment=Payment(agreed_minor=amount(cells, price, resource.venue.currency)),
        notes=cells.get("notes", ""),
    )


def contact_of(cells: Cells) -> Contact:
    """Who comes; `Invalid` without a name, or for an address that is none."""
    check_lengths(cells)
    if "name" not in cells:
        raise wrong("name")
    email = email_of(cells) if "email" in cells else ""
    return Contact(cells["name"], email, cells.get("phone", ""))


def wish(run: Run, resource: Resource, span: Period, contact: Contact, **more: Any) -> HoldRequest:
    """What is to be booked; whose account the address is of sees it among their own."""
    if span.start <= run.now:
        raise in_the_past()
    customers = User.objects.filter(role=Role.CUSTOMER, is_active=True)
    return HoldRequest(
        period=span,
        resource_id=resource.pk,
        customer=customers.filter(email=contact.email).first() if contact.email else None,
        contact=contact,
        answers=None,
        **more,
    )


def overruled(run: Run) -> frozenset[Reason]:
    """The rules that this import sets aside."""
    return frozenset(Reason(code) for code in run.source.overrules) & STAFF_MAY_OVERRULE


def attempt(run: Run, request: HoldRequest) -> Found:
    """What booking it would meet now, and among the earlier rows of the file. Locks nothing, so nobody waits."""
    plan = plans.plan(request, Terms(run.now, overrules=overruled(run)))
    for claim in plan.claims:
        during = claim.facts.with_buffers(plan.request.period)
        before = max(run.earlier.at_once(pk, during) for pk in claim.facts.claims)
        if before and claim.facts.units_free(during) - before < claim.units:
            raise Refused("conflicts_in_file", _("An earlier row of this file takes this time."))
    return Found(takes=_takes(plan))


def _takes(plan: Plan) -> list[Any]:
    return [
        [pk, claim.units, during.start.isoformat(), during.end.isoformat()]
        for claim in plan.claims
        for during in [claim.facts.with_buffers(plan.request.period)]
        for pk in claim.facts.claims
    ]


def make(run: Run, request: HoldRequest, series: Series | None = None) -> Booking:
    """Book it, as staff do. Nobody is told unless the import says so."""
    why = lifecycle.USUALLY.why if run.source.notifies else IMPORTED
    return lifecycle.book_for(request, run.actor, overruled(run), OnBehalf(series, why))


def _make(run: Run, cells: Cells) -> str:
    request, resource = _wish(run, cells), _place(run, cells)
    paid, way = _paid(cells, resource)
    booking = make(run, request)
    if paid:
        why = "" if run.source.notifies else IMPORTED
        lifecycle.pay_on_site(booking, Taking(paid, way, why=why), run.actor)
    return str(booking.pk)


def _paid(cells: Cells, resource: Resource) -> tuple[int, OnSitePayment.Way]:
    way = cells.get("paid_way", OnSitePayment.Way.OTHER.value).lower()
    if way not in OnSitePayment.Way.values:
        raise wrong("paid_way")
    return amount(cells, "paid", resource.venue.currency) or 0, OnSitePayment.Way(way)


def _attempt(run: Run, cells: Cells) -> Found:
    request, resource = _wish(run, cells), _place(run, cells)
    paid, _way = _paid(cells, resource)
    agreed = request.payment.agreed_minor
    if agreed is not None and paid > agreed:
        raise Invalid("amount_too_high", _("That is more than is due."))
    return attempt(run, request)


def is_there(made: str) -> bool:
    """Whether there is such a booking; one that was cancelled since is not made again."""
    return Booking.objects.filter(pk=made).exists()


TRADE = Trade(_attempt, _make, is_there)
