"""Names outside of a schema carry it: equal inputs in two tenants are two keys (T07, T09, T20, T29)."""

import math

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from schemas import keys
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of

MAKERS = {
    "cache": lambda: keys.cache_key("availability:1", "", 1),
    "lock": lambda: keys.lock_key("idempotency", "1"),
    "salt": lambda: keys.salt("booking-link"),
    "media": lambda: keys.media_path("logo.png"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_same_name_in_three_schemas_is_three_keys(alpha: World, beta: World, kind: str) -> None:
    made = set()
    for schema in (alpha.tenant.schema_name, beta.tenant.schema_name, "public"):
        with schema_context(schema):
            made.add(MAKERS[kind]())
            assert MAKERS[kind]() in made
    assert len(made) == 3


def test_cache_entry_of_one_tenant_is_not_anothers(alpha: World, beta: World) -> None:
    """T07, through Redis."""
    with tenant_context(alpha.tenant):
        cache.set("answer", alpha.canary, 60)
    with tenant_context(beta.tenant):
        assert cache.get("answer") is None
        cache.set("answer", beta.canary, 60)
    with tenant_context(alpha.tenant):
        assert cache.get("answer") == alpha.canary
        cache.delete("answer")
    with tenant_context(beta.tenant):
        assert cache.get("answer") == beta.canary
    assert cache.get("answer") is None


def test_signature_of_one_tenant_is_refused_by_another(alpha: World, beta: World) -> None:
    """T09."""
    with tenant_context(alpha.tenant):
        signed = signing.Signer(salt=keys.salt("invite")).sign("1")
        assert signing.Signer(salt=keys.salt("invite")).unsign(signed) == "1"
        with pytest.raises(signing.BadSignature):
            signing.Signer(salt=keys.salt("booking-link")).unsign(signed)
    with tenant_context(beta.tenant), pytest.raises(signing.BadSignature):
        signing.Signer(salt=keys.salt("invite")).unsign(signed)


def test_lock_keys_fit_postgresql_and_keep_their_parts_apart(db: None) -> None:
    """T29: signed 64 bits, and `("ab", "c")` is not `("a", "bc")`."""
    assert keys.lock_key("ab", "c") != keys.lock_key("a", "bc")
    made = {keys.lock_key("booking", str(number)) for number in range(1000)}
    assert len(made) == 1000
    assert all(-(2**63) <= key < 2**63 for key in made)
    assert math.isclose(len([key for key in made if key < 0]), 500, abs_tol=100)


def test_one_tenant_holding_a_lock_does_not_keep_another_out(scratch: str) -> None:
    """T29: both take "the same" advisory lock at the same time."""
    alpha, beta = world_of(ALPHA), world_of(BETA)

    def taken(world: World) -> bool:
        with tenant_context(world.tenant), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [keys.lock_key("idempotency", "1")])
            return bool(cursor.fetchone()[0])

    assert taken(alpha)
    assert at_once(lambda: taken(alpha), lambda: taken(beta)) == [False, True]
