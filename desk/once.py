"""Forms that give or make something: sent twice, by a finger or a line that stalls, they do it once (`rest.once`)."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.forms import DressedForm
from desk.callers import staff
from rest import once as numbers
from rest.once import LONGEST_NUMBER

Result = TypeVar("Result")


def fresh() -> str:
    """A number for a form that is shown."""
    return uuid4().hex


class OnceForm(DressedForm):
    """A form with a number of its own."""

    number = forms.CharField(max_length=LONGEST_NUMBER, required=False, widget=forms.HiddenInput, initial=fresh)


def once(request: HttpRequest, number: str, act: Callable[[], Result]) -> Result | None:
    """What `act` returns; None where the form was sent already, which is said."""
    made = numbers.once(staff(request).pk, number, act)
    if made is None:
        messages.info(request, said())
    return made


def said() -> str:
    """How it is told."""
    return _("This was sent twice, and is done once.")


def number_of(sent: Any) -> str:
    """The number of a form that was sent."""
    return str(sent.get("number", ""))[:LONGEST_NUMBER].replace("\x00", "")
