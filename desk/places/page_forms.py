"""What the desk says about a venue or a resource on its page."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import dressed
from desk.places.rows import CountryField
from venues.models import Resource, ShownPicture, Venue

MOST_AMENITIES, LONGEST_AMENITY = 30, 40


class NamesField(forms.CharField):
    """Names with commas between them: `Floodlight, Indoor` is two; what comes twice is kept once."""

    def prepare_value(self, value: Any) -> str:
        """The names as one types them."""
        return ", ".join(value) if isinstance(value, list) else str(value or "")

    def clean(self, value: Any) -> list[str]:
        """The names, in order."""
        text = super().clean(value)
        names = list(dict.fromkeys(" ".join(name.split()) for name in text.replace("\n", ",").split(",")))
        names = [name for name in names if name]
        if len(names) > MOST_AMENITIES:
            raise ValidationError(_("At most 30."))
        if any(len(name) > LONGEST_AMENITY for name in names):
            raise ValidationError(_("Each of them is to have at most 40 characters."))
        return names


class PageForm(forms.ModelForm):
    """Texts of a page, in the house's look; line breaks are kept, everything else is shown as it is typed."""

    amenities = NamesField(
        label=_("What there is"),
        required=False,
        help_text=_("With commas between: Showers, Parking, Wheelchair access"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name in ("description", "house_rules", "directions"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 5
        dressed(self)


class VenuePageForm(PageForm):
    """All that customers read about a venue, but for its hours and prices."""

    country = CountryField(label=_("Country"))

    class Meta:
        model = Venue
        fields = [
            "description", "notice", "street", "postal_code", "city", "country", "phone", "email", "directions",
            "latitude", "longitude", "amenities", "house_rules",
        ]  # fmt: skip
        labels = {
            "description": _("Description"),
            "notice": _("Notice"),
            "street": _("Street"),
            "postal_code": _("Postal code"),
            "city": _("Town"),
            "phone": _("Phone"),
            "email": _("E-mail address"),
            "directions": _("Directions"),
            "latitude": _("Latitude"),
            "longitude": _("Longitude"),
            "house_rules": _("House rules"),
        }
        help_texts = {
            "notice": _("Stands on top of the page, for what everybody has to know now."),
            "directions": _("Bus stop, parking, which door"),
            "latitude": _("Such as 48.137154; a map shows it when you click on your house"),
            "longitude": _("Such as 11.576124"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country: Any = self.fields["country"]
        country.keep(self.instance.country)


class ResourcePageForm(PageForm):
    """All that customers read about a resource, but for its settings and prices."""

    class Meta:
        model = Resource
        fields = ["description", "notice", "amenities", "house_rules"]
        labels = {"description": _("Description"), "notice": _("Notice"), "house_rules": _("House rules")}
        help_texts = {"notice": _("Stands on top of the page, for what everybody has to know now.")}


class PictureForm(forms.Form):
    """A picture to bring. Without words it is decorative: screen readers pass it over."""

    file = forms.FileField(label=_("Picture"), help_text=_("JPEG, PNG, WebP or GIF of at most 8 MB"))
    description = forms.CharField(
        label=_("What it shows"),
        max_length=ShownPicture.LONGEST_DESCRIPTION,
        required=False,
        help_text=_("For those who do not see it: “Court 1 with its red clay, seen from the stand”"),
    )
    is_decorative = forms.BooleanField(label=_("It is decoration and shows nothing"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["file"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp,image/gif"
        dressed(self)
        self.fields["file"].widget.attrs["class"] = "file-input"
        self.fields["is_decorative"].widget.attrs["class"] = "checkbox"

    def clean(self) -> dict[str, Any]:
        """Either words or none on purpose."""
        data = super().clean() or {}
        if data.get("is_decorative"):
            data["description"] = ""
        elif not str(data.get("description", "")).strip():
            self.add_error("description", _("Say what it shows, or that it is decoration."))
        return data
