"""Calendars elsewhere: feeds that others read, copies of bookings that we write, busy times that we read."""
