"""The calendar: resources and weeks, with bookings that are dragged, made and blocked out."""
