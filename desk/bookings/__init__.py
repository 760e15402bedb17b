"""Bookings as lists: searched, filtered, many at once, and what waits for an answer."""
