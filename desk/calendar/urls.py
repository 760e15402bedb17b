"""The calendar: resources and weeks, with bookings that are dragged, made and blocked out."""

from django.urls import URLPattern, URLResolver, path

from desk.calendar import adding, blocking, feed, moving, page, undoing

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/calendar/", page.calendar, name="desk-calendar"),
    path("desk/calendar/feed/", feed.feed, name="desk-calendar-feed"),
    path("desk/calendar/sheet/", page.sheet, name="desk-calendar-sheet"),
    path("desk/calendar/undo/", undoing.undo, name="desk-calendar-undo"),
    path("desk/calendar/bookings/<uuid:booking_id>/", moving.booking, name="desk-calendar-booking"),
    path("desk/calendar/closures/<int:closure_id>/", blocking.closure, name="desk-calendar-closure"),
    path("desk/calendar/venues/<int:venue_id>/book/", adding.book, name="desk-calendar-book"),
    path("desk/calendar/venues/<int:venue_id>/block/", blocking.block, name="desk-calendar-block"),
]
