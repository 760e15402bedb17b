"""Owners write their own words: tried out before, refused with a clear sentence, and never a way into the program."""

import contextlib
from typing import Any

import pytest

from accounts.models import User
from bookings.letters import composing, liquid, own
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import Booking, MessageTemplate
from kernel.errors import Invalid, NotFound
from schemas.clock import database_now
from tenants.models import DueWork, OutgoingMail
from tests.worlds import World

PLACE = own.place_of("confirmation", "mail", "en")


def letter(booking: Booking) -> Any:
    """What a confirmation is now."""
    return composing.letter(
        Kind.CONFIRMATION, booking, key="k", to="gina@example.org", language="en", now=database_now()
    )


@pytest.fixture
def owner(in_alpha: World) -> Any:
    """Alpha's owner."""
    return User.objects.get(pk=in_alpha.users["owner"])


def test_own_words_take_the_place_of_the_houses(booking: Booking, owner: Any) -> None:
    own.write(PLACE, Words("See you {{ day }}", "Dear {{ name }},\r\n\r\n**bring shoes**"), owner)
    sent = letter(booking)
    assert sent.subject.startswith("See you ")
    assert "Dear Gina Guest,\n\nbring shoes" in sent.text
    assert "<strong>bring shoes</strong>" in sent.html
    assert booking.reference_code in sent.text
    own.reset(PLACE)
    assert letter(booking).subject.startswith("Confirmed: ")


HOSTILE = [
    ("{{ booking.__class__ }}", 1, "there is no placeholder “booking.__class__”"),
    ("{{ name.__class__.__mro__ }}", 1, "there is no placeholder “name.__class__.__mro__”"),
    ("a\nb {{ settings.SECRET_KEY }}", 2, "there is no placeholder “settings.SECRET_KEY”"),
    ("{{ nmae }}", 1, "there is no placeholder “nmae”"),
    ("{% if due %}{{ nmae }}{% endif %}", 1, "there is no placeholder “nmae”"),
    ("{% for i in (1..1000000000) %}x{% endfor %}", 1, "“for” is not allowed here"),
    ("a\n\n{% tablerow i in (1..9) %}x{% endtablerow %}", 3, "“tablerow” is not allowed here"),
    ("{% include 'letters/letter.html' %}", 1, "“include” is not allowed here"),
    ("{% render 'x' %}", 1, "“render” is not allowed here"),
    ("{% assign a = name %}", 1, "“assign” is not allowed here"),
    ("{% capture a %}{{ name }}{% endcapture %}", 1, "“capture” is not allowed here"),
    ("{% liquid\nassign a = 1 %}", 1, "“liquid” is not allowed here"),
    ("{{ name | replace: 'a', name }}", 1, "“replace” is not allowed here"),
    ("{{ name | append: name }}", 1, "“append” is not allowed here"),
    ("{% if (1..1000000000000) contains name %}x{% endif %}", 1, "“(1..1000000000000)” is not allowed here"),
    ("a\n{% unless name == 'b' or (1..9) contains 'x' %}x{% endunless %}", 2, "“(1..9)” is not allowed here"),
    ("{% if due %}{{ name | default: (1..9) }}{% endif %}", 1, "“(1..9)” is not allowed here"),
    ("{% case name %}{% when (1..9) %}x{% endcase %}", 1, "“(1..9)” is not allowed here"),
    ("{{ name | safe }}", 1, "“safe” is not allowed here"),
]


@pytest.mark.parametrize("field", ["subject", "body"])
@pytest.mark.parametrize(("source", "line", "why"), HOSTILE)
def test_hostile_words_are_refused_with_their_line(source: str, line: int, why: str, field: str, owner: Any) -> None:
    """T31"""
    words = Words(source, "b") if field == "subject" else Words("s", source)
    with pytest.raises(Invalid) as refused:
        own.write(PLACE, words, owner)
    assert (refused.value.code, refused.value.extra) == ("bad_template", {"field": field, "line": line})
    assert refused.value.detail == f"Line {line}: {why}."
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("source", ["{{ name", "{% if due %}", "{% endif %}", "{% if %}x{% endif %}", "{{ | }}", "{%"])
def test_words_that_are_no_liquid_are_refused(source: str, owner: Any) -> None:
    with pytest.raises(Invalid) as refused:
        own.write(PLACE, Words("s", source), owner)
    assert refused.value.code == "bad_template"
    assert refused.value.detail.startswith("Line 1: ")
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize(
    ("words", "code"), [(Words(" ", "b"), "subject_required"), (Words("s", "\n "), "body_required")]
)
def test_words_that_say_nothing_are_refused(words: Words, code: str, owner: Any) -> None:
    with pytest.raises(Invalid) as refused:
        own.write(PLACE, words, owner)
    assert refused.value.code == code


def test_nothing_comes_out_much_longer_than_it_went_in(booking: Booking, owner: Any) -> None:
    """5,000 characters of placeholders with long values stop at 20 kB, and the house's words go out."""
    booking.resource.name = "x" * 3000
    own.write(PLACE, Words("s", "{{ what }}" * 400), owner)
    sent = letter(booking)
    assert "Your booking is confirmed" in sent.text
    with pytest.raises(liquid.Broken):
        liquid.rendered("{{ a }}" * 700, {"a": "x" * 20_000})


@pytest.mark.parametrize(
    "source", ["{% if a %}" * 500, "{{ a | upcase " + "| upcase " * 500 + "}}", "{{ (1..999999999) }}", "{" * 5000]
)
def test_deep_and_wide_words_end_like_others(source: str) -> None:
    with contextlib.suppress(Invalid):
        liquid.check(source, {"a"}, "body")
    with contextlib.suppress(liquid.Broken):
        assert len(liquid.rendered(source, {"a": "x"})) <= liquid.LONGEST_OUTPUT


@pytest.mark.parametrize(
    ("source", "empty", "told"),
    [
        ("{% if a %}yes {{ a }}{% endif %}", "", "yes x"),
        ("{% unless a %}no{% endunless %}", "no", ""),
        ("{{ a | default: 'nothing' | upcase }}", "NOTHING", "X"),
        ("{{ a | capitalize }}{{ a }}", "", "Xx"),
    ],
)
def test_what_is_not_known_is_not_there(source: str, empty: str, told: str) -> None:
    assert (liquid.rendered(source, {"a": ""}), liquid.rendered(source, {"a": "x"})) == (empty, told)


def test_line_break_in_a_subject_begins_no_header(booking: Booking, owner: Any) -> None:
    """T31"""
    own.write(PLACE, Words("Hello\r\nBcc: thief@example.org {{ name }}", "b"), owner)
    booking.name = "Gina\r\nBcc: other@example.org"
    assert "\n" not in letter(booking).subject
    assert "\r" not in letter(booking).subject


def test_words_that_fail_when_sent_are_replaced_and_owners_told_once(booking: Booking, in_alpha: World) -> None:
    MessageTemplate.objects.create(
        kind="confirmation",
        channel="mail",
        language="en",
        subject="{{ gone }}",
        body="b",
        updated_at=database_now(),
    )
    assert [letter(booking).subject[:9] for _again in range(2)] == ["Confirmed", "Confirmed"]
    [told] = OutgoingMail.objects.filter(key__startswith="template:")
    assert told.to == f"owner@{in_alpha.canary}.example"
    assert told.subject == "Your own words for “Confirmation” do not work"


def test_house_words_of_every_place_pass_their_own_check(in_alpha: World) -> None:
    for template in own.everything():
        own.check(template.place, template.words)
        assert own.preview(template.place, template.words).text


def test_preview_saves_and_sends_nothing(in_alpha: World) -> None:
    before = DueWork.objects.count()
    shown = own.preview(PLACE, Words("To {{ name }}", "{{ greeting }}"))
    assert shown.subject == "To Anna Example"
    assert "Hello Anna Example," in shown.text
    assert (MessageTemplate.objects.count(), DueWork.objects.count()) == (0, before)


def test_preview_in_german_is_german(in_alpha: World) -> None:
    place = own.place_of("reminder", "sms", "de")
    assert own.preview(place, own.read(place).words).segments in range(1, 4)


def test_test_goes_to_the_one_who_asks_once_a_minute(in_alpha: World, owner: Any) -> None:
    for _again in range(2):
        own.send_sample(PLACE, Words("Hi", "{{ greeting }}"), owner)
    assert {mail.to for mail in OutgoingMail.objects.filter(key__startswith="sample:")} == {owner.email}
    assert OutgoingMail.objects.filter(key__startswith="sample:").count() <= 2


@pytest.mark.parametrize(
    "words",
    [("nothing", "mail", "en"), ("confirmation", "fax", "en"), ("confirmation", "mail", "fr"), ("review", "sms", "en")],
)
def test_message_that_there_is_not_is_not_found(words: tuple[str, str, str]) -> None:
    with pytest.raises(NotFound):
        own.place_of(*words)
