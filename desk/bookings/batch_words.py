"""An act on many bookings in words: what it does, to how many, for how much, and to whom letters go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Batch, BatchRow
from bookings.models.messages import Channel
from bookings.notices import people, rules
from schemas.clock import database_now
from tenants import speech
from tenants.mail import Letter
from tenants.zones import zone

Act = Callable[[User], Batch]
Row = BatchRow.State
HOUR = 60


@dataclass(frozen=True, slots=True)
class Words:
    """A heading, what the button says, and what it says where there is nothing to be done. `tone` is the button's."""

    heading: str
    button: str
    nothing: str
    tone: str = "btn-primary"


def words_of(batch: Batch, counts: Mapping[str, int]) -> Words:
    """What a draft is, and what its button does."""
    count = {"count": counts[Row.WAITING]}
    number = counts[Row.WAITING]
    match batch.kind:
        case Batch.Kind.CANCEL:
            button = ngettext("Cancel %(count)d booking", "Cancel %(count)d bookings", number)
            return Words(_("Cancel bookings"), button % count, _("There is nothing to cancel."), "btn-error")
        case Batch.Kind.MESSAGE:
            button = ngettext("Send %(count)d letter", "Send %(count)d letters", number)
            return Words(_("Write to customers"), button % count, _("There is nobody to write to."))
        case Batch.Kind.MOVE:
            button = ngettext("Move %(count)d booking", "Move %(count)d bookings", number)
            return Words(_("Move bookings"), button % count, _("None of them can be moved there."))
        case Batch.Kind.CONFIRM:
            button = ngettext("Accept %(count)d request", "Accept %(count)d requests", number)
            return Words(_("Accept requests"), button % count, _("None of them waits for an answer."))
    button = ngettext("Decline %(count)d request", "Decline %(count)d requests", number)
    return Words(_("Decline requests"), button % count, _("None of them waits for an answer."), "btn-error")


def list_of(kind: str, query: str) -> str:
    """Where bookings for an act of this kind are chosen."""
    if kind in {Batch.Kind.CONFIRM, Batch.Kind.DECLINE}:
        return reverse("desk-approvals")
    return reverse("desk-bookings") + (f"?{query}" if query else "")


def is_complete(batch: Batch) -> bool:
    """Whether everything is said that has to be said before it is done."""
    if batch.kind == Batch.Kind.MESSAGE:
        return bool(batch.letter or batch.text.strip())
    return batch.kind != Batch.Kind.MOVE or bool(batch.days or batch.minutes or batch.resource_id)


def sums_of(batch: Batch) -> list[str]:
    """What happens to the money, a sentence for each sum and currency that is not nothing."""
    rows = batch.rows.filter(state__in=[Row.WAITING, Row.DONE]).order_by()
    names = ("refund_minor", "fee_minor", "credit_minor", "hours_back", "delta_minor")
    found = rows.values_list("booking__currency").annotate(*(Sum(name) for name in names))
    said = []
    for currency, *totals in found.order_by("booking__currency"):
        said += _sentences(dict(zip(names, totals, strict=True)), currency)
    return said


def _sentences(amounts: Mapping[str, int], currency: str) -> list[str]:
    said = {
        "refund_minor": _("%(amount)s go back to customers."),
        "fee_minor": _("%(amount)s are kept as fees."),
        "credit_minor": _("%(amount)s go back to gift credit."),
        "delta_minor": _("The prices change by %(amount)s in all."),
    }
    found = [words % {"amount": speech.money(amounts[name], currency)} for name, words in said.items() if amounts[name]]
    if amounts["hours_back"]:
        found.append(_("%(time)s of prepaid time go back.") % {"time": speech.hours(amounts["hours_back"])})
    return found


def summary(batch: Batch, counts: Mapping[str, int]) -> str:
    """How many bookings it was, and how many were refused."""
    done, refused = counts[Row.DONE], counts[Row.REFUSED]
    said = ngettext("%(count)d booking", "%(count)d bookings", sum(counts.values())) % {"count": sum(counts.values())}
    if done:
        said += " · " + _("%(count)d done") % {"count": done}
    if refused:
        said += " · " + _("%(count)d refused") % {"count": refused}
    return said


def row_words(batch: Batch, row: BatchRow) -> str:
    """What becomes of one booking, or has."""
    booking, in_zone = row.booking, zone(row.booking.time_zone)
    if row.state in {Row.LEFT, Row.REFUSED}:
        return row.detail
    said = []
    if batch.kind == Batch.Kind.MOVE and row.start:
        said.append(
            _("to %(day)s, %(time)s")
            % {"day": speech.day(row.start, in_zone, "medium"), "time": speech.clock(row.start, in_zone)}
        )
        if batch.resource and batch.resource_id != booking.resource_id:
            said.append(batch.resource.name)
    if batch.kind == Batch.Kind.CANCEL and not (row.refund_minor or row.credit_minor or row.hours_back):
        said.append(_("nothing to give back"))
    said += _amounts(row, booking.currency)
    if batch.kind in {Batch.Kind.MESSAGE, Batch.Kind.CANCEL, Batch.Kind.DECLINE, Batch.Kind.CONFIRM}:
        said.append(_letter(row))
    return " · ".join(said)


def _amounts(row: BatchRow, currency: str) -> list[str]:
    said = {
        "refund_minor": _("%(amount)s back"),
        "credit_minor": _("%(amount)s to gift credit"),
        "fee_minor": _("%(amount)s kept"),
        "delta_minor": _("price changes by %(amount)s"),
    }
    found = [
        words % {"amount": speech.money(getattr(row, name), currency)}
        for name, words in said.items()
        if getattr(row, name)
    ]
    if row.hours_back:
        found.append(_("%(time)s of prepaid time back") % {"time": speech.hours(row.hours_back)})
    return found


def _letter(row: BatchRow) -> str:
    to = people.reach(row.booking, Channel.MAIL)
    return _("letter to %(address)s") % {"address": to} if to else _("no letter: there is no e-mail address")


def letters_go(batch: Batch) -> bool:
    """Whether people hear of it by mail at all, as the tenant's rules say."""
    kinds = {
        Batch.Kind.CANCEL: Kind.CANCELLATION,
        Batch.Kind.MOVE: Kind.CHANGE,
        Batch.Kind.MESSAGE: Kind(batch.letter or Kind.ANSWER),
        Batch.Kind.CONFIRM: Kind.CONFIRMATION,
        Batch.Kind.DECLINE: Kind.REQUEST_DECLINED,
    }
    return bool(rules.routes(kinds[Batch.Kind(batch.kind)])) or bool(batch.letter)


def sample_of(batch: Batch, rows: Iterable[BatchRow]) -> Letter | None:
    """The first of the letters as it will go; None where there is none yet, or it is no letter that one writes."""
    if batch.kind != Batch.Kind.MESSAGE or not is_complete(batch):
        return None
    first = next((row.booking for row in rows if row.state == Row.WAITING), None)
    if first is None:
        return None
    return composing.letter(
        Kind(batch.letter or Kind.ANSWER),
        first,
        key="",
        to=people.reach(first, Channel.MAIL),
        language=composing.language_of(first),
        now=database_now(),
        extra={"message": batch.text},
    )
