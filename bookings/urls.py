"""The pages of a tenant's host."""

from django.urls import path

from bookings.views import catalogue, choosing, desk, documents, letters_off, own, paying, returning, takings

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("venues/<slug:venue>/", catalogue.venue, name="venue"),
    path("venues/<slug:venue>/<slug:resource>/", choosing.resource, name="resource"),
    path("venues/<slug:venue>/<slug:resource>/hold/", choosing.hold, name="hold"),
    path("bookings/", own.own_bookings, name="own-bookings"),
    path("bookings/<uuid:booking_id>/<str:token>/", own.booking, name="booking"),
    path("bookings/<uuid:booking_id>/<str:token>/details/", own.details, name="booking-details"),
    path("bookings/<uuid:booking_id>/<str:token>/cancel/", own.cancel, name="booking-cancel"),
    path("bookings/<uuid:booking_id>/<str:token>/documents/<slug:number>.pdf", documents.document, name="document"),
    path("bookings/<uuid:booking_id>/<str:token>/pay/", paying.pay, name="booking-pay"),
    path("bookings/<uuid:booking_id>/<str:token>/pay/intent/", paying.intent, name="booking-pay-intent"),
    path("bookings/<uuid:booking_id>/<str:token>/pay/elsewhere/", paying.elsewhere, name="booking-pay-elsewhere"),
    path("bookings/<uuid:booking_id>/<str:token>/paid/", paying.paid, name="booking-paid"),
    path("mail/off/<slug:whose>/<str:token>/", letters_off.off, name="letters-off"),
    path("desk/", desk.day, name="desk"),
    path("desk/bookings/<uuid:booking_id>/confirm/", desk.confirm, name="desk-confirm"),
    path("desk/bookings/<uuid:booking_id>/invoice/", documents.by_invoice, name="desk-invoice"),
    path("desk/bookings/<uuid:booking_id>/refund/", returning.refund, name="desk-refund"),
    path("desk/bookings/<uuid:booking_id>/refund/again/", returning.again, name="desk-refund-again"),
    path("desk/bookings/<uuid:booking_id>/cancel/", desk.cancel, name="desk-cancel"),
    path("desk/bookings/<uuid:booking_id>/no-show/", desk.no_show, name="desk-no-show"),
    path("desk/venues/<int:venue_id>/closures/", desk.block_out, name="desk-block-out"),
    path("desk/closures/<int:closure_id>/reopen/", desk.reopen, name="desk-reopen"),
    path("desk/money/payouts/", takings.payouts, name="money-payouts"),
    path("desk/money/payouts/<slug:payout_id>/", takings.payout, name="money-payout"),
    path("desk/money/statement/", takings.statement, name="money-statement"),
    path("desk/money/documents/", documents.documents, name="money-documents"),
]
