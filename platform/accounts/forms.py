"""Forms as people see them: labels, sizes and how a mistake is told."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def dressed(form: forms.BaseForm) -> None:
    """Give each widget the class that the style sheet knows."""
    for field in form.fields.values():
        field.widget.attrs.setdefault("class", _class_of(field.widget))


def _class_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Select):
        return "select"
    return "textarea" if isinstance(widget, forms.Textarea) else "input"


class DressedForm(forms.Form):
    """A form in the house's look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        dressed(self)


class SignInForm(AuthenticationForm):
    """E-mail address and password. Which of the two was wrong is not said."""

    error_messages = {
        "invalid_login": _("That address and password do not fit together. Please try again."),
        "inactive": _("This account is closed."),
        "not_operator": _("Only operators sign in here. Venues have an address of their own."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["username"] = forms.EmailField(
            label=_("E-mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username webauthn"}),
        )
        self.fields["password"].label = _("Password")
        self.fields["password"].widget.attrs.pop("autofocus", None)
        dressed(self)

    def clean_username(self) -> str:
        """The address as it is stored; also what failed attempts are counted by."""
        return str(self.cleaned_data["username"]).strip().lower()


class OperatorSignInForm(SignInForm):
    """The platform's own door."""

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse everybody whose role is not operator."""
        super().confirm_login_allowed(user)
        if not isinstance(user, User) or not user.is_operator:
            raise ValidationError(self.error_messages["not_operator"], code="not_operator")
