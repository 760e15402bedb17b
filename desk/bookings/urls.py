"""Bookings as lists: searched, filtered, many at once, and what waits for an answer."""

from django.urls import path

from desk.bookings import approvals, batches, export, listing, series, series_changes, series_new, waiting, weather

urlpatterns = [
    path("desk/bookings/", listing.bookings, name="desk-bookings"),
    path("desk/bookings/export.csv", export.export, name="desk-bookings-export"),
    path("desk/bookings/views/", listing.keep, name="desk-views"),
    path("desk/bookings/views/<int:view_id>/", listing.view, name="desk-view"),
    path("desk/bookings/many/", batches.batches, name="desk-batches"),
    path("desk/bookings/many/<int:batch_id>/", batches.batch, name="desk-batch"),
    path("desk/bookings/many/<int:batch_id>/go/", batches.go, name="desk-batch-go"),
    path("desk/bookings/many/<int:batch_id>/stop/", batches.stop, name="desk-batch-stop"),
    path("desk/bookings/many/<int:batch_id>/again/", batches.again, name="desk-batch-again"),
    path("desk/approvals/", approvals.approvals, name="desk-approvals"),
    path("desk/weather/", weather.page, name="desk-weather"),
    path("desk/series/", series.listed, name="desk-series"),
    path("desk/series/new/", series_new.new, name="desk-series-new"),
    path("desk/series/<int:series_id>/", series.one, name="desk-series-one"),
    path("desk/series/<int:series_id>/cancel/", series_changes.cancel, name="desk-series-cancel"),
    path("desk/series/<int:series_id>/move/", series_changes.move, name="desk-series-move"),
    path("desk/waiting/", waiting.waiting, name="desk-waiting"),
    path("desk/waiting/<int:entry_id>/offer/", waiting.offer, name="desk-waiting-offer"),
    path("desk/waiting/<int:entry_id>/remove/", waiting.remove, name="desk-waiting-remove"),
]
