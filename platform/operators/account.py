"""An operator's own account: who one is at the platform, and how one signs in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import codes, passkeys
from accounts.doors import operators_only
from bookings.views.account import ways
from operators import access
from operators.models import Rank


@operators_only
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Address and rank, and where password, second factor and sessions are looked after."""
    user = ways.member(request)
    context = {
        "rank": Rank(access.rank_of(user)).label,
        "passkeys": passkeys.of(user).count(),
        "has_authenticator": codes.of(user) is not None,
    }
    return render(request, "platform/account.html", context)
