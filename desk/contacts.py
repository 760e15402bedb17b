"""Whom a booking is for, as staff fill it in: at the desk, in the calendar, for a series."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User
from bookings.forms import LONGEST_NAME, phone_number
from bookings.requests import Contact

LONGEST_NOTES = 2000


class ContactForm(DressedForm):
    """How somebody is called and reached, and what they wish for. Of a customer who is known it fills in the rest."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, required=False)
    email = forms.EmailField(label=_("E-mail address (optional)"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=32,
        required=False,
        validators=[phone_number],
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    notes = forms.CharField(
        label=_("Wishes (optional)"),
        max_length=LONGEST_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def contact(self, customer: User | None) -> Contact:
        """Of a valid form: how to reach whoever comes."""
        name, email, phone = (self.cleaned_data[each] for each in ("name", "email", "phone"))
        if customer is None:
            return Contact(name, email, phone)
        return Contact(name or customer.name, email or customer.email, phone or customer.phone, customer.language)
