"""The words in which a demo tenant is described. Everything relative is counted from the day it is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.utils.text import slugify

from operators.demo.demand import Crowd
from venues.models import Rate, Resource

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Span:
    """Wall-clock opening time; `closes` at or before `opens` is on the next day."""

    opens: time
    closes: time

    @classmethod
    def of(cls, text: str) -> "Span":
        """`Span.of("16:00-02:00")`."""
        opens, closes = (time.fromisoformat(part) for part in text.split("-"))
        return cls(opens, closes)


@dataclass(frozen=True)
class Weekly:
    """Spans of every such weekday (0 is Monday)."""

    weekdays: tuple[int, ...]
    spans: tuple[Span, ...]


def weekly(days: str, *spans: str) -> Weekly:
    """`weekly("mon-fri", "10:00-13:00", "14:00-22:00")`."""
    first, _, last = days.partition("-")
    numbers = range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)
    return Weekly(tuple(numbers), tuple(Span.of(span) for span in spans))


@dataclass(frozen=True)
class Dated:
    """Other hours on one day of each year, or closed where there are no spans."""

    month: int
    day: int
    note: str
    spans: tuple[Span, ...] = ()

    def dates(self, years: range) -> Iterator[date]:
        """The day in each of the years."""
        return (date(year, self.month, self.day) for year in years)


@dataclass(frozen=True)
class ClosurePlan:
    """Time that the owner takes out, some days from the day of making; `resource` empty closes the venue."""

    venue: str
    in_days: int
    span: Span
    reason: str
    resource: str = ""
    is_public: bool = False


@dataclass(frozen=True)
class ResourcePlan:
    """A resource and its price. `rules` are further fields of `Resource`; `kept_free` stays free from today on."""

    name: str
    kind: Resource.Kind
    price: str
    unit: Rate.Unit
    crowd: Crowd
    popularity: float = 1.0
    description: str = ""
    amenities: tuple[str, ...] = ()
    part_of: str = ""
    hours: tuple[Weekly, ...] = ()
    dated: tuple[Dated, ...] = ()
    kept_free: Span | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name in an address."""
        return slugify(self.name)


@dataclass(frozen=True)
class VenuePlan:
    """A place; `fields` are further fields of `Venue`."""

    name: str
    hours: tuple[Weekly, ...]
    resources: tuple[ResourcePlan, ...]
    dated: tuple[Dated, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name in an address."""
        return slugify(self.name)


@dataclass(frozen=True)
class ServicePlan:
    """A product: so many minutes on any of these resources."""

    name: str
    minutes: int
    resources: tuple[str, ...]
    description: str = ""

    @property
    def slug(self) -> str:
        """The name in an address."""
        return slugify(self.name)


@dataclass(frozen=True)
class Names:
    """What customers are called: `logins` get a password and a token, `given` and `family` are words to combine."""

    logins: tuple[str, ...]
    given: str
    family: str
    dialling: str


@dataclass(frozen=True)
class TenantPlan:
    """A demo tenant; `staff` are names by role. One that `tries` has a plan on trial, the others have no limits.

    `business` is what its documents say of it: fields of `BusinessDetails`.
    """

    slug: str
    name: str
    time_zone: str
    currency: str
    brand_color: str
    staff: Mapping[str, str]
    names: Names
    venues: tuple[VenuePlan, ...]
    services: tuple[ServicePlan, ...]
    closures: tuple[ClosurePlan, ...]
    tries: bool = False
    business: Mapping[str, str] = field(default_factory=dict)

    @property
    def mail_domain(self) -> str:
        """A domain that can never receive mail (RFC 2606)."""
        return f"{self.slug}.example"

    @property
    def resources(self) -> dict[str, ResourcePlan]:
        """Every resource by its slug."""
        return {resource.slug: resource for venue in self.venues for resource in venue.resources}

    def staff_email(self, role: str) -> str:
        """Address of the member of staff with this role."""
        return f"{role.replace('_', '.')}@{self.mail_domain}"
