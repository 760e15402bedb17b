"""Signing in and out, in the schema of the host."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

from accounts import halfway, required
from accounts.forms import OperatorSignInForm, SignInForm
from accounts.models import Role
from rest.limits import WRONG_PASSWORD, check_guesses, missed

HOME_OF = {Role.OPERATOR: "admin:index", Role.CUSTOMER: "own-bookings"}


class SignIn(LoginView):
    """Sign in at a tenant; `next` leads to this host only."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    extra_context = {"lead": _("For your bookings, and for the people who work here.")}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, unless wrong passwords of many people came from the same place (`TooMany`).

        Those of one person are counted by axes, in PostgreSQL: whatever Redis does, they stay counted.
        """
        check_guesses(request, WRONG_PASSWORD)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Right: signed in, or, for whoever has an authenticator, on to its code."""
        if halfway.is_asked(form.get_user()):
            halfway.begin(self.request, form.get_user(), self.get_redirect_url())
            return redirect("login-code")
        answer = super().form_valid(form)
        required.note(self.request, is_proven=False)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        """Wrong: the form again."""
        missed(self.request, WRONG_PASSWORD)
        return super().form_invalid(form)

    def get_default_redirect_url(self) -> str:
        """Customers to their bookings, staff to the desk, operators to the tenants."""
        role = getattr(self.request.user, "role", None)
        return resolve_url(HOME_OF.get(Role(role), "desk") if role else "home")


class OperatorSignIn(SignIn):
    """Sign in at the platform: operators only."""

    authentication_form = OperatorSignInForm
    extra_context = {"lead": _("For those who run the platform.")}
