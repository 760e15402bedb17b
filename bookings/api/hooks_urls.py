"""Webhooks out, for every dialect that spells as v1 does."""

from django.urls import path

from bookings.api import hooks

urlpatterns = [
    path("webhook-endpoints/", hooks.EndpointsView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/", hooks.EndpointView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/rotate-secret/", hooks.RotateView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/test/", hooks.TestView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/enable/", hooks.EnableView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/pause/", hooks.PauseView.as_view()),
    path("webhook-endpoints/<int:endpoint_id>/replay/", hooks.ReplayFailedView.as_view()),
    path("webhook-deliveries/", hooks.DeliveriesView.as_view()),
    path("webhook-deliveries/<int:delivery_id>/", hooks.DeliveryView.as_view()),
    path("webhook-deliveries/<int:delivery_id>/replay/", hooks.ReplayView.as_view()),
]
