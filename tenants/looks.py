"""How a tenant's pages and letters look: what is published, what is being drafted, what was before. All in `public`.

A look is columns and not a bag, so that nothing gets onto a page that nobody thought of. Pictures are named by their
digest; their bytes lie in the tenant's own schema (`venues.pictures`).
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property

from django.core.validators import MaxValueValidator, RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import styling
from tenants.styling import Palette

validate_color = RegexValidator(r"\A#[0-9a-f]{6}\Z", _("Use a colour such as #0f766e."))
validate_digest = RegexValidator(r"\A[0-9a-f]{64}\Z")
validate_link = URLValidator(schemes=["https"], message=_("Write a full address that begins with https://."))
# What RFC 3986 has no place for in an address, and the apostrophe.
validate_spelling = RegexValidator("\\A[^\\s\"'<>`\\\\^{|}]*\\Z", validate_link.message)
LINK = (validate_link, validate_spelling)
LARGEST_SIDE = 1920


class Mode(models.TextChoices):
    """Whether pages are light or dark."""

    DEVICE = "device", _("As the visitor's device, light or dark")
    LIGHT = styling.LIGHT, _("Always light")
    DARK = styling.DARK, _("Always dark")


class Font(models.TextChoices):
    """Names of `styling.FONTS`."""

    INTER = "inter", _("Inter: clear and modern")
    SYSTEM = "system", _("System: as the visitor's device writes")
    HUMANIST = "humanist", _("Humanist: warm and open")
    GEOMETRIC = "geometric", _("Geometric: round and airy")
    ROUNDED = "rounded", _("Rounded: soft and friendly")
    SERIF = "serif", _("Serif: classic")
    SLAB = "slab", _("Slab: strong")
    MONO = "mono", _("Mono: technical")


HEADING_FONTS = [(styling.SAME_FONT, _("As the text")), *Font.choices]


class Corners(models.TextChoices):
    """Names of `styling.CORNERS`."""

    NONE = "none", _("Square")
    SMALL = "small", _("Slightly rounded")
    MEDIUM = "medium", _("Rounded")
    LARGE = "large", _("Very rounded")
    ROUND = "round", _("Round")


class Tone(models.TextChoices):
    """Where a clear logo cannot be seen: a dark one on dark pages, a light one on light pages."""

    NONE = "", "-"
    DARK = styling.DARK, "dark"
    LIGHT = styling.LIGHT, "light"


def _digest() -> models.CharField:
    return models.CharField(max_length=64, blank=True, default="", validators=[validate_digest])


def _side() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LARGEST_SIDE)])


class Look(models.Model):
    """Everything that an owner chooses. Links are https; `variables` are what `tenants.cssvalues` reads."""

    color = models.CharField(_("Colour"), max_length=7, default="#0f766e", validators=[validate_color])
    second_color = models.CharField(
        _("Second colour"), max_length=7, blank=True, default="", validators=[validate_color]
    )
    mode = models.CharField(_("Light or dark"), max_length=6, choices=Mode.choices, default=Mode.DEVICE)
    font = models.CharField(_("Typeface"), max_length=9, choices=Font.choices, default=Font.INTER)
    heading_font = models.CharField(
        _("Typeface of headings"), max_length=9, choices=HEADING_FONTS, default=styling.SAME_FONT
    )
    corners = models.CharField(_("Corners"), max_length=6, choices=Corners.choices, default=Corners.LARGE)
    variables = models.JSONField(_("Further settings"), default=dict, blank=True)
    headline = models.CharField(_("Headline"), max_length=120, blank=True, default="")
    intro = models.TextField(_("Introduction"), max_length=600, blank=True, default="")
    footer = models.TextField(_("Text at the foot of pages and letters"), max_length=600, blank=True, default="")
    imprint_url = models.URLField(_("Imprint"), blank=True, default="", validators=LINK)
    privacy_url = models.URLField(_("Privacy"), blank=True, default="", validators=LINK)
    terms_url = models.URLField(_("Terms"), blank=True, default="", validators=LINK)
    logo = _digest()
    logo_width = _side()
    logo_height = _side()
    logo_tone = models.CharField(max_length=5, choices=Tone.choices, blank=True, default=Tone.NONE)
    icon = _digest()
    cover = _digest()
    cover_width = _side()
    cover_height = _side()
    card = _digest()

    TEXTS = ("headline", "intro", "footer")
    LINKS = ("imprint_url", "privacy_url", "terms_url")
    STYLE = ("color", "second_color", "mode", "font", "heading_font", "corners", "variables")
    PICTURES = ("logo", "icon", "cover", "card")
    CHOSEN = (*STYLE, *TEXTS, *LINKS, *PICTURES)
    """What somebody chose; the rest is measured of the pictures."""

    class Meta:
        abstract = True

    @property
    def palette(self) -> Palette:
        """What the style sheet is made of."""
        variables: Mapping[str, str] = self.variables
        return Palette(self.color, self.second_color, self.font, self.heading_font, self.corners, variables)

    @cached_property
    def css(self) -> str:
        """Its style sheet."""
        return styling.style_sheet(self.palette)

    @cached_property
    def tag(self) -> str:
        """Of the style sheet and the drawn icon: another whenever one of them changes."""
        return hashlib.sha256(self.css.encode()).hexdigest()[:12]

    @property
    def theme(self) -> str:
        """The name of the theme that pages are held to; empty where the visitor's device decides."""
        return styling.THEMES.get(self.mode, "")

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """The colour of the page by mode, for what is around it."""
        modes = (styling.LIGHT, styling.DARK) if self.mode == Mode.DEVICE else (self.mode,)
        return {mode: styling.ground(self.palette, mode) for mode in modes}

    @property
    def card_picture(self) -> str:
        """The digest of what social networks show: the card of its own, or the cover."""
        digest: str = self.card or self.cover
        return digest

    @classmethod
    def columns(cls) -> list[str]:
        """The names of everything that an owner chooses."""
        return [field.name for field in Look._meta.get_fields()]

    def values(self) -> dict[str, object]:
        """Everything that an owner chose, by name."""
        return {name: getattr(self, name) for name in self.columns()}


class Brand(Look):
    """What visitors see. There is none for a tenant that never chose: `Tenant.look` is the usual one then."""

    tenant = models.OneToOneField("Tenant", on_delete=models.CASCADE, related_name="brand")

    def __str__(self) -> str:
        return f"look of tenant {self.tenant_id}"


class BrandDraft(Look):
    """What the owner works on and only staff see."""

    tenant = models.OneToOneField("Tenant", on_delete=models.CASCADE, related_name="brand_draft")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of tenant {self.tenant_id}"


class BrandEdition(Look):
    """A publishing, for good: who and when (ids of people are of the tenant's schema). One that is undone says so."""

    tenant = models.ForeignKey("Tenant", on_delete=models.CASCADE, related_name="brand_editions")
    published_at = models.DateTimeField()
    published_by = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            # Serves the list on the owner's page, and what is gone back to.
            models.Index(fields=["tenant", "-id"], name="edition_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"edition {self.pk} of tenant {self.tenant_id}"
