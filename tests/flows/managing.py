"""A booking of a customer's, and the browser that has opened its link."""

from dataclasses import dataclass, field
from typing import Any

from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.access import link_token
from bookings.models import Booking
from bookings.records import Actor
from bookings.requests import HoldRequest
from kernel.periods import Period
from tests.bookings.changing import again, booked, court, wish
from tests.bookings.scenes import digest, slot
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Resource


@dataclass
class Theirs:
    """Two hours on a court of 25.00 an hour, from ten on; `stage` as `tests.bookings.changing.booked`."""

    alpha: World
    someone: Visitor
    stage: str = "confirmed"
    period: Period | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    place: Resource = field(init=False)
    booking: Booking = field(init=False)

    def __post_init__(self) -> None:
        with tenant_context(self.alpha.tenant):
            staff = Actor.of(User.objects.get(pk=self.alpha.users["owner"]))
            guest = User.objects.get(pk=self.alpha.users["guest"])
            self.place = court(**self.fields)
            request: HoldRequest = wish(self.place, self.period or slot(10, minutes=120), guest, participants=2)
            self.booking = booked(request, self.stage, staff)
            self.link = f"/bookings/{self.booking.pk}/{link_token(self.booking)}/"
        self.base = f"/bookings/{self.booking.pk}/"
        assert self.someone.client.get(self.link).headers["Location"] == self.base

    def open(self, tail: str, **query: object) -> Page:
        """One of its pages."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self.someone.open(self.base + tail + (f"?{asked}" if asked else ""))

    def now(self) -> Booking:
        """As the database has it."""
        with tenant_context(self.alpha.tenant):
            return again(self.booking)

    def rows(self) -> list[object]:
        """Every row that a booking may touch."""
        with tenant_context(self.alpha.tenant):
            return digest()
