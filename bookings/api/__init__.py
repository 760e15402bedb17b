"""Thin adapters: names, statuses, time formats and codes of a dialect. No rules in here."""
