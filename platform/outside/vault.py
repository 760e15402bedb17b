"""Secrets that others gave us, or that we sign with, as the database may keep them: sealed, each tenant's for itself.

Fernet (AES-128-CBC with HMAC-SHA256) under keys of `settings.VAULT_KEYS`: the first seals, all open, so a key is
replaced by putting a new one before it. What one tenant's schema sealed, no other can open.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection

PURPOSE = "forecourt vault 1:"


class Sealed(Exception):
    """It cannot be opened: sealed by another schema, with a key that is gone, or changed since."""


def seal(text: str) -> str:
    """Seal a text for the current schema; two seals of one text differ."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed; raises `Sealed`."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Sealed from error


def _keys() -> MultiFernet:
    # The backend knows its schema; Django's types do not. `schemas` is above this layer.
    schema = str(connection.schema_name)  # type: ignore[attr-defined]
    return MultiFernet([Fernet(_derived(key, schema)) for key in settings.VAULT_KEYS])


def _derived(key: str, schema: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"{PURPOSE}{schema}".encode())
    return base64.urlsafe_b64encode(made.derive(key.encode()))
