"""Webhooks out: what happened, told to those who asked to be told, signed and until they have it."""
