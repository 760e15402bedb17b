"""What HTTP brings in at the platform's host."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts.urls import platform_patterns
from bookings.views import calendars_new
from tenants.views import appearance

urlpatterns: list[URLPattern | URLResolver] = [
    *platform_patterns,
    path("appearance/", appearance, name="appearance"),
    path("", include("config.letterbox")),
    path("", include("config.mailnews")),
    path("", include("config.metrics")),
    path("", include("config.certificates")),
    path("calendars/returned/<slug:provider>/", calendars_new.returned_to_platform, name="calendar-came-back"),
    path("", include("website.urls")),
    path("", include("operators.urls")),
]
if settings.MAILBOX_PAGE:
    urlpatterns += [path("", include("config.mailbox")), path("", include("config.neighbour"))]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
