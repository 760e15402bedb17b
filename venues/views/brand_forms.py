"""What owners and managers fill in about the look."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import dressed
from kernel.errors import Invalid
from tenants import cssvalues
from tenants.looks import LINK, BrandDraft, Look, validate_link

PICTURES = "image/png,image/jpeg,image/webp,image/gif"


def _link(label: Any) -> forms.URLField:
    """What has no scheme is https; what has another one is refused."""
    return forms.URLField(
        label=label,
        required=False,
        max_length=200,
        assume_scheme="https",
        validators=LINK,
        error_messages={"invalid": validate_link.message},
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )


class LookForm(forms.ModelForm):
    """Colours, type, texts and links of the draft; saving it is up to `tenants.brands`."""

    has_second_color = forms.BooleanField(
        label=_("Use a second colour"), required=False, help_text=_("For marks and ornaments beside the first.")
    )
    variables = forms.CharField(
        label=_("Further settings"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "--page: #faf7f2"}),
        help_text=format_lazy("{} {}.", _("One a line, such as --page: #faf7f2. Names:"), ", ".join(cssvalues.NAMES)),
    )

    imprint_url = _link(_("Imprint"))
    privacy_url = _link(_("Privacy"))
    terms_url = _link(_("Terms"))

    class Meta:
        model = BrandDraft
        fields = [*(name for name in Look.STYLE if name != "variables"), *Look.TEXTS, *Look.LINKS]
        widgets = {
            "color": forms.TextInput(attrs={"type": "color"}),
            "second_color": forms.TextInput(attrs={"type": "color"}),
            "intro": forms.Textarea(attrs={"rows": 3}),
            "footer": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "color": _("Of buttons and links. Any will do: where it could not be read, another shade of it is used."),
            "headline": _("In large letters on your first page."),
            "intro": _("Below it, in two or three sentences."),
            "footer": _("Such as your company and its registration."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["second_color"].required = False
        self.initial["variables"] = cssvalues.lines_of(self.instance.variables)
        self.initial["has_second_color"] = bool(self.instance.second_color)
        self.initial["second_color"] = self.instance.second_color or self.instance.color
        dressed(self)
        for name in ("color", "second_color"):
            self.fields[name].widget.attrs["class"] = "input h-12 max-w-32 p-1"
        self.fields["has_second_color"].widget.attrs["class"] = "checkbox"

    def clean_variables(self) -> dict[str, str]:
        """Read by `cssvalues`, which names the line that it cannot read."""
        try:
            return cssvalues.read(self.cleaned_data["variables"])
        except Invalid as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from refusal

    def values(self) -> dict[str, object]:
        """Columns with what was filled in."""
        given = dict(self.cleaned_data)
        if not given.pop("has_second_color"):
            given["second_color"] = ""
        # Browsers send the ends of lines as CRLF: what nobody changed is no difference.
        return given | {name: given[name].replace("\r\n", "\n") for name in Look.TEXTS}

    def group(self, *names: str) -> list[forms.BoundField]:
        """Some of the fields, for a section of the page."""
        return [self[name] for name in names]

    @property
    def sections(self) -> list[tuple[object, list[forms.BoundField]]]:
        """Headings with their fields."""
        style = ("color", "has_second_color", "second_color", "mode", "font", "heading_font", "corners")
        return [
            (_("Colours and shapes"), self.group(*style)),
            (_("Texts"), self.group(*Look.TEXTS)),
            (_("Links at the foot of every page"), self.group(*Look.LINKS)),
        ]


class PictureForm(forms.Form):
    """A picture for one place of the look."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {"class": "file-input w-full", "accept": PICTURES}
