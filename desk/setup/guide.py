"""The first steps of a business, and how far it is: told by what there is, never by ticks."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import STAFF_ROLES, Role, User
from billing.access import runs_money
from billing.accounts import can_accept_payments
from tenants.models import Tenant
from venues.access import check_manager, public_resources, venues_managed_by
from venues.models import Invitation, OpeningHours, Rate, Resource, Venue

FIRST_COLOR = "#0f766e"


@dataclass(frozen=True)
class Step:
    """One screen. Without those that it `needs` nobody can book; the others can wait."""

    code: str
    label: str | Promise
    about: str | Promise
    is_done: bool = False
    is_needed: bool = True

    @property
    def path(self) -> str:
        """Its address."""
        return reverse(f"setup-{self.code}")


class Guide:
    """How far somebody's business is. The venue is the first that they look after."""

    def __init__(self, tenant: Tenant, user: User) -> None:
        check_manager(user)
        self.tenant, self.user = tenant, user
        self.owns = user.role == Role.OWNER

    @cached_property
    def venue(self) -> Venue | None:
        """It, with `has_hours`, `has_resources`, `has_price` and `is_bookable`; None before there is one."""
        here = Resource.objects.filter(venue=OuterRef("pk"), stock_of=None)
        rows = venues_managed_by(self.user).annotate(
            has_hours=Exists(OpeningHours.objects.filter(venue=OuterRef("pk"))),
            has_resources=Exists(here),
            has_price=Exists(Rate.objects.filter(resource__venue=OuterRef("pk"))),
            is_bookable=Exists(public_resources().filter(venue=OuterRef("pk"))),
        )
        return rows.filter(is_sample=False).order_by("pk").first()

    @cached_property
    def steps(self) -> list[Step]:
        """Those that the person can take, in order."""
        venue, knows = self.venue, lambda name: bool(getattr(self.venue, name, False))
        others = User.objects.filter(role__in=STAFF_ROLES).exclude(pk=self.user.pk)
        has_team = Invitation.objects.exists() | others.exists()
        steps = [
            Step("venue", _("Your venue"), _("Its name, and where it is"), venue is not None),
            Step("hours", _("Opening hours"), _("When people can come"), knows("has_hours")),
            Step("resources", _("What can be booked"), _("Courts, rooms, boats"), knows("has_resources")),
            Step("prices", _("A price"), _("What an hour costs"), knows("has_price")),
            Step("brand", _("Your look"), _("Colour and logo"), self._has_look, is_needed=False),
            Step("payment", _("Online payment"), _("Or pay at the venue"), self._takes_cards, is_needed=False),
            Step("team", _("Your team"), _("Who works with you"), has_team, is_needed=False),
            Step("open", _("Open for bookings"), _("Show it to everybody"), knows("is_bookable")),
        ]
        return [step for step in steps if step.code != "payment" or runs_money(self.user)]

    @property
    def _takes_cards(self) -> bool:
        return runs_money(self.user) and can_accept_payments(self.tenant)

    @property
    def _has_look(self) -> bool:
        look = self.tenant.look
        return bool(look.logo or look.headline or look.color != FIRST_COLOR)

    @property
    def needed(self) -> list[Step]:
        """Those without which nobody can book."""
        return [step for step in self.steps if step.is_needed]

    @property
    def done(self) -> int:
        """How many of the needed are done."""
        return sum(step.is_done for step in self.needed)

    @property
    def is_through(self) -> bool:
        """Whether somebody can book."""
        return self.done == len(self.needed)

    @property
    def open_steps(self) -> list[Step]:
        """What is still needed."""
        return [step for step in self.needed if not step.is_done]

    @property
    def next(self) -> Step:
        """Where to go on: the first that is needed and not done, else the last."""
        return next(iter(self.open_steps), self.steps[-1])

    def step(self, code: str) -> Step | None:
        """A step by its code; None where the person cannot take it."""
        return next((step for step in self.steps if step.code == code), None)

    def after(self, code: str) -> str:
        """The address of what follows a step."""
        at = [step.code for step in self.steps].index(code) + 1
        return self.steps[at].path if at < len(self.steps) else reverse("setup-ready")

    def before(self, code: str) -> str:
        """The address of what comes before a step."""
        at = [step.code for step in self.steps].index(code) - 1
        return self.steps[at].path if at >= 0 else reverse("desk-setup")

    def number(self, code: str) -> int:
        """Which step it is, from 1."""
        return [step.code for step in self.steps].index(code) + 1
