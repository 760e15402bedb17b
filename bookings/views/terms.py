"""A cancellation policy in plain words, for those who have not booked yet."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings import terms
from bookings.terms import Agreed, Step
from tenants import speech
from venues.models import FULL, CancellationPolicy


@dataclass(frozen=True, slots=True)
class Rung:
    """Until when, and what cancelling costs then."""

    when: str
    cost: str
    is_free: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a page says: the steps, and sentences about what goes beyond them."""

    rungs: tuple[Rung, ...]
    notes: tuple[str, ...]


def read(policy_ids: set[int]) -> dict[int, CancellationPolicy]:
    """Policies with their steps: two queries, none for none."""
    if not policy_ids:
        return {}
    return {row.pk: row for row in CancellationPolicy.objects.filter(pk__in=policy_ids).prefetch_related("steps")}


def in_words(policy: CancellationPolicy | None, currency: str) -> Terms:
    """What cancelling costs everybody, without giving a reason; the standard terms without a policy."""
    agreed = terms.of_policy(policy) if policy else terms.STANDARD
    steps = sorted(
        (step for step in agreed.steps if step.group_id is None and not step.reason),
        key=lambda step: -step.minutes_before,
    )
    return Terms(tuple(_rungs(steps, currency)), tuple(_notes(agreed)))


def _rungs(steps: list[Step], currency: str) -> list[Rung]:
    found = [
        Rung(
            _("Until %(length)s before the start") % {"length": speech.length(step.minutes_before)}
            if step.minutes_before
            else _("Until the start")
            if len(steps) == 1
            else _("After that, until the start"),
            cost(step, currency),
            _is_free(step),
        )
        for step in steps
    ]
    if not steps:
        found.append(Rung(_("At any time"), _("the whole price"), False))
    elif steps[-1].minutes_before:
        found.append(Rung(_("Later"), _("the whole price"), False))
    return found


def _notes(agreed: Agreed) -> list[str]:
    notes: list[str] = []
    if agreed.grace_minutes:
        said = _("Within %(length)s of booking, cancelling costs nothing, as long as it has not begun.")
        notes.append(said % {"length": speech.length(agreed.grace_minutes)})
    if any(step.group_id is not None for step in agreed.steps):
        notes.append(_("Members of some groups have kinder terms; you see yours before you book."))
    if not agreed.no_show_percent:
        notes.append(_("Whoever does not come pays nothing."))
    elif agreed.no_show_percent >= FULL:
        notes.append(_("Whoever does not come pays the whole price."))
    else:
        share = {"percent": speech.percent(agreed.no_show_percent)}
        notes.append(_("Whoever does not come pays %(percent)s of the price.") % share)
    return notes


def ways_in_words(online: object, on_site: object) -> str:
    """How something is paid; empty for neither way."""
    if online and on_site:
        return _("You pay online by card when you book, or at the venue.")
    if online:
        return _("You pay online by card when you book.")
    return _("You pay at the venue.") if on_site else ""


def cost(step: Step, currency: str) -> str:
    """`free of charge`, `50% of the price plus €5.00`, `the whole price`."""
    if step.percent >= FULL:
        return _("the whole price")
    if _is_free(step):
        return _("free of charge")
    share = _("%(percent)s of the price") % {"percent": speech.percent(step.percent)} if step.percent else ""
    fee = speech.money(step.fee_minor, currency) if step.fee_minor else ""
    said = _("%(share)s plus %(fee)s") % {"share": share, "fee": fee} if share and fee else share or fee
    if not step.keeps_deposit:
        return said
    return _("%(fee)s, at least the deposit") % {"fee": said} if said else _("the deposit")


def _is_free(step: Step) -> bool:
    return not (step.percent or step.fee_minor or step.keeps_deposit)
