"""A letter says what, when, where and how much in the customer's language, the same in HTML and text."""

from html.parser import HTMLParser

import pytest
from django.utils.translation import override

from accounts.models import User
from bookings.letters import composing, segments
from bookings.letters.kinds import Kind
from bookings.letters.links import page_of
from bookings.models import Booking, MessageSettings
from bookings.models.messages import Channel
from schemas.clock import database_now
from tenants import speech
from tenants.mail import Letter
from tenants.zones import zone
from tests.bookings.scenes import held, slot
from tests.worlds import World

LANGUAGES = ["en", "de"]
EXTRA = {"amount": "€12.00", "changes": "Start: 17:00 > 18:00", "date": "Friday", "count": "2", "list": "a\nb"}


class Reader(HTMLParser):
    """What a person reads, and what would be fetched or linked to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words in one line."""
        return " ".join(" ".join(self.words).split())


def written(kind: Kind, booking: Booking | None, language: str = "en") -> Letter:
    """The letter of a kind, as it is posted."""
    now = database_now()
    return composing.letter(kind, booking, key="k", to="gina@example.org", language=language, now=now, extra=EXTRA)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.SUMMARY])
def test_both_parts_of_every_kind_say_the_facts(kind: Kind, language: str, booking: Booking) -> None:
    letter = written(kind, booking, language)
    in_zone = zone("Europe/Berlin")
    with override(language):
        facts = [
            booking.resource.name,
            speech.day(booking.start, in_zone),
            speech.span(booking.start, booking.end, in_zone),
            booking.resource.venue.name,
            speech.money(booking.total_minor, "EUR"),
            booking.reference_code,
        ]
    reader = Reader(letter.html)
    for fact in facts:
        assert " ".join(fact.split()) in " ".join(letter.text.split())
        assert " ".join(fact.split()) in reader.text
    assert "{{" not in letter.subject + letter.text + letter.html
    assert letter.subject
    page = page_of(booking, "booking-pay" if kind in {Kind.BALANCE, Kind.REQUEST_ACCEPTED} else "booking")
    assert page in letter.text
    assert page in [attributes.get("href") for tag, attributes in reader.tags if tag == "a"]


def test_sentences_about_nothing_are_left_out(booking: Booking) -> None:
    now = database_now()
    Booking.objects.filter(pk=booking.pk).update(state="cancelled", cancelled_at=now)
    booking.refresh_from_db()
    letter = composing.letter(Kind.CANCELLATION, booking, key="k", to="gina@example.org", language="en", now=now)
    assert "Cancelling costs" not in letter.text
    assert "You get" not in letter.text
    booking.fee_minor, booking.refund_due_minor = 1000, 1500
    letter = composing.letter(Kind.CANCELLATION, booking, key="k", to="gina@example.org", language="en", now=now)
    assert "Cancelling costs €10.00." in letter.text
    assert "You get €15.00 back." in letter.text


def test_nothing_is_fetched_from_anywhere(booking: Booking) -> None:
    reader = Reader(written(Kind.CONFIRMATION, booking).html)
    assert {tag for tag, _attributes in reader.tags} & {"img", "link", "script", "iframe", "object"} == set()
    assert [name for _tag, attributes in reader.tags for name in attributes if name in {"src", "background"}] == []


@pytest.mark.parametrize(("kind", "method"), [(Kind.CONFIRMATION, "REQUEST"), (Kind.CANCELLATION, "CANCEL")])
def test_calendar_entry_is_attached_by_reference(kind: Kind, method: str, booking: Booking) -> None:
    assert written(kind, booking).attachments == (f"ics:{booking.pk}:{method}",)
    assert written(Kind.REMINDER, booking).attachments == ()


def test_only_what_nobody_has_to_get_can_be_stopped(booking: Booking) -> None:
    assert {kind for kind in Kind if written(kind, booking).unsubscribe} == {Kind.REMINDER, Kind.REVIEW, Kind.SUMMARY}


def test_summary_lists_the_day_in_both_parts(in_alpha: World) -> None:
    letter = written(Kind.SUMMARY, None)
    assert "a\nb" in letter.text
    assert "a<br>b" in letter.html


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ code }}", "{% include 'x' %}", "**b**"]
)
def test_names_bring_neither_tags_nor_templates(name: str, booking: Booking) -> None:
    """T15, T31"""
    booking.name = name
    letter = written(Kind.CONFIRMATION, booking)
    assert f"Hello {name.replace('**', '')}," in letter.text
    assert {tag for tag, _attributes in Reader(letter.html).tags} & {"script", "img"} == set()
    assert "{{ code }}" not in letter.html or name == "{{ code }}"


@pytest.mark.parametrize("name", ["Win at https://evil.example", "www.evil.example", "me@evil.example"])
def test_advertisement_in_the_place_of_a_name_is_left_out(name: str, booking: Booking) -> None:
    booking.name = name
    letter = written(Kind.CONFIRMATION, booking)
    assert "Hello," in letter.text
    assert "evil" not in letter.text + letter.html + composing.sms(Kind.CONFIRMATION, booking, language="en")


def test_line_break_in_a_name_stays_out_of_the_subject(booking: Booking) -> None:
    """T31"""
    booking.resource.name = "Court\r\nBcc: thief@example.org"
    assert "\n" not in written(Kind.CONFIRMATION, booking).subject


def test_answers_go_where_the_tenant_says(booking: Booking) -> None:
    booking.resource.venue.email = "venue@example.org"
    assert written(Kind.CONFIRMATION, booking).reply_to == "venue@example.org"
    MessageSettings.objects.create(pk=1, reply_to="desk@example.org", signature="Your team")
    letter = written(Kind.CONFIRMATION, booking)
    assert letter.reply_to == "desk@example.org"
    assert "Your team" in letter.text


@pytest.mark.parametrize(("known", "language"), [("de", "de"), ("", "en"), ("xx", "en")])
def test_language_is_the_bookings_or_else_the_tenants(known: str, language: str, booking: Booking) -> None:
    booking.language = known
    assert composing.language_of(booking) == language


SHORT = [kind for kind in Kind if Channel.SMS in kind.channels]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SHORT)
def test_short_message_is_one_line_of_at_most_three_segments(kind: Kind, language: str, booking: Booking) -> None:
    booking.resource.name = "Großer Saal mit Bühne, Nebenräumen und Blick auf den See " * 5
    booking.resource.venue.name = "Kulturzentrum am großen Fluss hinter der alten Mühle " * 2
    said = composing.sms(kind, booking, language=language, extra=EXTRA)
    assert "\n" not in said
    assert 1 <= segments.count(said) <= 3
    assert "{{" not in said
    if kind != Kind.EXPIRED:
        assert said.endswith(page_of(booking, "booking"))


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("字" * 70, 1), ("字" * 71, 2), ("a" * 459, 3)],
)
def test_segments_are_counted_as_networks_do(text: str, count: int) -> None:
    assert segments.count(text) == count


@pytest.mark.parametrize(("booked", "own", "reads"), [("", "", "en"), ("", "de", "de"), ("en", "de", "en")])
def test_language_is_that_of_the_booking_or_the_account_or_the_house(
    in_alpha: World, guest: User, booked: str, own: str, reads: str
) -> None:
    """The venue, or the waiting list, books for people who are not there."""
    User.objects.filter(pk=guest.pk).update(language=own)
    booking = held(in_alpha.court_1, slot(9), customer=User.objects.get(pk=guest.pk))
    booking.language = booked
    assert composing.language_of(booking) == reads
