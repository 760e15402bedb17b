"""Venues and resources: hours, closures, parts, extras, questions."""
