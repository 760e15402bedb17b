"""What operators can switch off, for everybody or for one tenant, while something is wrong: nothing is lost meanwhile.

A feature is asked for where people use it (`check`), and its kinds of due work wait (`waiting`) until it is on again.
What is off stands on the tenant's row, which everybody has at hand; what is off for everybody stands on all of them,
the platform's own included, from which new ones take it over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Func, Q, Value
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name

from kernel.errors import Forbidden
from schemas.current import current_schema
from tenants import hosts
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Feature:
    """Its name for people, what happens while it is off, and which kinds of due work wait then."""

    title: str | Promise
    off: str | Promise
    kinds: frozenset[str] = frozenset()


FEATURES: Mapping[str, Feature] = {
    "payments": Feature(
        _("Paying online"),
        _("Nobody can begin to pay. What was begun goes on, and so do refunds; paying on site works."),
    ),
    "letters": Feature(
        _("Letters"),
        _("Letters wait, those with a link to sign in included, and go out once this is on again."),
        frozenset({"mail"}),
    ),
    "webhooks": Feature(_("Webhooks"), _("Messages wait and are sent later, in order."), frozenset({"webhook"})),
    "calendars": Feature(
        _("Calendars elsewhere"),
        _("Nothing is taken from other calendars nor written to them. What blocks time now goes on blocking it."),
        frozenset({"calendar_pull", "calendar_push", "calendar_check"}),
    ),
    "widget": Feature(
        _("Booking inside other sites"), _("Frames on other sites show a link to the booking page in their place.")
    ),
    "domains": Feature(
        _("Domains of their own"),
        _("None is asked for or proven. Those that are proven are served as before."),
        frozenset({"domain_proof"}),
    ),
    "imports": Feature(
        _("Imports and archives"),
        _("Files that were handed in, and archives that were asked for, wait."),
        frozenset({"import", "archive"}),
    ),
}


def is_on(feature: str) -> bool:
    """Whether a feature is on for the current tenant."""
    row = connection.tenant  # type: ignore[attr-defined]
    if not isinstance(row, Tenant):
        row = Tenant.objects.get(schema_name=current_schema())
    return feature not in row.switched_off


def check(feature: str) -> None:
    """Raise `Forbidden("switched_off")` where a feature is off for the current tenant."""
    if not is_on(feature):
        raise Forbidden("switched_off", gettext("This does not work at the moment. Please try again later."))


def waiting(kinds: set[str]) -> Q:
    """Of due work of these kinds, what waits because its feature is off: for a filter of `DueWork`."""
    found = Q(pk__in=[])
    for name, feature in FEATURES.items():
        mine = sorted(feature.kinds & kinds)
        if mine:
            off = Tenant.objects.filter(switched_off__contains=[name]).values("schema_name")
            found |= Q(kind__in=mine, schema_name__in=off)
    return found


def off_for_everybody() -> list[str]:
    """What is off for all, and for tenants that are still to come."""
    return list(Tenant.objects.get(schema_name=get_public_schema_name()).switched_off)


def switch(feature: str, tenant: Tenant | None, *, on: bool) -> int:
    """Switch a feature for a tenant, or for everybody; answers for how many that changed something."""
    rows = Tenant.objects.filter(pk=tenant.pk) if tenant else Tenant.objects.all()
    rows = rows.filter(switched_off__contains=[feature]) if on else rows.exclude(switched_off__contains=[feature])
    change = "array_remove" if on else "array_append"
    count: int = rows.update(switched_off=Func(F("switched_off"), Value(feature), function=change))
    hosts.forget()
    return count
