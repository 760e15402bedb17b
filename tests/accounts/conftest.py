"""Visitors are those of the other pages."""

from tests.flows.conftest import next_week, visitor

__all__ = ["next_week", "visitor"]
