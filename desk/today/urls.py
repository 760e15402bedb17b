"""The day at the desk: who comes, who has not paid, what is free, and checking in."""

from django.urls import URLPattern, URLResolver, path

from desk.today import acts, arrivals, closing, day, till, walkin

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", day.day, name="desk"),
    path("desk/check-in/", arrivals.check_in, name="desk-check-in"),
    path("desk/walk-in/", walkin.walk_in, name="desk-walk-in"),
    path("desk/bookings/<uuid:booking_id>/confirm/", acts.confirm, name="desk-confirm"),
    path("desk/bookings/<uuid:booking_id>/decline/", acts.decline, name="desk-decline"),
    path("desk/bookings/<uuid:booking_id>/check-in/", acts.check_in, name="desk-let-in"),
    path("desk/bookings/<uuid:booking_id>/undo-check-in/", acts.undo_check_in, name="desk-undo-check-in"),
    path("desk/bookings/<uuid:booking_id>/no-show/", acts.no_show, name="desk-no-show"),
    path("desk/bookings/<uuid:booking_id>/undo-no-show/", acts.undo_no_show, name="desk-undo-no-show"),
    path("desk/bookings/<uuid:booking_id>/taken/", till.taken, name="desk-taken"),
    path("desk/bookings/<uuid:booking_id>/handed-out/", till.handed_out, name="desk-handed-out"),
    path("desk/bookings/<uuid:booking_id>/pay-link/", till.pay_link, name="desk-pay-link"),
    path("desk/venues/<int:venue_id>/closures/", closing.block_out, name="desk-block-out"),
    path("desk/closures/<int:closure_id>/reopen/", closing.reopen, name="desk-reopen"),
]
