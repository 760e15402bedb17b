"""Venues and resources: hours, closures, parts, extras, questions."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
