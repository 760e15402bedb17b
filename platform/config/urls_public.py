"""What HTTP brings in at the platform's host."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.urls import platform_patterns

urlpatterns: list[URLPattern | URLResolver] = [
    *platform_patterns,
    path("", include("config.letterbox")),
    path("", include("operators.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
