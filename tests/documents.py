"""The descriptions of the three dialects, as the hosts of tenants serve them."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from rest.document import CORE_SETTINGS, PARTNER_SETTINGS

SETTINGS: dict[str, dict[str, Any] | None] = {"v1": None, "core": CORE_SETTINGS, "partner": PARTNER_SETTINGS}


@cache
def document(dialect: str) -> dict[str, Any]:
    """The whole description, made once in a process."""
    with patched_settings(SETTINGS[dialect]):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def calls(dialect: str) -> dict[str, dict[str, Any]]:
    """`GET /api/v1/bookings/` and what is said of it."""
    return {
        f"{method.upper()} {path}": told
        for path, methods in document(dialect)["paths"].items()
        for method, told in methods.items()
    }
