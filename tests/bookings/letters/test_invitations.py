"""Letters carry a calendar entry as Apple, Google and Outlook take it (RFC 5546, 6047)."""

from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from icalendar import Calendar

from bookings import cancelling, changes
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason
from schemas.clock import database_now
from tenants import mail
from tenants.models import OutgoingMail
from tests.bookings.scenes import slot


def sent(kind: Kind, booking: Booking, key: str) -> EmailMessage:
    """The letter of a kind as it travels."""
    booking = Booking.objects.select_related("resource__venue", "product", "customer").get(pk=booking.pk)
    now = database_now()
    letter = composing.letter(kind, booking, key=key, to=booking.email, language="de", now=now)
    with transaction.atomic():
        mail.post(letter, now)
    mail.send(str(OutgoingMail.objects.get(key=key).pk))
    found = message_from_bytes(outbox.outbox[-1].message().as_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def entry(letter: EmailMessage) -> Any:
    """The event beside the words, whose calendar has the method that its part is marked with."""
    [part] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(_bytes_of(part))
    assert part.get_param("method") == calendar["METHOD"]
    assert part.get_content_charset() == "utf-8"
    assert part.get_filename() is None
    [event] = calendar.walk("VEVENT")
    return event


def test_entry_is_beside_the_words_and_attached(booking: Booking) -> None:
    letter = sent(Kind.CONFIRMATION, booking, "k")
    assert [part.get_content_type() for part in letter.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics")
    ]
    [file] = letter.iter_attachments()
    assert file.get_filename() == f"{booking.reference_code}.ics"
    event = entry(letter)
    assert event["UID"] in _bytes_of(file).decode().replace("\r\n ", "")
    assert event["ORGANIZER"] == f"mailto:{letter['From'].addresses[0].addr_spec}"
    assert event["ATTENDEE"] == "mailto:gina@example.org"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (booking.start, booking.end)


def test_change_and_cancellation_are_the_same_entry_with_a_rising_sequence(booking: Booking, staff: Actor) -> None:
    first = entry(sent(Kind.CONFIRMATION, booking, "k1"))
    changes.change(booking, Change(start=slot(20).start), staff)
    second = entry(sent(Kind.CHANGE, booking, "k2"))
    cancelling.cancel(Booking.objects.get(pk=booking.pk), staff, Cancellation(CancelReason.OTHER))
    last = entry(sent(Kind.CANCELLATION, booking, "k3"))
    assert first["UID"] == second["UID"] == last["UID"]
    assert first["SEQUENCE"] < second["SEQUENCE"] < last["SEQUENCE"]
    assert (first["STATUS"], second["STATUS"], last["STATUS"]) == ("CONFIRMED", "CONFIRMED", "CANCELLED")
    assert second.decoded("DTSTART") > first.decoded("DTSTART")


def test_late_invitation_to_what_was_given_up_brings_no_entry(booking: Booking, staff: Actor) -> None:
    cancelling.cancel(booking, staff, Cancellation(CancelReason.OTHER))
    letter = sent(Kind.CONFIRMATION, booking, "k")
    assert "text/calendar" not in [part.get_content_type() for part in letter.walk()]


@pytest.mark.parametrize("name", ['Gina"\r\nATTENDEE:mailto:thief@example.org', "Gina\r\nBcc: thief@example.org"])
def test_names_end_no_line_of_the_entry(name: str, booking: Booking) -> None:
    """T24, T31"""
    Booking.objects.filter(pk=booking.pk).update(name=name)
    letter = sent(Kind.CONFIRMATION, booking, "k")
    assert entry(letter)["ATTENDEE"] == "mailto:gina@example.org"
    assert letter["Bcc"] is None
