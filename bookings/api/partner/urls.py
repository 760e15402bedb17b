"""partner: `/api/partner/v1/`. `rest.middleware` takes a slash at the end away."""

from django.urls import path

from bookings.api.partner import bookings, catalogue, slots

urlpatterns = [
    path("products", catalogue.ProductsView.as_view()),
    path("spaces", catalogue.SpacesView.as_view()),
    path("slots", slots.SlotsView.as_view()),
    path("bookings", bookings.BookingsView.as_view()),
    path("bookings/<uuid:booking_id>", bookings.BookingView.as_view()),
]
