"""A domain, as an owner types it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from tenants.domainnames import LONGEST_TYPED


class DomainForm(DressedForm):
    """Another one."""

    domain = forms.CharField(
        label=_("Your domain"),
        max_length=LONGEST_TYPED,
        help_text=_("Such as courts.club.com or www.club.com."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
