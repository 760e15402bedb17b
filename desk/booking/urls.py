"""One booking as the team sees it: its story, its money, messages, notes and files."""

from django.urls import path

from desk.booking import (
    altering,
    calling_off,
    detail,
    filing,
    invoice,
    new,
    notices,
    noting,
    refunding,
    talking,
    telling,
)

ONE = "desk/bookings/<uuid:booking_id>/"

urlpatterns = [
    path("desk/bookings/new/", new.new, name="desk-booking-new"),
    path(ONE, detail.booking, name="desk-booking"),
    path(ONE + "change/", altering.change, name="desk-booking-change"),
    path(ONE + "cancellation/", calling_off.cancel, name="desk-cancellation"),
    path(ONE + "notes/", noting.note, name="desk-note"),
    path(ONE + "answer/", talking.answer, name="desk-answer"),
    path(ONE + "answer/settle/", talking.settle, name="desk-answer-settle"),
    path(ONE + "resend/", telling.resend, name="desk-resend"),
    path(ONE + "longer/", telling.extend, name="desk-hold-longer"),
    path(ONE + "files/", filing.keep, name="desk-files"),
    path(ONE + "files/<int:file_id>/", filing.file, name="desk-file"),
    path(ONE + "files/<int:file_id>/remove/", filing.remove, name="desk-file-remove"),
    path(ONE + "invoice/", invoice.by_invoice, name="desk-invoice"),
    path(ONE + "refund/", refunding.refund, name="desk-refund"),
    path(ONE + "refund/again/", refunding.again, name="desk-refund-again"),
    path(ONE + "messages/", notices.of_booking, name="booking-notices"),
]
