"""One booking as the team sees it: its story, its money, messages, notes and files."""

from django.urls import path

from desk.booking import detail, invoice, notices, refunding

urlpatterns = [
    path("desk/bookings/<uuid:booking_id>/", detail.booking, name="desk-booking"),
    path("desk/bookings/<uuid:booking_id>/invoice/", invoice.by_invoice, name="desk-invoice"),
    path("desk/bookings/<uuid:booking_id>/refund/", refunding.refund, name="desk-refund"),
    path("desk/bookings/<uuid:booking_id>/refund/again/", refunding.again, name="desk-refund-again"),
    path("desk/bookings/<uuid:booking_id>/messages/", notices.of_booking, name="booking-notices"),
]
