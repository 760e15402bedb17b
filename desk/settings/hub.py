"""All settings on one page, with how each of them stands; what somebody may not change is not shown."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from accounts.models import Role, User
from billing.access import check_sees_money
from bookings.views.account import ways
from desk.settings import connections, house, moneycards
from desk.settings.cards import Card, Group
from tenants import speech
from tenants.models import Tenant
from tenants.zones import zone
from venues.access import MANAGES


@staff_only
@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    """Every setting that the caller may look at."""
    user = ways.member(request)
    check_sees_money(user)
    # As it is, and not as hosts have kept it for some seconds.
    tenant: Tenant = Tenant.objects.select_related("brand", "closing").get(pk=request.tenant.pk)  # type: ignore[attr-defined]
    groups = [
        Group("business", _("Your business"), _business(user, tenant)),
        Group("bookings", _("Bookings"), _bookings(user, tenant)),
        Group("connections", _("Connections"), _connections(user)),
        Group("money", _("Money"), moneycards.cards(tenant)),
        Group("data", _("Your data"), _data(user)),
        Group("privacy", _("Privacy"), _privacy(user)),
        Group("end", _("The end"), _end(user, tenant)),
    ]
    return render(request, "desk/settings/hub.html", {"groups": [group for group in groups if group.cards]})


def _business(user: User, tenant: Tenant) -> list[Card]:
    if user.role == Role.OWNER:
        return [
            house.brand(tenant),
            *house.of_owner(tenant),
            house.domains(tenant),
        ]
    return [house.brand(tenant)] if user.role in MANAGES else []


def _bookings(user: User, tenant: Tenant) -> list[Card]:
    return house.messages_and_website(tenant) if user.role in MANAGES else []


def _connections(user: User) -> list[Card]:
    if user.role not in MANAGES:
        return []
    cards = [connections.calendars(user), connections.webhooks(user)]
    return [*cards, connections.programs(user)] if user.role == Role.OWNER else cards


def _data(user: User) -> list[Card]:
    taking = Card("exports", _("Take away"), _("Bookings, money and customers as files"))
    if user.role not in MANAGES:
        return [taking]
    cards = [connections.brought(user), taking]
    return [*cards, house.everything(user)] if user.role == Role.OWNER else cards


def _privacy(user: User) -> list[Card]:
    if user.role != Role.OWNER:
        return []
    return [
        house.retention(),
        Card(
            "settings-processing", _("Record of processing"), _("Whose data you process, what for, and who gets them")
        ),
        Card("settings-agreement", _("Agreement"), _("What you and Forecourt have agreed to")),
    ]


def _end(user: User, tenant: Tenant) -> list[Card]:
    if user.role != Role.OWNER:
        return []
    label = _("Close the account")
    if tenant.final_at is None:
        return [Card("settings-close", label, _("Your business leaves Forecourt, with all of its data"))]
    day = speech.day(tenant.final_at, zone(tenant.time_zone), form="long")
    return [Card("settings-close", label, _("Closed; everything is deleted on %(day)s") % {"day": day}, "error")]
