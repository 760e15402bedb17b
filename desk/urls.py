"""The team's pages, below `/desk/` at a tenant's host: one line per section."""

from django.urls import URLPattern, URLResolver, include, path

from desk import announcements

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("desk.today.urls")),
    path("", include("desk.calendar.urls")),
    path("", include("desk.bookings.urls")),
    path("", include("desk.booking.urls")),
    path("", include("desk.customers.urls")),
    path("", include("desk.places.urls")),
    path("", include("desk.prices.urls")),
    path("", include("desk.money.urls")),
    path("", include("desk.reports.urls")),
    path("", include("desk.team.urls")),
    path("", include("desk.settings.urls")),
    path("", include("desk.setup.urls")),
    path("desk/announcements/<int:told_id>/put-away/", announcements.put_away, name="announcement-put-away"),
]
