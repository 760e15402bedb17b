"""Settings as forms: fields that speak of lengths, percentages and money in words, judged and written as by the API.

A field has the name that the API has for it, so that what the API finds wrong with it is shown beside it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.formats import get_format
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.authentication import caller
from accounts.seen import SeenForm
from bookings.api.manage.views import CatalogueView
from bookings.views.amounts import no_amount, spelled, written
from desk.inputs import time_input
from desk.once import OnceForm, said
from kernel.errors import Refused
from kernel.money import exponent, from_text
from rest import once as numbers
from schemas.transactions import transact
from tenants.speech import length
from venues.access import check_manager
from venues.publicdays import countries
from venues.repricing import MOST_MINOR

UNITS = {"m": 1, "h": 60, "s": 60, "d": 1440, "t": 1440, "w": 10_080}
"""By the first letter: minutes; hours and Stunden; days and Tage; weeks and Wochen."""
PIECE = re.compile(r"(\d{1,6})\s*(?:([a-zäöü]+)\.?)?\s*", re.IGNORECASE)
NUMBER = re.compile(r"-?\d+\.\d+")
CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
LONGEST_MINUTES = 366 * 1440
LONGEST_TEXT = 40
OF_THE_FORM = frozenset({"before", "number"})
"""Fields that say something about the form, and nothing about the row."""
WEEKDAYS = [
    (0, gettext_lazy("Monday")), (1, gettext_lazy("Tuesday")), (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")), (4, gettext_lazy("Friday")), (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
]  # fmt: skip


class LengthField(forms.CharField):
    """A length of time as one says it: `90 min`, `1 h 30`, `1:30`, `2 days`; in minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []  # they are those of texts

    def prepare_value(self, value: Any) -> Any:
        """In words; what was typed stays as it was typed."""
        if not isinstance(value, int):
            return value
        return length(value) if value else _("none")

    def to_python(self, value: Any) -> Any:
        """Minutes."""
        text = (super().to_python(value) or "").strip().lower()
        if not text:
            return None
        if len(text) > LONGEST_TEXT:
            raise ValidationError(_("Say how long, such as 90 min, 1 h 30 min or 2 days."), code="invalid")
        if text in {"0", "-", "none", _("none").lower()}:
            return 0
        clock = CLOCK.fullmatch(text)
        found = int(clock[1]) * 60 + int(clock[2]) if clock else _pieces(text)
        if found is None or found > LONGEST_MINUTES:
            raise ValidationError(_("Say how long, such as 90 min, 1 h 30 min or 2 days."), code="invalid")
        return found


def _pieces(text: str) -> int | None:
    total, last, at = 0, "", 0
    for piece in PIECE.finditer(text):
        unit = (piece[2] or "")[:1] or ("m" if last in {"", "h", "s"} else "")
        if piece.start() != at or unit not in UNITS:
            return None
        total, last, at = total + int(piece[1]) * UNITS[unit], unit, piece.end()
    return total if at == len(text) else None


class DecimalTextField(forms.CharField):
    """A number with a comma or a point, as the API wants it: `12.5`; None where nothing is typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 20, "widget": forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs})

    def to_python(self, value: Any) -> Any:
        """The text with a point."""
        return (super().to_python(value) or "").replace(",", ".").replace("%", "").strip() or None

    def prepare_value(self, value: Any) -> Any:
        """As the reader writes it: `0,05`."""
        is_number = isinstance(value, str) and NUMBER.fullmatch(value)
        return value.replace(".", get_format("DECIMAL_SEPARATOR")) if is_number else value


class MoneyTextField(DecimalTextField):
    """An amount as people write it, for the API: `12.50`; whoever makes the form says the currency by `in_`."""

    currency = "EUR"

    def __init__(self, least_minor: int = 0, most_minor: int = MOST_MINOR, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least_minor, self.most_minor = least_minor, most_minor

    def in_(self, currency: str) -> None:
        """Say which currency."""
        self.currency = currency
        self.widget.attrs["inputmode"] = "decimal" if exponent(currency) else "numeric"

    def to_python(self, value: Any) -> Any:
        """The text with a point, and with no more decimals than the currency has."""
        text = forms.CharField.to_python(self, value)
        if not text:
            return None
        plain = spelled(text)
        if plain is None or len(plain.partition(".")[2]) > exponent(self.currency):
            raise ValidationError(no_amount(self.currency))
        if not self.least_minor <= from_text(plain, self.currency) <= self.most_minor:
            least, most = (written(minor, self.currency) for minor in (self.least_minor, self.most_minor))
            raise ValidationError(_("Give an amount from %(least)s to %(most)s.") % {"least": least, "most": most})
        return plain.rstrip(".")


class CountryField(forms.ChoiceField):
    """A country by its name in the reader's language; its two letters."""

    def __init__(self, **kwargs: Any) -> None:
        select = forms.Select(attrs={"class": "select", "autocomplete": "country"})
        super().__init__(**{"choices": _countries, "required": False, "widget": select, **kwargs})

    def keep(self, code: str) -> None:
        """Offer one that stands there already; countries whose holidays nobody knows are not in the list."""
        if code and not self.valid_value(code):
            self.choices = [*_countries(), (code, code)]


def _countries() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("Choose a country")), *countries(get_language() or "en")]


class DaysField(forms.TypedMultipleChoiceField):
    """Days of the week; none: all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "choices": WEEKDAYS,
                "coerce": int,
                "required": False,
                "widget": forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
                **kwargs,
            }
        )


class TimeField(forms.TimeField):
    """A time on the wall."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": time_input(), **kwargs})


class CheckField(forms.BooleanField):
    """Yes or no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": forms.CheckboxInput(attrs={"class": "checkbox"}), **kwargs})


class RowForm(SeenForm, OnceForm):
    """A row of what staff look after. `parts` are its fields under headings; `unset` are sent as null when empty."""

    parts: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = ()
    unset: ClassVar[frozenset[str]] = frozenset()

    @property
    def headed(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Headings with their fields."""
        known = [(title, [self[name] for name in names if name in self.fields]) for title, names in self.parts]
        named = {name for _title, names in self.parts for name in names}
        rest = [field for field in self.visible_fields() if field.name not in named]
        return [(title, fields) for title, fields in [*known, ("", rest)] if fields]

    def sent(self) -> dict[str, Any]:
        """What the API is sent for it."""
        return {name: self._sent(name, value) for name, value in self.cleaned_data.items() if name not in OF_THE_FORM}

    def _sent(self, name: str, value: Any) -> Any:
        if hasattr(value, "pk"):
            return value.pk
        if isinstance(self.fields[name], forms.ModelMultipleChoiceField):
            return [row.pk for row in value]
        if isinstance(self.fields[name], forms.TimeField):
            return f"{value:%H:%M}" if value else None
        if isinstance(self.fields[name], forms.IntegerField | forms.ModelChoiceField | LengthField | DecimalTextField):
            return value
        return None if value == "" and name in self.unset else value

    def told(self, errors: Mapping[str, Any]) -> None:
        """Show what the API found wrong beside the fields it is about."""
        for name, messages in errors.items():
            listed = [str(each) for each in _flat(messages)]
            for message in listed:
                self.add_error(name if name in self.fields else None, message)


def _flat(messages: Any) -> Iterable[Any]:
    if isinstance(messages, Mapping):
        return (each for inner in messages.values() for each in _flat(inner))
    return messages if isinstance(messages, list) else [messages]


def shown(request: HttpRequest, view: CatalogueView, row: Any) -> dict[str, Any]:
    """A row as the API shows it: what a form begins with."""
    data: dict[str, Any] = view.shaped(request, row).data  # type: ignore[arg-type]
    return data


def write(request: HttpRequest, view: CatalogueView, form: RowForm, pk: int | None, **fixed: Any) -> Any:
    """Write a row as the API does, under its locks; None where it is refused, which the form tells then.

    Refused is as well what somebody else has changed since the form was shown, and a new row that is sent twice.
    """
    data = {**form.sent(), **fixed}

    def act() -> Any:
        check_manager(caller(request))  # type: ignore[arg-type]
        row = view.changeable(request, pk) if pk is not None else None  # type: ignore[arg-type]
        if row is not None and not form.check_same(view.shown(request, pk)):  # type: ignore[arg-type]
            return None
        shape = view.shaped(request, row, data=data, partial=row is not None)  # type: ignore[arg-type]
        shape.is_valid(raise_exception=True)
        return shape.save()

    try:
        if pk is not None:
            return transact(act)
        made = numbers.once(caller(request).pk, form.cleaned_data["number"], act)  # type: ignore[arg-type]
        if made is None:
            form.add_error(None, said())
    except serializers.ValidationError as error:
        form.told(error.detail if isinstance(error.detail, Mapping) else {"": error.detail})
    except Refused as refusal:
        if refusal.code in {"permission_denied", "not_found"}:
            raise
        form.add_error(None, why(refusal))
    else:
        return made
    return None


def why(refusal: Refused) -> str:
    """A refusal with the codes of the bookings that it is about."""
    codes = refusal.extra.get("bookings")
    most = refusal.extra.get("most")
    if isinstance(codes, list) and codes:
        return f"{refusal.detail} {', '.join(str(code) for code in codes)}"
    if most:
        at_once = _("The most at once: %(most)s") % {"most": most}
        return f"{refusal.detail} {at_once}"
    return refusal.detail


def remove(request: HttpRequest, view: Any, pk: int) -> str:
    """Take a row away as the API does; why not, where it cannot be done, else nothing."""

    def act() -> None:
        view.remove(view.changeable(request, pk))

    try:
        transact(act)
    except Refused as refusal:
        if refusal.code in {"permission_denied", "not_found"}:
            raise
        return refusal.detail
    return ""


def amount_label(text: Any, currency: str) -> str:
    """A label with the currency that the amount is in."""
    return f"{text} ({currency})" if currency else str(text)


NOTHING = pgettext_lazy("no choice in a list", "None")
