"""One booking as the team sees it: its story, its money, messages, notes and files."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
