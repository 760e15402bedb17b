"""One booking as the staff see it: where it stands, its money and story, and everything that can be done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.gateway.connect import DASHBOARD
from billing.payments.models import Dispute, Payment
from bookings import cancelling, conversation, customers, keeping, looks, papers
from bookings.agents import client_of
from bookings.calendars import pushing
from bookings.cancelling import Cancellation, Preview
from bookings.customers import Whom
from bookings.models import Booking, CustomerFile
from bookings.notices import again
from bookings.records import Actor
from bookings.states import LIVE, State
from bookings.views.owing import refunds_of
from bookings.views.own import shown
from desk.booking import found, story
from desk.booking.forms import AnswerForm, KeepForm, NoteForm
from desk.callers import staff
from desk.today.rows import row_of
from desk.today.till import till_of
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import venues_run_by
from venues.models import CustomerGroup


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment online, with its page at Stripe and what a bank disputes of it."""

    payment: Payment
    address: str
    disputes: list[Dispute]


@staff_only
@require_safe
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A booking of a venue that somebody looks after, in whatever state; what codes in lists and letters lead to."""
    one = found.seen(request.user, booking_id)
    looks.at_booking(request.user, one)
    runs = venues_run_by(request.user).filter(pk=one.resource.venue_id).exists()
    actor, now = Actor.of(staff(request)), database_now()
    row = row_of(one, now, actor, runs)
    lines = story.story(one)
    wanted = request.GET.get("show", "")
    context = {
        **shown(one, now),
        **_who(one),
        **_money(one),
        **_told(one),
        "row": row,
        "runs": runs,
        "app": client_of(one.agent) if one.agent else None,
        "day": one.start.astimezone(zone(one.time_zone)).date(),
        "copies": pushing.copies_of(one),
        "till": till_of(one, now) if runs else None,
        "may_refund": runs and one.paid_minor > 0,
        "may_change": runs and row.state in LIVE and now < one.end,
        "may_hold": runs and row.state == State.HELD,
        "may_resend": runs and again.kind_of(one) is not None,
        "costs": _costs(one, actor, now),
        "story": [line for line in lines if wanted in {"", line.kind}],
        "kinds": story.kinds(),
        "show": wanted,
        "made": story.made_by(lines),
        "note_form": NoteForm(),
        "keep_form": KeepForm(),
        "here": request.path,
        "participants": list(one.people.all()),
        "extras": [(extra.product.name, extra.quantity) for extra in one.extras.select_related("product")],
        "further": list(one.further.select_related("resource")),
        "answers": list(one.answers.select_related("field")),
    }
    return render(request, "desk/booking/booking.html", context)


def _who(one: Booking) -> dict[str, Any]:
    """Who has booked, in which groups, and whether they may again."""
    email = one.customer.email if one.customer else one.email.lower()
    known = customers.file_of(Whom(email, one.customer)) if email else None
    return {
        "customer": one.customer,
        "file": known or CustomerFile(),
        "groups": list(CustomerGroup.objects.filter(pk__in=one.groups).order_by("name")) if one.groups else [],
    }


def _money(one: Booking) -> dict[str, Any]:
    payments = Payment.objects.filter(booking_id=one.pk).exclude(state=Payment.State.CREATED)
    rows = payments.prefetch_related("disputes").order_by("created_at", "pk")
    return {
        "payments": [Paid(row, _at_stripe(row), list(row.disputes.all())) for row in rows],
        "papers": list(papers.papers_of(one)),
        "returns": refunds_of(one),
        "noted": list(one.on_site_payments.select_related("taken_by")),
    }


def _at_stripe(payment: Payment) -> str:
    """The page of a payment in the dashboard of the account that has it; empty where Stripe does not know it yet."""
    if not payment.intent_id:
        return ""
    where = f"{payment.account_id}/" if payment.charge_type == Payment.ChargeType.DIRECT else ""
    return f"{DASHBOARD}{where}{'' if payment.is_live else 'test/'}payments/{payment.intent_id}"


def _told(one: Booking) -> dict[str, Any]:
    said = list(conversation.thread(one))
    waits = [word for word in said if word.side == conversation.Side.CUSTOMER and word.answered_at is None]
    return {
        "said": said,
        "waits": len(waits),
        "answer_form": AnswerForm(initial={"after": said[-1].pk if said else 0}),
        "files": list(keeping.files_of(one)),
    }


def _costs(one: Booking, actor: Actor, now: datetime) -> Preview | None:
    """What the customer would pay for cancelling now; None where nobody can cancel any more."""
    if not cancelling.can_cancel(one, actor, now):
        return None
    return cancelling.foretold(one, actor, Cancellation(), now)
