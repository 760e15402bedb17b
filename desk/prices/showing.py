"""What a change of prices would write and change, shown before it is made; and making it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk.prices import words
from desk.prices.sellers import Place
from desk.prices.words import Audience, Difference, Line
from kernel.errors import Refused
from schemas.clock import database_now
from venues.models import Rate
from venues.pricelists import PriceList
from venues.repricing import Change, make, rates_of, tariff

NOT_SENT = {"csrfmiddlewaretoken", "seen"}


@dataclass(frozen=True)
class Part:
    """What a change does to one seller."""

    place: Place
    added: list[Line]
    changed: list[tuple[Line, Line]]
    removed: list[Line]
    differences: list[Difference]


@dataclass(frozen=True)
class Proposal:
    """A change of prices that somebody wants: what it is called, whose prices, and how it is worked out."""

    title: str
    places: Sequence[Place]
    plan: Callable[[], Change]
    first_day: date
    back: str
    done: str
    button: str


def today_of(place: Place) -> date:
    """The day where it is sold."""
    return database_now().astimezone(place.zone).date()


def proposed(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Show what a change would do, or make it where that was shown and still holds."""
    shown = request.POST.get("seen", "")
    try:
        if shown:
            make([place.row for place in proposal.places], proposal.plan, shown)
            messages.success(request, proposal.done)
            return redirect(proposal.back)
        return _preview(request, proposal, 200)
    except ValidationError as error:
        for sentence in error.messages:
            messages.error(request, sentence)
        return redirect(proposal.back)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return _preview(request, proposal, HTTPStatus.CONFLICT) if shown else redirect(proposal.back)


def _preview(request: HttpRequest, proposal: Proposal, status: int) -> HttpResponse:
    change = proposal.plan()
    context: dict[str, Any] = {
        "proposal": proposal,
        "change": change,
        "parts": parts(proposal, change),
        "again": [(name, value) for name, values in request.POST.lists() if name not in NOT_SENT for value in values],
    }
    return render(request, "desk/prices/preview.html", context, status=status)


def parts(proposal: Proposal, change: Change) -> list[Part]:
    """What a change does to each seller, in words. Two queries, however many there are."""
    known = rates_of([place.row for place in proposal.places])
    return [part for place in proposal.places if (part := _part(place, known[place.row], change, proposal.first_day))]


def _part(place: Place, rates: list[Rate], change: Change, first_day: date) -> Part | None:
    own = _own(place, change)
    if not own:
        return None
    today = today_of(place)
    before = {rate.pk: rate for rate in rates}

    def said(rate: Rate) -> Line:
        return words.line(rate, place.currency, today)

    return Part(
        place=place,
        added=[said(rate) for rate in own.added],
        changed=[(said(before[rate.pk]), said(rate)) for rate in own.changed],
        removed=[said(rate) for rate in own.removed],
        differences=words.differences(
            PriceList(tariff(rate, rate.pk) for rate in rates),
            PriceList(own.applied(rates)),
            audiences([*rates, *own.added, *own.changed]),
            first_day,
            place,
        ),
    )


def _own(place: Place, change: Change) -> Change:
    def mine(rows: Sequence[Rate]) -> tuple[Rate, ...]:
        column = "product_id" if place.is_product else "resource_id"
        return tuple(row for row in rows if getattr(row, column) == place.row.pk)

    return Change(mine(change.added), mine(change.changed), mine(change.removed))


def audiences(rates: Sequence[Rate]) -> list[Audience]:
    """Everybody, and the groups that have prices of their own."""
    groups = {rate.group.pk: rate.group.name for rate in rates if rate.group}
    found = [Audience(name, frozenset({pk})) for pk, name in sorted(groups.items(), key=lambda each: each[1])]
    return [Audience(_("everybody"), frozenset()), *found]
