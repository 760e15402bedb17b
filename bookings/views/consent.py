"""Changes and cancellations by customers: what one does is shown first, and it is done only as it was shown."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments.models import Payment
from bookings import changes
from bookings.agreed import Change
from bookings.changes import Preview
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import PaymentWay, State
from bookings.views.owing import payable_now
from bookings.views.statement import terms_in_words
from bookings.views.words import state_at
from kernel.errors import Conflict
from rest.fields import SMALLINT_MAX, whole
from schemas.transactions import transact
from tenants import speech

CHANGEABLE = frozenset({State.HELD, State.PENDING, State.CONFIRMED})
MOST_REVISION = 2**31 - 1


def actor_of(request: HttpRequest, booking: Booking) -> Actor:
    """Whoever comes by the link is the customer, whoever they work for; staff act at the desk."""
    user = request.user
    is_theirs = isinstance(user, User) and user.pk == booking.customer_id
    return Actor.customer(user) if is_theirs and isinstance(user, User) else Actor.of(None)


def can_change(booking: Booking, now: datetime) -> bool:
    """Whether its customer may still change it: a live booking that has not begun."""
    return state_at(booking, now) in CHANGEABLE and now < booking.start


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the new price: what, and how much in words."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back in words, by the way it goes; empty where nothing does."""

    whole: str = ""
    online: str = ""
    there: str = ""


@dataclass(frozen=True)
class Told:
    """What a change would do, in words; empty where there is nothing to say. `figures` are what is agreed to."""

    after: Booking
    figures: str
    rows: list[Row]
    old_total: str
    new_total: str
    dearer: str
    cheaper: str
    pay_online: str
    pay_there: str
    back: Back
    credit_taken: str
    credit_back: str
    terms: str
    needs_approval: bool


def figures_of(found: Preview) -> str:
    """The money of a change and whether it has to be approved, on one line."""
    after = found.booking
    figures = (after.total_minor, after.due_minor, found.due_now_minor, found.refund_minor, found.credit_delta_minor)
    return "/".join(str(figure) for figure in (*figures, int(found.needs_approval)))


def changes_money(booking: Booking, found: Preview) -> bool:
    """Whether a change has to be looked at before it is made: the price, the payment or an approval differ."""
    money = (found.delta_minor, found.credit_delta_minor, found.refund_minor - booking.refund_due_minor)
    return any(money) or found.needs_approval


def told(booking: Booking, found: Preview, actor: Actor, now: datetime) -> Told:
    """A preview in words."""
    after, delta = found.booking, found.delta_minor

    def words(minor: int) -> str:
        return speech.money(minor, after.currency) if minor > 0 else ""

    is_there = after.payment_way in {PaymentWay.ON_SITE, PaymentWay.INVOICE}
    online = 0 if is_there or found.needs_approval else payable_now(after, now)
    return Told(
        after=after,
        figures=figures_of(found),
        rows=[Row(line.label, speech.money(line.amount_minor, after.currency)) for line in found.lines],
        old_total=speech.money(found.old_total_minor, after.currency),
        new_total=speech.money(after.total_minor, after.currency),
        dearer=words(delta),
        cheaper=words(-delta),
        pay_online=words(online),
        pay_there=words(after.due_minor if not online else 0),
        back=back_of(booking, found.refund_minor),
        credit_taken=words(found.credit_delta_minor),
        credit_back=words(-found.credit_delta_minor),
        terms=terms_in_words(after, actor, now),
        needs_approval=found.needs_approval,
    )


def back_of(booking: Booking, minor: int) -> Back:
    """How so much goes back: online as far as it was paid so, the rest at the venue. One query."""
    if minor <= 0:
        return Back()
    paid = Payment.objects.filter(booking_id=booking.pk, state=Payment.State.SUCCEEDED).order_by()
    left = paid.aggregate(left=Sum(F("amount_minor") - F("refunded_minor")))["left"] or 0
    online = min(minor, max(0, left - booking.refunding_minor))

    def words(part: int) -> str:
        return speech.money(part, booking.currency) if part else ""

    return Back(words(minor), words(online), words(minor - online))


def as_shown(booking: Booking, wanted: Change, actor: Actor, figures: str) -> Preview:
    """Make a change if it still does what was shown, `figures_of` the preview; else `Conflict` and nothing is done."""

    def act() -> Preview:
        done = changes.carry_out(booking, wanted, actor)
        if figures_of(done) != figures:
            raise Conflict("price_changed", _("What this costs has changed since you looked. Please look at it again."))
        return done

    return transact(act)


def revision_of(text: str) -> int | None:
    """The revision that a page was made of; None for nonsense."""
    return whole(text, MOST_REVISION)


def number(text: str, least: int = 1, most: int = SMALLINT_MAX) -> int | None:
    """A whole number within bounds from an address or form; None for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST_REVISION)):
        return None
    return int(text) if least <= int(text) <= most else None
