"""Forms of the pages about accounts."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User

LONGEST_PASSWORD = 200


def password_field(kind: str, label: Any, **more: Any) -> forms.CharField:
    """A password: `kind` is what password managers know it as, `current-password` or `new-password`."""
    widget = forms.PasswordInput(attrs={"autocomplete": kind})
    return forms.CharField(label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **more)


class AddressForm(DressedForm):
    """An e-mail address, in lower case as it is stored."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        """As accounts know it."""
        return str(self.cleaned_data["email"]).strip().lower()


class SignUpForm(AddressForm):
    """Who somebody is, and where to mail the link that makes the account."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email"]


class JoinForm(DressedForm):
    """The rest of a new account, once the address is confirmed."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = password_field(
        "new-password",
        _("Password"),
        required=False,
        help_text=_("At least 10 characters. Or leave it empty, and sign in by a link in your mail or with a passkey."),
    )


class NewPasswordForm(DressedForm):
    """A new password, typed once: it can be shown, and a link mends a slip."""

    password = password_field("new-password", _("New password"), help_text=_("At least 10 characters."))


class ChangePasswordForm(NewPasswordForm):
    """A new password, and the present one where there is one."""

    current = password_field("current-password", _("Your password now"), required=False)
    field_order = ["current", "password"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["current"]

    def clean_current(self) -> str:
        """Refuse any other than the present one."""
        if not self.user.check_password(self.cleaned_data["current"]):
            raise ValidationError(_("That is not your password."), code="wrong_password")
        return str(self.cleaned_data["current"])


class ProfileForm(DressedForm):
    """What people say about themselves."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("As my browser says")), *settings.LANGUAGES]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]


class CodeForm(DressedForm):
    """What an authenticator shows, or a code for whoever has lost it."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class EraseForm(DressedForm):
    """Said twice: the button, and this."""

    sure = forms.BooleanField(
        label=_("Yes, erase my data. I know that this cannot be undone."),
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
    )
