"""Forms about the people who work here."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import Role, SecondFactorRule, User
from accounts.seen import SeenForm
from bookings.team.words import role_line
from venues.models import Venue, VenueAssignment

GRACE = {"0": _("at once"), "7": _("in a week"), "14": _("in two weeks"), "30": _("in 30 days")}


class RoleForm(DressedForm):
    """A role and, for managers, venues."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect(attrs={"class": "radio radio-sm"}))
    venues = forms.TypedMultipleChoiceField(
        label=_("Venues of a manager"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
    )

    def __init__(self, roles: Sequence[Role], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles_field: Any = self.fields["role"]
        roles_field.choices = [(role.value, role_line(role)) for role in roles]
        venues_field: Any = self.fields["venues"]
        venues_field.choices = list(Venue.objects.order_by("position", "name").values_list("pk", "name"))
        if Role.MANAGER not in roles:
            del self.fields["venues"]

    @staticmethod
    def known(person: User) -> dict[str, Any]:
        """What somebody is."""
        venues = VenueAssignment.objects.filter(user=person).order_by("venue_id").values_list("venue_id", flat=True)
        return {"role": person.role, "venues": list(venues)}


class MemberForm(SeenForm, RoleForm):
    """What somebody who works here is to be."""


class InviteForm(RoleForm):
    """Somebody who is to work here."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, help_text=_("A link goes there. It is good for a week, once.")
    )
    field_order = ["name", "email", "role", "venues"]


class RuleForm(SeenForm):
    """Of whom a second factor is asked, and from when on."""

    whom = forms.ChoiceField(
        label=_("Who has to have one"),
        required=False,
        choices=[("", _("Nobody; everybody may")), *((value, value) for value in SecondFactorRule.Whom.values)],
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm"}),
    )
    grace = forms.TypedChoiceField(
        label=_("From when on"), coerce=int, choices=list(GRACE.items()), help_text=_("Until then the desk is open.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom: Any = self.fields["whom"]
        words = {
            SecondFactorRule.Whom.OWNERS: _("Owners"),
            SecondFactorRule.Whom.MANAGERS: _("Owners and managers"),
            SecondFactorRule.Whom.STAFF: _("Everybody who works here"),
        }
        whom.choices = [("", _("Nobody; everybody may")), *words.items()]
