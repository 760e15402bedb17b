"""The day at the desk: who comes, who has not paid, what is free, and checking in."""

from django.urls import URLPattern, URLResolver, path

from desk.today import day, till

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", day.day, name="desk"),
    path("desk/bookings/<uuid:booking_id>/confirm/", day.confirm, name="desk-confirm"),
    path("desk/bookings/<uuid:booking_id>/cancel/", day.cancel, name="desk-cancel"),
    path("desk/bookings/<uuid:booking_id>/no-show/", day.no_show, name="desk-no-show"),
    path("desk/bookings/<uuid:booking_id>/taken/", till.taken, name="desk-taken"),
    path("desk/bookings/<uuid:booking_id>/handed-out/", till.handed_out, name="desk-handed-out"),
    path("desk/bookings/<uuid:booking_id>/pay-link/", till.pay_link, name="desk-pay-link"),
    path("desk/venues/<int:venue_id>/closures/", day.block_out, name="desk-block-out"),
    path("desk/closures/<int:closure_id>/reopen/", day.reopen, name="desk-reopen"),
]
