"""What HTTP brings in at a tenant's host."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.urls import tenant_patterns
from rest.document import CORE_SETTINGS, PARTNER_SETTINGS, DocsView, DocumentView
from tenants.views import appearance, brand, favicon, manifest
from tenants.widget import widget

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("bookings.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("oauth.api_urls")),
    path("api/partner/v1/", include("bookings.api.partner.urls")),
    path("api/", include("bookings.api.sites.urls")),
    path("api/schema/", DocumentView.as_view(), name="schema"),
    path("api/schema/core/", DocumentView.as_view(dialect="core", custom_settings=CORE_SETTINGS), name="schema-core"),
    path(
        "api/schema/partner/",
        DocumentView.as_view(dialect="partner", custom_settings=PARTNER_SETTINGS),
        name="schema-partner",
    ),
    path(
        "api/docs/partner/",
        DocsView.as_view(dialect="partner", url_name="schema-partner", title=PARTNER_SETTINGS["TITLE"]),
        name="api-docs-partner",
    ),
    path(
        "api/docs/core/",
        DocsView.as_view(dialect="core", url_name="schema-core", title=CORE_SETTINGS["TITLE"]),
        name="api-docs-core",
    ),
    path("api/docs/", DocsView.as_view(), name="api-docs"),
    path("", include("oauth.urls")),
    path("brand/<slug:tag>/<str:file>", brand, name="brand"),
    path("widget.js", widget, name="widget"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("favicon.ico", favicon, {"file": "32.png"}, name="favicon"),
    path("apple-touch-icon.png", favicon, {"file": "180.png"}, name="touch-icon"),
    path("appearance/", appearance, name="appearance"),
    path("", include("venues.urls")),
    *tenant_patterns,
    path("", include("operators.urls_tenant")),
    path("", include("website.urls_tenant")),
    path("", include("bookings.views.account.urls")),
    path("", include("desk.urls")),
    path("", include("bookings.urls")),
    path("desk/money/", include("billing.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
