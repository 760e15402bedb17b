"""What owners type into the record of processing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.seen import SeenForm
from desk.privacy.models import LONGEST, ProcessingContact, ProcessingLine


def _few_lines(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def _line(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, max_length=LONGEST, required=required)


class ContactForm(SeenForm):
    """Whom to ask."""

    controller = _few_lines(_("Who is responsible"), _("Name and address. Left empty: as your documents say it."))
    representative = _few_lines(_("Representative"), _("Where there is one."))
    officer = _few_lines(_("Data protection officer"), _("Where there is one: a name and a way to write."))

    @staticmethod
    def known(row: ProcessingContact) -> dict[str, Any]:
        """As it is kept."""
        return {name: getattr(row, name) for name in ("controller", "representative", "officer")}


class LineForm(DressedForm):
    """Something that the business does with data elsewhere."""

    name = forms.CharField(label=_("What you do"), max_length=120, help_text=_("Such as: our newsletter."))
    what_for = _line(_("What for"))
    persons = _line(_("Whose data"))
    which_data = _line(_("Which data"))
    recipients = _line(_("Who gets them"), required=False)
    abroad = _line(_("Outside the EU"), _("To whom there, and what protects the data."), required=False)
    until = _line(_("Until when"))
    basis = _line(_("Legal basis"), required=False)

    def made(self) -> ProcessingLine:
        """The line, not saved."""
        return ProcessingLine(**self.cleaned_data)
