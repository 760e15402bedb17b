"""Settings and how the business is connected to others."""

from django.urls import URLPattern, URLResolver, path

from desk.settings import business, hub

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/settings/", hub.hub, name="desk-settings"),
    path("desk/settings/business/", business.business, name="settings-business"),
    path("desk/settings/languages/", business.languages, name="settings-languages"),
]
