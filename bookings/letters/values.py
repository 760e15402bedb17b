"""What the placeholders of a message stand for, as text in the language that is active and the booking's zone."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.letters import settled
from bookings.letters.kinds import Kind
from bookings.letters.links import page_of
from bookings.models import Booking
from bookings.states import PaymentState, State
from tenants import speech
from tenants.models import Tenant
from tenants.zones import zone

Facts = tuple[tuple[str, str], ...]
LIKE_AN_ADDRESS = ("://", "www.", "@")


def of_business(tenant: Tenant, name: str = "") -> dict[str, str]:
    """What every message may name."""
    return {"business": tenant.name, "greeting": _("Hello %(name)s,") % {"name": name} if name else _("Hello,")}


def of_booking(booking: Booking) -> dict[str, str]:
    """What every message about a booking may name."""
    venue, in_zone = booking.resource.venue, zone(booking.time_zone)
    return {
        "name": person(booking),
        "code": booking.reference_code,
        "what": _what(booking),
        "venue": venue.name,
        "address": venue.address,
        "day": speech.day(booking.start, in_zone),
        "time": speech.span(booking.start, booking.end, in_zone),
        "zone": speech.zone_name(in_zone, booking.start),
        "people": ngettext("%(count)d person", "%(count)d people", booking.participants)
        % {"count": booking.participants},
        "total": speech.money(booking.total_minor, booking.currency) if booking.total_minor else _("free of charge"),
        "paid": _some(booking.here_minor + booking.credit_minor, booking),
        "due": _some(booking.owed_minor, booking),
        "link": page_of(booking, "booking"),
        "phone": venue.phone,
        "email": venue.email,
    }


def of_kind(kind: Kind, booking: Booking) -> dict[str, str]:
    """What only this kind may name, as far as the booking says it."""
    match kind:
        case Kind.REQUEST_ACCEPTED | Kind.WAITLIST_OFFER:
            return {"until": until(booking)}
        case Kind.CANCELLATION:
            done = settled.of(booking)
            return {
                "fee": _some(booking.fee_minor, booking),
                "kept": _some(done.kept_minor, booking),
                "refund": _some(done.refund_minor, booking),
            }
        case Kind.BALANCE:
            return {"amount": _some(booking.due_minor, booking)}
        case _:
            return {}


def facts_of(booking: Booking, values: Mapping[str, str]) -> Facts:
    """What, when, where, for how many and for how much: what stands in every letter about a booking."""
    money = [values["total"]]
    if booking.total_minor and booking.state not in {State.CANCELLED, State.EXPIRED}:
        money += [_("%(amount)s paid") % {"amount": values["paid"]}] if values["paid"] else []
        money += [_("%(amount)s still to be paid") % {"amount": values["due"]}] if values["due"] else []
    return (
        (_("What"), values["what"]),
        (_("When"), f"{values['day']}, {values['time']}\n{values['zone']}"),
        (_("Where"), "\n".join(part for part in (values["venue"], values["address"]) if part)),
        (_("For"), values["people"]),
        (_("Price"), "\n".join(money)),
        *(_settlement(booking) if booking.state == State.CANCELLED else ()),
        *(_late(booking) if booking.payment_state == PaymentState.PROCESSING else ()),
        (_("Reference code"), values["code"]),
    )


def _settlement(booking: Booking) -> Facts:
    """What was paid until it was cancelled, what that costs, and what comes back, be it nothing."""
    done, hours = settled.of(booking), _hours(booking)
    if not (done.paid_minor or booking.fee_minor):
        return hours
    back = [speech.money(done.back_minor, booking.currency)]
    if done.credit_back_minor:
        credit = {"amount": speech.money(done.credit_back_minor, booking.currency)}
        back.append(_("%(amount)s of it as gift credit") % credit)
    rows = [
        (_("Paid"), speech.money(done.paid_minor, booking.currency)),
        (_("Fee for cancelling"), speech.money(booking.fee_minor, booking.currency)),
        (_("Comes back"), "\n".join(back)),
    ]
    if booking.owed_minor:
        rows.append((_("Still to be paid"), speech.money(booking.owed_minor, booking.currency)))
    return (*rows, *hours)


def _late(booking: Booking) -> Facts:
    """What becomes of money that is on its way while the time is not kept any more; nothing while it is."""
    if booking.state == State.EXPIRED:
        said = _(
            "It is under way. If it arrives, the booking is yours where the time is still free; else it goes back."
        )
    elif booking.state == State.CANCELLED:
        said = _("It is under way. When it arrives, all of it goes back to you.")
    else:
        return ()
    return ((_("Your payment"), said),)


def _hours(booking: Booking) -> Facts:
    """What became of the prepaid hours that a cancelled booking was paid with; nothing where it was not."""
    back = settled.balances_of(booking)
    said = []
    if back.minutes:
        said.append(_("%(length)s came back") % {"length": speech.hours(back.minutes)})
    if back.lost_minutes:
        said.append(_("%(length)s did not come back") % {"length": speech.hours(back.lost_minutes)})
    return ((_("Prepaid hours"), "\n".join(said)),) if said else ()


def person(booking: Booking) -> str:
    """Who booked, for a greeting; nothing where the name is an advertisement: anybody can book for any address."""
    name = " ".join((booking.name or (booking.customer.name if booking.customer else "")).split())
    return "" if any(sign in name.lower() for sign in LIKE_AN_ADDRESS) else name


def _what(booking: Booking) -> str:
    name = booking.resource.name
    return f"{booking.product.name}, {name}" if booking.product else name


def _some(minor: int, booking: Booking) -> str:
    return speech.money(minor, booking.currency) if minor else ""


def until(booking: Booking) -> str:
    """Until when its time is kept; empty where that is not limited."""
    if booking.hold_expires_at is None:
        return ""
    in_zone = zone(booking.time_zone)
    return f"{speech.day(booking.hold_expires_at, in_zone)}, {speech.clock(booking.hold_expires_at, in_zone)}"
