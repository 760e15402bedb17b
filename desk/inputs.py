"""Inputs that the browser draws by itself: a day by its calendar, a time by its clock."""

from django import forms


def day_input() -> forms.DateInput:
    """A day, as browsers want it written whatever the language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    """A time on the wall, to the minute."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})
