"""Signing in and out, and the language: the same at every host, but for who may sign in."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path
from django.views.i18n import set_language

from accounts.doors import open_to_all
from accounts.views import OperatorSignIn, SignIn
from rest.csrf import own_origin_suffices

LANGUAGE = own_origin_suffices(open_to_all("a choice kept in the caller's cookie")(set_language))


def _patterns(sign_in: Callable[..., Any]) -> list[URLPattern]:
    return [
        path("login/", open_to_all("this is how one signs in")(sign_in), name="login"),
        path("logout/", open_to_all("ends the caller's own session")(LogoutView.as_view()), name="logout"),
        path("language/", LANGUAGE, name="language"),
    ]


tenant_patterns = _patterns(SignIn.as_view())
platform_patterns = _patterns(OperatorSignIn.as_view())
