"""Two who change one thing in two tabs: whoever saves second is told what the first has changed, and loses nothing.

A form has a mark for each of its fields, of what stood there when the page was shown. Where the row says something else
by the time it is saved, the fields are named, and the form has the new marks: sent once more, it is meant so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.forms import DressedForm

LENGTH = 8
LONGEST = 4000


def marked(values: Mapping[str, Any]) -> str:
    """A mark for each value, by name."""
    return " ".join(f"{name}:{_mark(value)}" for name, value in sorted(values.items()))


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()[:LENGTH]


def changed(before: str, now: Mapping[str, Any]) -> list[str]:
    """Which of the values by name are not those any more that were marked."""
    seen = dict(mark.split(":") for mark in before.split() if mark.count(":") == 1)
    return [name for name in now if name in seen and seen[name] != _mark(now[name])]


def told(labels: Iterable[Any]) -> str:
    """How it is said, with the fields by their labels."""
    names = get_text_list([str(label) for label in labels], _("and"))
    said = _(
        "Somebody has changed this meanwhile: %(names)s. Nothing is saved yet, and what you typed is below."
        " Open the page anew to see theirs, or save again to have it as you typed it."
    )
    return said % {"names": names}


class SeenForm(DressedForm):
    """A form about a row that others may change meanwhile. `before` are the marks of what it began with."""

    before = forms.CharField(max_length=LONGEST, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial:
            self.initial = {**self.initial, "before": marked(self._own(self.initial))}

    def check_same(self, now: Mapping[str, Any]) -> bool:
        """Of a valid form: whether the row says what it said when the page was shown; if not, the form says so."""
        own = self._own(now)
        names = changed(self.cleaned_data.get("before", ""), own)
        if not names:
            return True
        self.add_error(None, told(self[name].label for name in self.fields if name in names))
        data: Any = self.data
        self.data = data.copy()
        self.data[self.add_prefix("before")] = marked(own)  # type: ignore[index]
        return False

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in self.fields if name in values and name != "before"}
