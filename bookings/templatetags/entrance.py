"""What the sign-in says of why somebody is there: `{% load entrance %}`."""

from urllib.parse import urlsplit

from django import template
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

ACCOUNT = _("Sign in to see and change your account.")
PACKS = _("Sign in to see your packs and memberships.")
SERIES = _("Sign in to see your series.")
WHY: dict[str, Promise] = {
    "wait": _("You need an account to wait: we write to you as soon as it is your turn."),
    "own-waiting": _("Sign in to see your waiting lists."),
    "series-new": _("You need an account to book a series: all its dates are kept together there."),
    "own-series": SERIES,
    "series": SERIES,
    "series-cancel": SERIES,
    "series-move": SERIES,
    "series-dates": SERIES,
    "own-bookings": _(
        "Sign in to see your bookings. Booked without an account? The link in your confirmation leads to your booking."
    ),
    "packs": _("You need an account for packs and memberships: what you buy is kept there."),
    "own-packs": PACKS,
    "purchase-pay": PACKS,
    "purchase-paid": PACKS,
    "own-cards": _("Sign in to see the cards that you have kept."),
    "own-feed": _("Sign in to have your bookings in your own calendar."),
    "booking-details": _("Sign in and go on with your booking. The time is kept for you meanwhile."),
    "oauth-authorize": _("An app asks for access to your account. Sign in to decide."),
    "own-apps": ACCOUNT,
    "own-tokens": ACCOUNT,
    "own-data": ACCOUNT,
    "own-passkeys": ACCOUNT,
    "own-sessions": ACCOUNT,
    "two-factor": ACCOUNT,
    "account": ACCOUNT,
    "account-address": ACCOUNT,
    "account-password": ACCOUNT,
    "account-earlier": ACCOUNT,
}
"""By the name of the page that was wanted."""


@register.simple_tag
def why_sign_in(wanted: str | None) -> Promise | str:
    """`{% why_sign_in next %}`: a sentence, or nothing where the page that was wanted needs no reason."""
    path = urlsplit(wanted or "").path
    if path.startswith("/desk/"):
        return _("This page is for the people who work here.")
    try:
        return WHY.get(resolve(path).url_name or "", "")
    except Resolver404:
        return ""
