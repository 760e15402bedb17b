"""Applications of people who want to become a tenant."""

from typing import Any

from tenants.provisioning import Application
from tests.worlds import PASSWORD


def application(slug: str = "gamma-hall", **changes: Any) -> Application:
    """A complete application for a slug."""
    usual = {
        "name": "Gamma Hall",
        "slug": slug,
        "time_zone": "Asia/Tokyo",
        "currency": "JPY",
        "owner_email": "owner@gamma.example",
        "owner_password": PASSWORD,
        "owner_name": "Gina Gamma",
    }
    return Application(**{**usual, **changes})
