"""Settings and how the business is connected to others."""

from django.urls import URLPattern, URLResolver, path

from desk.everything import views as everything
from desk.settings import business, closing, domains, hub

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/settings/", hub.hub, name="desk-settings"),
    path("desk/settings/business/", business.business, name="settings-business"),
    path("desk/settings/languages/", business.languages, name="settings-languages"),
    path("desk/settings/everything/", everything.everything, name="settings-everything"),
    path("desk/settings/everything/archive.zip", everything.download, name="settings-everything-file"),
    path("desk/settings/everything/delete/", everything.delete, name="settings-everything-delete"),
    path("desk/settings/close/", closing.close, name="settings-close"),
    path("desk/settings/close/undo/", closing.undo, name="settings-close-undo"),
    path("desk/domains/", domains.listed, name="domains"),
    path("desk/domains/main/", domains.make_main, name="domain-main"),
    path("desk/domains/<int:claim_id>/", domains.one, name="domain"),
    path("desk/domains/<int:claim_id>/check/", domains.check, name="domain-check"),
    path("desk/domains/<int:claim_id>/remove/", domains.remove, name="domain-remove"),
]
