"""Settings without which tenants would see each other: Django refuses to start (T01, T07, T17)."""

from typing import Any

from django.conf import settings
from django.core.checks import Error

KEY_FUNCTION = "schemas.keys.cache_key"


def isolation_settings(**_kwargs: Any) -> list[Error]:
    """Errors for caches that share keys, and for a public site that answers for unknown hosts."""
    errors = [
        Error(
            f"The cache {alias!r} makes its keys without the schema.",
            hint=f'Set KEY_FUNCTION to "{KEY_FUNCTION}".',
            id="schemas.E001",
        )
        for alias, cache in settings.CACHES.items()
        if cache.get("KEY_FUNCTION") != KEY_FUNCTION
    ]
    if getattr(settings, "SHOW_PUBLIC_IF_NO_TENANT_FOUND", False):
        errors.append(
            Error(
                "An unknown host would be shown the public site.",
                hint="Leave SHOW_PUBLIC_IF_NO_TENANT_FOUND off.",
                id="schemas.E002",
            )
        )
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        errors.append(
            Error(
                "ATOMIC_REQUESTS would hold a transaction open around outside calls.",
                hint="Use schemas.transactions.transact around the act itself.",
                id="schemas.E003",
            )
        )
    return errors
