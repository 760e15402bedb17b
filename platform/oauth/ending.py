"""What is over and may be forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import AccessToken as PersonalToken
from oauth.models import AccessToken, Grant, RefreshToken
from oauth.validator import IDLE

CODES_KEPT = timedelta(days=1)
"""So long a code that comes back is known, and takes its tokens along."""
TOKENS_KEPT = timedelta(days=30)
"""So long a refresh token that was used or revoked is known when it comes back; and people see what has ended."""


def over() -> Iterator[QuerySet[Any]]:
    """Rows that nobody asks for any more, in the order in which they can go."""
    yield Grant.objects.filter(expires__lt=Now() - CODES_KEPT)
    yield RefreshToken.objects.filter(revoked__lt=Now() - TOKENS_KEPT)
    yield RefreshToken.objects.filter(revoked=None, access_token__expires__lt=Now() - IDLE)
    yield AccessToken.objects.filter(refresh_token=None, expires__lt=Now())
    yield PersonalToken.objects.filter(expires_at__lt=Now() - TOKENS_KEPT)
