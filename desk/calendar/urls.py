"""The calendar: resources and weeks, with bookings that are dragged, made and blocked out."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
