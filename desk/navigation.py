"""Which sections and pages the desk has, in which order, and who is shown the way to them.

A page that nobody is led to is not there: every page of the desk that stands by itself has a line here. Whether
somebody may open it is for the view to say; a test holds that the two agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role
from billing.access import runs_money, sees_books, sees_money
from venues.access import MANAGES, Anyone

Sees = Callable[[Anyone], bool]


def everybody(user: Anyone) -> bool:
    """All who work here."""
    return user.is_authenticated and user.is_staff_member


def manages(user: Anyone) -> bool:
    """The owner and managers."""
    return user.is_authenticated and user.role in MANAGES


def owns(user: Anyone) -> bool:
    """The owner."""
    return user.is_authenticated and user.role == Role.OWNER


def works_on_site(user: Anyone) -> bool:
    """All but accountants."""
    return everybody(user) and user.is_authenticated and user.role != Role.ACCOUNTANT


@dataclass(frozen=True)
class Page:
    """A page by the name of its route, and who is led to it."""

    route: str
    label: str | Promise
    sees: Sees = everybody

    @cached_property
    def path(self) -> str:
        """Its address."""
        return reverse(self.route)


@dataclass(frozen=True)
class Section:
    """Pages that belong together; the first that somebody sees is where its name leads."""

    name: str
    label: str | Promise
    pages: tuple[Page, ...]

    def seen_by(self, user: Anyone) -> list[Page]:
        """The pages that somebody is led to."""
        return [page for page in self.pages if page.sees(user)]


GROUPS: tuple[tuple[Section, ...], ...] = (
    (
        Section("today", pgettext_lazy("the day at the desk", "Today"), (Page("desk", _("Today")),)),
        Section("calendar", pgettext_lazy("of bookings", "Calendar"), (Page("desk-calendar", _("Calendar")),)),
        Section(
            "bookings",
            _("Bookings"),
            (
                Page("desk-bookings", _("All bookings")),
                Page("desk-booking-new", _("Book for somebody"), works_on_site),
                Page("desk-approvals", _("To approve")),
                Page("desk-weather", _("Weather"), works_on_site),
                Page("desk-series", _("All series")),
                Page("desk-waiting", _("Waiting list")),
                Page("desk-batches", _("Many at once"), works_on_site),
                Page("notices", _("Messages")),
            ),
        ),
        Section(
            "customers",
            _("Customers"),
            (
                Page("desk-customers", _("Customers")),
                Page("desk-groups", _("Groups")),
                Page("desk-packs", _("Packs")),
            ),
        ),
    ),
    (
        Section(
            "venues",
            _("Venues"),
            (
                Page("desk-venues", _("Venues"), manages),
                Page("desk-closures", _("Closures"), manages),
                Page("desk-services", _("Services"), manages),
                Page("desk-extras", _("Extras"), manages),
            ),
        ),
        Section(
            "prices",
            _("Prices"),
            (
                Page("prices", _("Prices"), manages),
                Page("vouchers", _("Vouchers"), manages),
                Page("gift-credit", _("Gift credit"), manages),
                Page("on-sale", _("On sale"), manages),
                Page("policies", _("Cancellation"), manages),
                Page("prices-test", _("What would it cost?"), works_on_site),
            ),
        ),
    ),
    (
        Section(
            "money",
            _("Money"),
            (
                Page("money-takings", _("Takings"), sees_money),
                Page("money-open", _("Open balances"), sees_money),
                Page("money-refunds", _("Refunds"), sees_money),
                Page("money-disputes", _("Disputes"), sees_money),
                Page("money-payouts", _("Payouts"), sees_books),
                Page("money-statement", _("Statement"), sees_books),
                Page("money-documents", _("Documents"), sees_money),
                Page("money-taxes", _("VAT"), sees_books),
                Page("money-bookkeeping", _("Accounting"), sees_books),
                Page("money", _("Online payment"), sees_money),
                Page("money-fees", _("Platform fees"), sees_books),
            ),
        ),
        Section(
            "reports",
            _("Reports"),
            (
                Page("reports", _("Overview")),
                Page("reports-utilisation", _("Utilisation")),
                Page("reports-revenue", _("Revenue"), sees_money),
                Page("reports-bookings", _("Bookings and cancellations")),
                Page("reports-customers", _("Customers")),
                Page("reports-mailed", _("By mail")),
            ),
        ),
    ),
    (
        Section(
            "team",
            _("Team"),
            (
                Page("team", _("Team"), manages),
                Page("team-two-factor", _("Two-factor sign-in"), owns),
                Page("team-record", _("Record"), owns),
                Page("team-forecourt", "Forecourt", owns),
            ),
        ),
        Section(
            "settings",
            _("Settings"),
            (
                Page("desk-settings", _("All settings"), sees_money),
                Page("settings-business", _("Name and clock"), owns),
                Page("settings-languages", _("Languages"), owns),
                Page("domains", _("Domains"), owns),
                Page("desk-brand", _("Brand"), manages),
                Page("website", _("Website"), manages),
                Page("notice-rules", _("Rules for messages"), manages),
                Page("letters-templates", _("Templates"), manages),
                Page("calendars", _("Calendars"), manages),
                Page("webhooks", _("Webhooks"), manages),
                Page("api-desk", _("API"), owns),
                Page("imports", _("Bring in"), manages),
                Page("exports", _("Take away"), sees_money),
                Page("settings-everything", _("Take everything"), owns),
                Page("settings-processing", _("Record of processing"), owns),
                Page("settings-agreement", _("Agreement"), owns),
                Page("money-plan", _("Your plan"), sees_money),
                Page("money-business", _("Business"), runs_money),
                Page("desk-setup", _("First steps"), manages),
                Page("settings-retention", _("How long data is kept"), owns),
                Page("settings-close", _("Close the account"), owns),
            ),
        ),
    ),
)
"""Sections as they stand beside each other, with a line between groups."""

FIRST_STEPS = Section("setup", _("First steps"), (Page("desk-setup", _("First steps"), manages),))
"""Comes before all others until the business is set up; its page stands among the settings as well."""


@dataclass(frozen=True)
class Shown:
    """The way around for one person at one address: sections, and the pages of the one that they are in."""

    groups: list[list[tuple[Section, str]]]
    section: Section | None
    page: Page | None
    pages: list[Page]


def shown(user: Anyone, path: str, is_set_up: bool = True) -> Shown:
    """What somebody is shown at an address. It asks the database nothing."""
    seen = [[(section, section.seen_by(user)) for section in group] for group in GROUPS]
    here = max(_matching(seen, path), default=None, key=lambda each: len(each[1].path))
    section, page = here if here else (None, None)
    groups = [[(each, pages[0].path) for each, pages in group if pages] for group in seen]
    if not is_set_up and FIRST_STEPS.seen_by(user):
        groups.insert(0, [(FIRST_STEPS, FIRST_STEPS.pages[0].path)])
        if path.startswith(FIRST_STEPS.pages[0].path):
            section, page = FIRST_STEPS, FIRST_STEPS.pages[0]
    return Shown(
        groups=[group for group in groups if group],
        section=section,
        page=page,
        pages=section.seen_by(user) if section else [],
    )


def _matching(seen: list[list[tuple[Section, list[Page]]]], path: str) -> Iterator[tuple[Section, Page]]:
    home = reverse("desk")
    for section, pages in (each for group in seen for each in group):
        for page in pages:
            if path == page.path or (page.path != home and path.startswith(page.path)):
                yield section, page
