"""What is filled in to bring a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User
from bookings.imports.bringing import Wish
from bookings.imports.kinds import COLUMNS
from bookings.models import Import
from bookings.plans import STAFF_MAY_OVERRULE
from venues.access import resources_managed_by

RULES = {
    "closed": _("Opening hours"),
    "lead_time": _("How long before it must be booked"),
    "too_far": _("How far ahead it may be booked"),
    "duration": _("How long it may last"),
    "granularity": _("When it may start"),
    "capacity": _("For how many people"),
}
"""In words: rules that staff may set aside."""


class FileForm(DressedForm):
    """A file, and which rules its bookings need not keep."""

    file = forms.FileField(label=_("File"))
    overrule = forms.MultipleChoiceField(
        label=_("Rules that need not be kept"),
        choices=[(code, RULES[code]) for code in sorted(STAFF_MAY_OVERRULE)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    notify = forms.BooleanField(label=_("Write to the customers of imported bookings"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["class"] = "file-input w-full"
        for name in ("overrule", "notify"):
            self.fields[name].widget.attrs["class"] = "checkbox checkbox-sm"

    def wish(self) -> Wish:
        """What was filled in."""
        file, given = self.cleaned_data["file"], self.cleaned_data
        contact: dict[str, str] = {name: given[name] for name in ("name", "email", "phone") if name in given}
        return Wish(
            kind=given.get("kind", Import.Kind.SEASON),
            content=file.read(),
            file_name=file.name,
            notifies=given["notify"],
            overrules=tuple(given["overrule"]),
            resource_id=given.get("resource"),
            becoming=given.get("becoming", Import.Becoming.BOOKINGS),
            contact=contact,
        )


class TableForm(FileForm):
    """A CSV file."""

    kind = forms.ChoiceField(
        label=_("What it has"), choices=[(kind, Import.Kind(kind).label) for kind in COLUMNS], initial="bookings"
    )


class SeasonForm(FileForm):
    """A calendar for one resource."""

    resource = forms.TypedChoiceField(label=_("Where"), coerce=int)
    becoming = forms.ChoiceField(label=_("Its dates become"), choices=Import.Becoming.choices)
    name = forms.CharField(label=_("In the name of (optional)"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail address (optional)"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone (optional)"), max_length=32, required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = resources_managed_by(user).select_related("venue").order_by("venue__position", "position", "name")
        choices = [(place.pk, f"{place.venue.name} · {place.name}") for place in places]
        self.fields["resource"].choices = choices  # type: ignore[attr-defined]
