"""What the list of bookings can be narrowed by: read from the address, and written back to it."""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User
from bookings.forms import calendar_days
from desk.inputs import day_input
from rest.fields import BIGINT_MAX
from venues.access import products_seen_by, venues_seen_by
from venues.models import Product, Resource

LONGEST_SEARCH = 100
WEEK = 7
ALL = "all"
WHEN = {
    "": _("From today on"),
    "today": _("Today"),
    "tomorrow": _("Tomorrow"),
    "week": _("This week"),
    "7days": _("Next 7 days"),
    "30days": _("Next 30 days"),
    "past": _("Past"),
    ALL: _("All times"),
}
STATES = {
    "": _("All but unfinished ones"),
    "approval": _("Waits for approval"),
    "payment": _("Waits for payment"),
    "confirmed": _("Confirmed"),
    "completed": _("Completed"),
    "no_show": _("No-show"),
    "cancelled": _("Cancelled"),
    "unfinished": _("Not finished"),
}
MONEY = {
    "": _("All"),
    "unpaid": _("Something is open"),
    "deposit": _("Deposit paid"),
    "paid": _("Paid"),
    "back": _("To be returned"),
}
SOURCES = {"": _("All"), "online": _("Online"), "desk": _("By the team"), "app": _("By an app")}
ORDERS = {"": _("As they come"), "latest": _("Latest first"), "newest": _("Made last first")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bookings somebody wants to see; what is empty does not narrow. `since` and `until` are whole days."""

    q: str = ""
    when: str = ""
    since: date | None = None
    until: date | None = None
    venue: int | None = None
    resource: int | None = None
    service: int | None = None
    state: str = ""
    money: str = ""
    source: str = ""
    series: int | None = None
    unread: bool = False
    order: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        return _encoded(self)

    @property
    def kept(self) -> str:
        """As `query`, without what was searched for."""
        return _encoded(self, without={"q"})

    @property
    def narrows(self) -> bool:
        """Whether anything beyond the usual is asked for."""
        return bool(self.query)

    def days(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day of its time, None where it has no end. Days that were typed count before others.

        Who searches means all times, unless they say which.
        """
        if self.since or self.until:
            return self.since, self.until
        if not self.when and (self.q or self.series):
            return None, None
        monday = today - timedelta(days=today.weekday())
        spans: dict[str, tuple[date | None, date | None]] = {
            "": (today, None),
            "today": (today, today),
            "tomorrow": (today + timedelta(days=1), today + timedelta(days=1)),
            "week": (monday, monday + timedelta(days=WEEK - 1)),
            "7days": (today, today + timedelta(days=WEEK - 1)),
            "30days": (today, today + timedelta(days=29)),
            "past": (None, today),
            ALL: (None, None),
        }
        return spans[self.when]


def _encoded(wanted: Wanted, without: frozenset[str] | set[str] = frozenset()) -> str:
    values = {field.name: getattr(wanted, field.name) for field in fields(Wanted) if field.name not in without}
    return urlencode({name: 1 if value is True else value for name, value in values.items() if value})


class WantedForm(DressedForm):
    """The filter above the list. What makes no sense is said beside it, and does not narrow."""

    q = forms.CharField(
        label=_("Search"),
        max_length=LONGEST_SEARCH,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    when = forms.ChoiceField(label=_("When"), choices=list(WHEN.items()), required=False)
    since = forms.DateField(
        label=_("From"),
        required=False,
        validators=calendar_days,
        widget=day_input(),
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        validators=calendar_days,
        widget=day_input(),
    )
    venue = forms.TypedChoiceField(label=_("Venue"), coerce=int, empty_value=None, required=False)
    resource = forms.TypedChoiceField(label=_("What"), coerce=int, empty_value=None, required=False)
    service = forms.TypedChoiceField(label=_("Service"), coerce=int, empty_value=None, required=False)
    state = forms.ChoiceField(label=_("State"), choices=list(STATES.items()), required=False)
    money = forms.ChoiceField(label=_("Money"), choices=list(MONEY.items()), required=False)
    source = forms.ChoiceField(label=_("Booked"), choices=list(SOURCES.items()), required=False)
    series = forms.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, widget=forms.HiddenInput)
    unread = forms.BooleanField(label=_("With a message that waits for an answer"), required=False)
    order = forms.ChoiceField(label=_("Order"), choices=list(ORDERS.items()), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        venues = list(venues_seen_by(user).order_by("position", "name"))
        places = Resource.objects.filter(venue__in=venues).order_by("venue__position", "position", "name")
        services = products_seen_by(user).filter(kind=Product.Kind.BOOKING).order_by("name")
        names = {venue.pk: venue.name for venue in venues}
        told = [
            (place.pk, f"{names[place.venue_id]} · {place.name}" if len(venues) > 1 else place.name) for place in places
        ]
        self.fields["unread"].widget.attrs["class"] = "checkbox"
        self._choose("venue", list(names.items()))
        self._choose("resource", told)
        self._choose("service", [(service.pk, service.name) for service in services])

    def _choose(self, name: str, choices: list[tuple[int, str]]) -> None:
        self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What was asked for, as far as it makes sense."""
        self.is_valid()
        known = {field.name for field in fields(Wanted)}
        given = {name: value for name, value in self.cleaned_data.items() if name in known and value not in {"", None}}
        return Wanted(**given)

    @property
    def has_more(self) -> bool:
        """Whether something behind "More" narrows, or makes no sense."""
        names = {"since", "until", "venue", "resource", "service", "money", "source", "unread"}
        return any(self.cleaned_data.get(name) for name in names) or bool(names & self.errors.keys())

    @property
    def further(self) -> list[forms.BoundField]:
        """What is asked less often, and stands behind "More"."""
        names = ["since", "until", "venue", "resource", "service", "money", "source", "order"]
        return [self[name] for name in names if len(getattr(self.fields[name], "choices", (1, 2, 3))) > 2]  # noqa: PLR2004 - one and "All"


def wanted_of(user: User, query: str) -> Wanted:
    """What a saved view or a form that carries a query asks for."""
    return WantedForm(user, QueryDict(query)).wanted
