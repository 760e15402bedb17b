"""Bookings as lists: searched, filtered, many at once, and what waits for an answer."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
