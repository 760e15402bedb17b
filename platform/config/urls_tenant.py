"""What HTTP brings in at a tenant's host."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from accounts.urls import tenant_patterns
from rest.document import DocumentView
from tenants.views import brand

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("bookings.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("oauth.api_urls")),
    path("api/schema/", DocumentView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="api_docs.html"), name="api-docs"),
    path("", include("oauth.urls")),
    path("brand.css", brand, name="brand"),
    *tenant_patterns,
    path("", include("bookings.urls")),
    path("desk/money/", include("billing.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
