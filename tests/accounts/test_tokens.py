"""Tokens for the API: 160 random bits of which only a digest is kept."""

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from tests.worlds import World

VENUES = "/api/v1/venues/"


def answer_to(world: World, credentials: str | None) -> tuple[int, str | None, str | None]:
    """Status, code and `WWW-Authenticate` of a call with this Authorization header."""
    headers = {"Host": world.host}
    if credentials is not None:
        headers["Authorization"] = credentials
    answer = Client(headers=headers).get(VENUES)
    code = answer.json().get("code") if answer.status_code != 200 else None
    return answer.status_code, code, answer.get("WWW-Authenticate")


def test_token_opens_its_own_tenant(alpha: World) -> None:
    assert answer_to(alpha, f"Token {alpha.tokens['guest']}") == (200, None, None)


@pytest.mark.parametrize("who", ["owner", "manager", "guest"])
def test_token_of_another_tenant_is_401(alpha: World, beta: World, who: str) -> None:
    """T10, API.md."""
    assert answer_to(alpha, f"Token {beta.tokens[who]}") == (401, "authentication_failed", "Token")


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (None, "not_authenticated"),
        ("Token " + "0" * 40, "authentication_failed"),
        ("Token {cut}", "authentication_failed"),
        ("Token {longer}", "authentication_failed"),
        ("Token {capitals}", "authentication_failed"),
        ("Token {digest}", "authentication_failed"),
        ("Token", "authentication_failed"),
        ("Token a b", "authentication_failed"),
        ("Token ' OR 1=1 --", "authentication_failed"),
        ("Token \u00e9", "authentication_failed"),
        ("Basic Z3Vlc3Q6Z3Vlc3Q=", "not_authenticated"),
        ("{right}", "not_authenticated"),
    ],
)
def test_wrong_credentials_are_401_and_say_what_is_wanted(alpha: World, credentials: str | None, code: str) -> None:
    """API.md: missing or bad credentials are 401 with `WWW-Authenticate`."""
    key = alpha.tokens["guest"]
    if credentials is not None:
        credentials = credentials.format(
            right=key, cut=key[:-1], longer=key + "0", capitals=key.upper(), digest=AccessToken.digest_of(key)
        )
    assert answer_to(alpha, credentials) == (401, code, "Token")


def test_token_is_no_bearer_token(alpha: World) -> None:
    """RFC 6750, 3.1."""
    challenge = 'Bearer realm="api", error="invalid_token"'
    assert answer_to(alpha, f"Bearer {alpha.tokens['guest']}") == (401, "invalid_token", challenge)


def test_token_of_a_closed_account_is_401(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["guest"]).update(is_active=False)
    assert answer_to(alpha, f"Token {alpha.tokens['guest']}") == (401, "authentication_failed", "Token")
    assert answer_to(alpha, f"Token {alpha.tokens['stranger']}")[0] == 200


def test_token_that_was_taken_back_is_401(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        User.objects.get(pk=alpha.users["guest"]).access_tokens.all().delete()
    assert answer_to(alpha, f"Token {alpha.tokens['guest']}") == (401, "authentication_failed", "Token")


def test_tokens_are_40_hex_characters_and_never_the_same(in_alpha: World) -> None:
    user = User.objects.get(pk=in_alpha.users["guest"])
    issued = {AccessToken.issue(user, "kiosk") for _ in range(50)}
    assert len(issued) == 50
    assert all(len(key) == 40 and set(key) <= set("0123456789abcdef") for key in issued)


def test_only_a_digest_is_kept(in_alpha: World) -> None:
    """A stolen table opens nothing."""
    key = in_alpha.tokens["guest"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_accesstoken t")
        rows = " ".join(text for (text,) in cursor.fetchall())
    assert key not in rows
    assert AccessToken.digest_of(key) in rows
    assert len(AccessToken.digest_of(key)) == 64
