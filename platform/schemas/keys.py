"""Names that live outside a schema carry it: cache keys, lock keys, salts, throttle keys, media paths."""

import hashlib

from schemas.current import current_schema


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Django's `KEY_FUNCTION`: the same key in two schemas is two entries (T07)."""
    return f"{current_schema()}:{key_prefix}:{version}:{key}"


def salt(purpose: str) -> str:
    """Salt for a signature that is only good in this schema (T09)."""
    return f"{current_schema()}:{purpose}"


def lock_key(*parts: str) -> int:
    """Signed 64-bit key for a PostgreSQL advisory lock, whose space all schemas share (T29)."""
    text = "\x1f".join((current_schema(), *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def media_path(name: str) -> str:
    """Where a file of this schema lies below MEDIA_ROOT (T20)."""
    return f"{current_schema()}/{name}"
