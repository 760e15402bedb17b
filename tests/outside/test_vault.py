"""Sealed secrets: each tenant's for itself, and keys that can be replaced (T27)."""

import pytest
from django_tenants.utils import schema_context
from pytest_django.fixtures import Settings

from outside.vault import Sealed, seal, unseal

TEXT = "a secret of Ä"


def test_what_one_schema_sealed_no_other_opens() -> None:
    with schema_context("t_1"):
        sealed = seal(TEXT)
        assert unseal(sealed) == TEXT
        assert TEXT not in sealed
        assert seal(TEXT) != sealed
    for other in ("t_2", "public"):
        with schema_context(other), pytest.raises(Sealed):
            unseal(sealed)


def test_new_key_seals_and_the_old_one_still_opens(settings: Settings) -> None:
    settings.VAULT_KEYS = ["old"]
    before = seal(TEXT)
    settings.VAULT_KEYS = ["new", "old"]
    after = seal(TEXT)
    assert (unseal(before), unseal(after)) == (TEXT, TEXT)
    settings.VAULT_KEYS = ["new"]
    assert unseal(after) == TEXT
    with pytest.raises(Sealed):
        unseal(before)


@pytest.mark.parametrize("changed", ["", "nonsense", "gAAAAAB", "é"])
def test_what_was_changed_does_not_open(changed: str) -> None:
    with pytest.raises(Sealed):
        unseal(changed)
    sealed = seal(TEXT)
    with pytest.raises(Sealed):
        unseal(f"{sealed[:50]}{'A' if sealed[50] != 'A' else 'B'}{sealed[51:]}")
