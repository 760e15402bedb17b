"""What things cost: rates, vouchers, packs, groups, policies."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
