"""core: `/api/`."""

from django.urls import include, path

from bookings.api.sites import staff, views

urlpatterns = [
    path("services/", views.CoreServicesView.as_view()),
    path("availability/", views.StartsView.as_view()),
    path("bookings/", views.BookingsView.as_view()),
    path("bookings/<uuid:booking_id>/", views.BookingView.as_view()),
    path("bookings/<uuid:booking_id>/cancel/", views.CancelView.as_view()),
    path("bookings/<uuid:booking_id>/create-payment-intent/", views.IntentView.as_view()),
    path("admin/bookings/", staff.AllBookingsView.as_view()),
    path("", include("bookings.api.hooks_urls")),
]
