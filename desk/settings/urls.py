"""Settings and how the business is connected to others."""

from django.urls import URLPattern, URLResolver, path

from desk.everything import views as everything
from desk.privacy import views as privacy
from desk.settings import business, closing, domains, hub, retention

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/settings/", hub.hub, name="desk-settings"),
    path("desk/settings/business/", business.business, name="settings-business"),
    path("desk/settings/languages/", business.languages, name="settings-languages"),
    path("desk/settings/retention/", retention.retention, name="settings-retention"),
    path("desk/settings/everything/", everything.everything, name="settings-everything"),
    path("desk/settings/everything/archive.zip", everything.download, name="settings-everything-file"),
    path("desk/settings/everything/delete/", everything.delete, name="settings-everything-delete"),
    path("desk/settings/processing/", privacy.record, name="settings-processing"),
    path("desk/settings/processing/record.csv", privacy.file, name="settings-processing-file"),
    path("desk/settings/processing/add/", privacy.add, name="settings-processing-add"),
    path("desk/settings/processing/<int:line_id>/remove/", privacy.remove, name="settings-processing-remove"),
    path("desk/settings/close/", closing.close, name="settings-close"),
    path("desk/settings/close/undo/", closing.undo, name="settings-close-undo"),
    path("desk/domains/", domains.listed, name="domains"),
    path("desk/domains/main/", domains.make_main, name="domain-main"),
    path("desk/domains/<int:claim_id>/", domains.one, name="domain"),
    path("desk/domains/<int:claim_id>/check/", domains.check, name="domain-check"),
    path("desk/domains/<int:claim_id>/remove/", domains.remove, name="domain-remove"),
]
