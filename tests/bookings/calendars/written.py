"""Calendars as others write them, in as few lines as will do."""

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\n"
TAIL = "END:VCALENDAR\r\n"


def calendar(*events: str, head: str = "") -> str:
    """A calendar of these events."""
    return HEAD + head + "".join(events) + TAIL


def event(uid: str, *lines: str) -> str:
    """An event with these lines."""
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n"
        + "".join(f"{x}\r\n" for x in lines)
        + "END:VEVENT\r\n"
    )


def hour(uid: str, *lines: str) -> str:
    """An event on 1 December 2026, 10:00 to 11:00 UTC."""
    return event(uid, "DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", *lines)


def zone(tzid: str, *lines: str) -> str:
    """A definition of a time zone an hour before UTC all year, unless the lines say otherwise."""
    rules = lines or ("DTSTART:16010101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100")
    inner = "".join(f"{line}\r\n" for line in rules)
    return f"BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\n{inner}END:STANDARD\r\nEND:VTIMEZONE\r\n"
