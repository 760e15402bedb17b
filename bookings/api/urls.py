"""v1: `/api/v1/`."""

from django.urls import path

from bookings.api import availability, bookings, catalogue, staff

urlpatterns = [
    path("bookings/", bookings.BookingsView.as_view()),
    path("bookings/upcoming/", bookings.UpcomingView.as_view()),
    path("bookings/<uuid:booking_id>/", bookings.BookingView.as_view()),
    path("bookings/<uuid:booking_id>/cancel/", bookings.CancelView.as_view()),
    path("venues/", catalogue.VenuesView.as_view()),
    path("venues/<int:venue_id>/", catalogue.VenueView.as_view()),
    path("resources/", catalogue.ResourcesView.as_view()),
    path("resources/<int:resource_id>/", catalogue.ResourceView.as_view()),
    path("products/", catalogue.ProductsView.as_view(), name="products"),
    path("services/", catalogue.ServicesView.as_view(), name="services"),
    path("availability/", availability.AvailabilityView.as_view()),
    path("availability/calendar/", availability.CalendarView.as_view()),
    path("admin/bookings/", staff.AllBookingsView.as_view()),
    path("admin/bookings/<uuid:booking_id>/confirm/", staff.ConfirmView.as_view()),
    path("admin/bookings/<uuid:booking_id>/cancel/", staff.StaffCancelView.as_view()),
    path("admin/bookings/<uuid:booking_id>/no-show/", staff.NoShowView.as_view()),
    path("admin/closures/", staff.ClosuresView.as_view()),
    path("admin/closures/<int:closure_id>/", staff.ClosureView.as_view()),
]
