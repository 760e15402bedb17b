"""partner: `/api/partner/v1/`. `rest.middleware` takes a slash at the end away."""

from django.urls import path

from bookings.api.partner import bookings, catalogue, hooks, slots

urlpatterns = [
    path("products", catalogue.ProductsView.as_view()),
    path("spaces", catalogue.SpacesView.as_view()),
    path("slots", slots.SlotsView.as_view()),
    path("bookings", bookings.BookingsView.as_view()),
    path("bookings/<uuid:booking_id>", bookings.BookingView.as_view()),
    path("webhook-endpoints", hooks.EndpointsView.as_view()),
    path("webhook-endpoints/<int:hook_id>", hooks.EndpointView.as_view()),
    path("webhook-endpoints/<int:hook_id>/rotate-secret", hooks.RotateView.as_view()),
    path("webhook-endpoints/<int:hook_id>/test", hooks.TestView.as_view()),
    path("webhook-endpoints/<int:hook_id>/enable", hooks.EnableView.as_view()),
    path("webhook-endpoints/<int:hook_id>/pause", hooks.PauseView.as_view()),
    path("webhook-endpoints/<int:hook_id>/replay", hooks.ReplayFailedView.as_view()),
    path("webhook-deliveries", hooks.DeliveriesView.as_view()),
    path("webhook-deliveries/<int:told_id>", hooks.DeliveryView.as_view()),
    path("webhook-deliveries/<int:told_id>/replay", hooks.ReplayView.as_view()),
]
