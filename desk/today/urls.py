"""The day at the desk: who comes, who has not paid, what is free, and checking in."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
