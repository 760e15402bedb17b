"""Money: takings, balances, refunds, disputes, taxes, the books."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
