"""Who reads which calendars."""

from bookings.calendars.providers import Reader, caldav_changes, google_changes, ics, microsoft_changes
from bookings.models.calendars import Connection

Provider = Connection.Provider
READERS: dict[str, Reader] = {
    Provider.GOOGLE: google_changes.Reader(),
    Provider.MICROSOFT: microsoft_changes.Reader(),
    Provider.CALDAV: caldav_changes.Reader(),
    Provider.ICS: ics.Reader(),
}
"""By `Connection.provider`."""
