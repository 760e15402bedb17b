"""Customers who are likely one person: the same telephone, the same name and much the same address, or a guest with
the address of an account. Likely is not sure: somebody of the team decides (`bookings.merging`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, islice
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Func, OuterRef, QuerySet, TextChoices, TextField, Value
from django.db.models.functions import Length, Lower, Right
from django.utils.translation import gettext_lazy as _

from accounts.models import FOUND_BY, User
from bookings.access import customers_seen_by, guests_seen_by
from bookings.dossiers import counted
from schemas.finding import ENOUGH_DIGITS, matching
from venues.access import Anyone

FEWEST_DIGITS, FEWEST_LETTERS = 6, 4
ALIKE = 0.8
MOST = 100
"""So many of each kind are looked at."""


class Why(TextChoices):
    """What speaks for it."""

    ADDRESS = "address", _("A guest with the address of an account")
    PHONE = "phone", _("The same telephone number")
    NAME = "name", _("The same name, and much the same address")


@dataclass(frozen=True, slots=True)
class Likely:
    """Two who are likely one: an account, and another one or a guest's last booking."""

    why: Why
    one: User
    other: User | None = None
    booking_id: UUID | None = None


def everywhere(user: Anyone) -> list[Likely]:
    """All that are found among the customers whom a member of staff may see, each pair once."""
    found = _customers(user)
    return list(_once([*_guests(user, found), *_by_phone(found), *_by_name(found)]))


def of(user: Anyone, one: User) -> list[Likely]:
    """Those that may be the same as one customer: four queries, by indexes."""
    others = _customers(user).exclude(pk=one.pk)
    told = list(_guests(user, User.objects.filter(pk=one.pk)))
    digits = "".join(character for character in one.phone if character.isascii() and character.isdigit())
    if len(digits) >= FEWEST_DIGITS:
        told += [Likely(Why.PHONE, one, each) for each in others.filter(matching(FOUND_BY, digits))[:MOST]]
    if one.name.strip():
        named = others.filter(matching(FOUND_BY, one.name))[:MOST]
        same = (each for each in named if each.name.casefold() == one.name.casefold())
        told += [Likely(Why.NAME, one, each) for each in same if are_alike(one.email, each.email)]
    return list(_once(told))


def are_alike(one: str, other: str) -> bool:
    """Whether what stands before the @ is much the same, dots and what follows a plus aside."""
    first, second = _person(one), _person(other)
    return SequenceMatcher(None, first, second).ratio() >= ALIKE or _begins(first, second)


def _person(email: str) -> str:
    return email.partition("@")[0].partition("+")[0].replace(".", "").replace("-", "").replace("_", "")


def _begins(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return len(short) >= FEWEST_LETTERS and long.startswith(short)


def _customers(user: Anyone) -> QuerySet[User]:
    return customers_seen_by(user).filter(is_active=True, erased_at=None)


def _guests(user: Anyone, found: QuerySet[User]) -> Iterator[Likely]:
    theirs = counted(guests_seen_by(user)).annotate(address=Lower("email"))
    with_both = found.filter(Exists(theirs.filter(address=OuterRef("email")))).order_by("name", "pk")[:MOST]
    users = {each.email: each for each in with_both}
    latest = theirs.filter(address__in=list(users)).order_by("address", "-start", "pk").distinct("address")
    for address, booking_id in latest.values_list("address", "pk"):
        yield Likely(Why.ADDRESS, users[address], booking_id=booking_id)


def _by_phone(found: QuerySet[User]) -> Iterator[Likely]:
    plain = Func(
        F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace", output_field=TextField()
    )
    dialled = found.exclude(phone="").annotate(digits=plain).annotate(length=Length("digits"))
    dialled = dialled.filter(length__gte=FEWEST_DIGITS).annotate(end=Right("digits", ENOUGH_DIGITS))
    for one, other in _pairs(found, dialled.order_by().values("end")):
        yield Likely(Why.PHONE, one, other)


def _by_name(found: QuerySet[User]) -> Iterator[Likely]:
    named = found.exclude(name="").annotate(called=Lower("name"))
    for one, other in _pairs(found, named.order_by().values("called")):
        if are_alike(one.email, other.email):
            yield Likely(Why.NAME, one, other)


def _pairs(found: QuerySet[User], grouped: QuerySet[Any, Any]) -> Iterator[tuple[User, User]]:
    many = grouped.annotate(number=Count("pk"), ids=ArrayAgg("pk", order_by=["pk"])).filter(number__gt=1)
    together = [row["ids"] for row in many.order_by("-number")[:MOST]]
    users = found.in_bulk([pk for ids in together for pk in ids])
    for ids in together:
        yield from islice(combinations([users[pk] for pk in ids if pk in users], 2), MOST)


def _once(told: Iterable[Likely]) -> Iterator[Likely]:
    seen: set[tuple[int, object]] = set()
    for each in told:
        other = each.other.pk if each.other else each.booking_id
        if (each.one.pk, other) not in seen:
            seen |= {(each.one.pk, other), (each.other.pk, each.one.pk) if each.other else (each.one.pk, other)}
            yield each
