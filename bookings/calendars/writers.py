"""Who writes into which calendars."""

from bookings.calendars.providers import Writer, caldav, google, microsoft
from bookings.models.calendars import Connection

Provider = Connection.Provider
WRITERS: dict[str, Writer] = {
    Provider.GOOGLE: google.Writer(),
    Provider.MICROSOFT: microsoft.Writer(),
    Provider.CALDAV: caldav.Writer(),
}
"""By `Connection.provider`; an ICS address is only read."""
