"""The record: every change of what the business offers and of who may do what, for the owner."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import STAFF_ROLES, User
from bookings.forms import calendar_days
from desk.inputs import day_input
from desk.models import Change
from desk.team.telling import Teller
from desk.team.things import THINGS
from tenants.models import Tenant
from tenants.zones import zone
from venues.access import check_owner

AT_ONCE = 50
OTHERS = (("clock", _("the clock")), ("site", _("not signed in")), ("platform", _("Forecourt's team")))


class WantedForm(DressedForm):
    """Whose changes, of what, until when, and where the last page ended."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    thing = forms.ChoiceField(label=_("What"), required=False)
    day = forms.DateField(label=_("Day"), required=False, validators=calendar_days, widget=day_input())
    row = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput())
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(role__in=STAFF_ROLES).order_by("name", "pk")
        people = [(str(user.pk), user.name or user.email) for user in staff]
        who: Any = self.fields["who"]
        who.choices = [("", _("Everybody")), *people, *OTHERS]
        thing: Any = self.fields["thing"]
        things = sorted(((table, str(each.label)) for table, each in THINGS.items()), key=lambda pair: pair[1])
        thing.choices = [("", _("Everything")), *things]


@staff_only
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """The newest first, fifty at a time."""
    check_owner(request.user)
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    form = WantedForm(request.GET)
    form.is_valid()
    found = list(_wanted(form.cleaned_data, tenant)[: AT_ONCE + 1])
    lines = Teller(found[:AT_ONCE], tenant).lines()
    asked = {name: value for name, value in request.GET.items() if name in form.fields and name != "before" and value}
    context = {
        "form": form,
        "lines": lines,
        "query": urlencode(asked),
        "next": found[AT_ONCE - 1].pk if len(found) > AT_ONCE else None,
        "is_first": not form.cleaned_data.get("before"),
        "is_asked": bool(asked),
    }
    return render(request, "desk/team/record.html", context)


def _wanted(said: dict[str, Any], tenant: Tenant) -> QuerySet[Change]:
    changes = Change.objects.order_by("-pk")
    who = said.get("who") or ""
    if who.isdigit():
        changes = changes.filter(actor_id=int(who), actor_kind=Change.ActorKind.PERSON)
    elif who:
        changes = changes.filter(actor_kind=who)
    for name, column in (("thing", "thing"), ("row", "thing_id"), ("before", "pk__lt")):
        if said.get(name):
            changes = changes.filter(**{column: said[name]})
    if said.get("day"):
        begin = datetime.combine(said["day"], time(), zone(tenant.time_zone))
        changes = changes.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return changes
