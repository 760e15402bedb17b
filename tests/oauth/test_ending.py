"""What is over is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils.dateparse import parse_datetime
from django_tenants.utils import tenant_context

from accounts.models import AccessToken as PersonalToken
from oauth.models import AccessToken, Grant, RefreshToken
from tenants import cleaning
from tests.oauth.asking import Registered, registered, rows
from tests.worlds import World

LONG_AGO = parse_datetime("2020-01-01T00:00:00Z")


@pytest.fixture
def kiosk(alpha: World) -> Registered:
    """A server's client with an own token, a pair of tokens, and a used code."""
    found = registered(alpha)
    found.own_token()
    found.tokens()
    return found


def counted(world: World) -> dict[str, int]:
    """How many rows there are."""
    return {name: len(found) for name, found in rows(world).items()}


def test_what_is_not_over_stays(alpha: World, kiosk: Registered) -> None:
    before = rows(alpha)
    with tenant_context(alpha.tenant):
        cleaning.clean_tenant("")
    assert rows(alpha) == before


def test_access_token_goes_with_its_refresh_token(alpha: World, kiosk: Registered) -> None:
    """One that can be refreshed stays, however long it is over, until the refresh token is."""
    with tenant_context(alpha.tenant):
        AccessToken.objects.update(expires=F("expires") - timedelta(days=2))
        cleaning.clean_tenant("")
    assert counted(alpha) == {"Application": 1, "Grant": 1, "AccessToken": 1, "RefreshToken": 1}
    with tenant_context(alpha.tenant):
        AccessToken.objects.update(expires=F("expires") - timedelta(days=29))
        Grant.objects.update(expires=LONG_AGO)
        cleaning.clean_tenant("")
    assert counted(alpha) == {"Application": 1, "Grant": 0, "AccessToken": 0, "RefreshToken": 0}


def test_used_refresh_token_is_known_for_thirty_days(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens("stranger")
    assert kiosk.refreshed(given["refresh_token"]).status_code == 200
    with tenant_context(alpha.tenant):
        cleaning.clean_tenant("")
        used = RefreshToken.objects.exclude(revoked=None)
        assert used.count() == 1
        used.update(revoked=F("revoked") - timedelta(days=30, minutes=1))
        cleaning.clean_tenant("")
        assert used.count() == 0


def test_personal_token_that_is_over_is_shown_for_thirty_days(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        tokens = PersonalToken.objects.filter(user=alpha.users["guest"])
        tokens.update(expires_at=F("last_used_at"))
        cleaning.clean_tenant("")
        assert tokens.count() == 1
        tokens.update(expires_at=LONG_AGO)
        cleaning.clean_tenant("")
        assert tokens.count() == 0
