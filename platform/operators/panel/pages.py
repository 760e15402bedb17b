"""Every page of the panel: importing a module registers what it has."""

from typing import Any

from operators.panel import (
    abuse,
    acts,
    audit,
    clock,
    dashboard,
    money,
    money_acts,
    paid_acts,
    people,
    reconciliation,
    rollouts,
    standing_acts,
    strangers,
    subscriptions,
    switches,
    telling,
    tenants,
    traffic,
)
from operators.panel.site import panel

__all__ = [
    "abuse",
    "acts",
    "audit",
    "clock",
    "dashboard",
    "money",
    "money_acts",
    "paid_acts",
    "people",
    "reconciliation",
    "rollouts",
    "standing_acts",
    "strangers",
    "subscriptions",
    "switches",
    "telling",
    "tenants",
    "traffic",
    "urls",
]


def urls() -> list[Any]:
    """The routes under `/operators/`."""
    return panel.get_urls()
