"""What is filled in on the page of one booking."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from bookings.models import BookingMessage


class NoteForm(DressedForm):
    """A note for the team."""

    note = forms.CharField(
        label=_("Note for the team"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write something.")},
    )


class AnswerForm(DressedForm):
    """What the customer is to read. `after` is the last word on the page: sent twice, it goes once."""

    text = forms.CharField(
        label=_("Write to the customer"),
        max_length=BookingMessage.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please write something.")},
    )
    after = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class KeepForm(DressedForm):
    """A file to keep with the booking."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG, JPEG or text, 8 MB at most. Only the team sees it."),
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"class": "file-input w-full", "accept": ".pdf,.png,.jpg,.jpeg,.txt"}),
    )
