"""What people choose for an address at which a calendar is subscribed to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import Role, User
from bookings.calendars.feeds import Scope, Wish
from venues.access import resources_managed_by, venues_managed_by

NAMES = [("", _("“Booked” alone")), ("names", _("Who comes, with telephone and mail"))]


class FeedForm(DressedForm):
    """Of what, with which words, and what it is called."""

    place = forms.ChoiceField(label=_("Bookings of"))
    words = forms.ChoiceField(
        label=_("What others read"), choices=NAMES, required=False, help_text=_("Give names only to your own staff.")
    )
    name = forms.CharField(
        label=_("Name of the calendar"), max_length=80, required=False, help_text=_("The place's own without one.")
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _places(user)

    def wish(self) -> Wish:
        """What was chosen; the form is valid."""
        scope, _colon, place_id = self.cleaned_data["place"].partition(":")
        names = self.cleaned_data["words"] == "names"
        return Wish(scope, int(place_id) if place_id else None, self.cleaned_data["name"], names)


def _places(user: User) -> list[Any]:
    """All places that the caller manages, by venue."""
    resources: dict[str, list[tuple[str, str]]] = {}
    for resource in resources_managed_by(user).select_related("venue").order_by("venue__position", "venue", "pk"):
        resources.setdefault(resource.venue.name, []).append((f"{Scope.RESOURCE}:{resource.pk}", resource.name))
    venues = [(f"{Scope.VENUE}:{venue.pk}", venue.name) for venue in venues_managed_by(user)]
    whole = [(Scope.TENANT.value, _("Everything"))] if user.role == Role.OWNER else []
    return [*whole, (_("Venues"), venues), *resources.items()]
