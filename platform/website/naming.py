"""Addresses of businesses while somebody types one: what can be said of it, and what would be free instead (T19)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from tenants.closings import NAME_RESTS, GivenUpName
from tenants.models import Tenant
from tenants.slugs import skeleton, validate_slug

LONGEST = 40
"""A suggestion is not longer: it stands in front of a domain, and people type it."""
SHORTEST = 3
MOST_TRIED = 30
SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "å": "a", "ł": "l", "đ": "d", "œ": "oe"}
)


class Standing(StrEnum):
    """What an address is."""

    FREE = "free"
    TAKEN = "taken"
    RESERVED = "reserved"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of an address, and another one that is free; empty where it is free itself, or none was found."""

    slug: str
    standing: Standing
    suggestion: str = ""


def answer(slug: str, name: str = "") -> Answer:
    """Whether an address can be had, as the form and the live check both say it. Three queries at most."""
    standing = standing_of(slug)
    if standing == Standing.FREE:
        return Answer(slug, standing)
    return Answer(slug, standing, suggestion(spelt(slug) or spelt(name)))


def standing_of(slug: str) -> Standing:
    """What an address is right now."""
    try:
        validate_slug(slug)
    except ValidationError as error:
        return Standing.RESERVED if error.error_list[0].code == "slug_reserved" else Standing.MALFORMED
    return Standing.TAKEN if _taken([skeleton(slug)]) else Standing.FREE


def suggestion(base: str) -> str:
    """The first address made of this that is free; empty where there is none."""
    tried = [each for each in _tries(base) if _is_allowed(each)]
    taken = _taken([skeleton(each) for each in tried])
    return next((each for each in tried if skeleton(each) not in taken), "")


def spelt(name: str) -> str:
    """A name as an address would have it: `Tennisclub Grünwald e.V.` is `tennisclub-gruenwald-e-v`."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(SPELT)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(words) <= LONGEST:
        return words
    return words[: LONGEST + 1].rpartition("-")[0] or words[:LONGEST]


def _tries(base: str) -> Iterator[str]:
    if not base:
        return
    if len(base) >= SHORTEST:
        yield base
    yield f"{base}-venue"
    yield from (f"{base}-{number}" for number in range(2, MOST_TRIED))


def _is_allowed(slug: str) -> bool:
    try:
        validate_slug(slug)
    except ValidationError:
        return False
    return True


def _taken(skeletons: list[str]) -> set[str]:
    """Those of them that a business has, or that rest after one."""
    theirs = Tenant.objects.filter(slug_skeleton__in=skeletons).values_list("slug_skeleton", flat=True)
    resting = GivenUpName.objects.filter(slug_skeleton__in=skeletons, gone_at__gt=Now() - NAME_RESTS)
    return {*theirs, *resting.values_list("slug_skeleton", flat=True)}
