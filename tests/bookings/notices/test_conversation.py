"""A customer and the team write to each other: told once, waiting until it is answered, and nobody else's business."""

import pytest

from accounts.models import User
from bookings import conversation, lifecycle
from bookings.models import Booking, BookingMessage, Notice
from bookings.records import Actor
from kernel.errors import Invalid, Refused
from tenants.models import OutgoingMail
from tests.bookings.api.desk import OWN, AtHome, booked
from tests.bookings.notices.conftest import letters, told, work_off
from tests.bookings.scenes import confirmed, digest, held, slot
from tests.bookings.test_query_counts import counting
from tests.worlds import World
from venues.models import Venue


@pytest.fixture
def booking(in_alpha: World, staff: Actor) -> Booking:
    """A confirmed booking of Gina's, of which all was told."""
    found = confirmed(in_alpha.court_2, slot(18), staff)
    Notice.objects.all().delete()
    return found


@pytest.fixture
def colleague(in_alpha: World) -> User:
    """Somebody of the front desk."""
    return User.objects.get(pk=in_alpha.users["front_desk"])


def test_a_question_waits_and_is_told_to_the_owner_once(in_alpha: World, booking: Booking) -> None:
    asked = conversation.ask(booking, " Is there parking?\r\nhttps://evil.example/ ", after=0)
    assert asked.text == "Is there parking?\nhttps://evil.example/"
    assert conversation.ask(booking, "Is there parking?\nhttps://evil.example/", after=0) == asked
    assert conversation.unanswered([booking]) == {booking.pk: 1}
    work_off(("notice",))
    work_off(("notice",))
    [letter] = letters()
    assert letter.to == f"owner@{in_alpha.canary}.example"
    assert letter.subject == f"A question about {booking.reference_code}"
    assert "> Is there parking?\n> https://evil.example/" in letter.text
    assert f"/desk/bookings/{booking.pk}/" in letter.text
    work_off()
    assert told(booking) == [("owner_asked", "mail", "sending", "")]


def test_a_question_goes_to_the_venue_where_it_has_an_address(in_alpha: World, booking: Booking) -> None:
    Venue.objects.filter(pk=in_alpha.venue).update(email="hall@alpha.example")
    conversation.ask(booking, "Is there parking?")
    work_off(("notice",))
    work_off(("notice",))
    [letter] = letters()
    assert (letter.to, letter.subject) == ("hall@alpha.example", f"A question about {booking.reference_code}")
    assert f"/desk/bookings/{booking.pk}/" in letter.text


def test_an_answer_goes_by_mail_once_and_nothing_waits_any_more(booking: Booking, colleague: User) -> None:
    asked = conversation.ask(booking, "Is there parking?")
    said = conversation.answer(booking, "Yes, behind the house.", colleague, after=asked.pk)
    assert conversation.answer(booking, "Yes, behind the house.", colleague, after=asked.pk) == said
    asked.refresh_from_db()
    assert (asked.answered_at, said.author) == (said.at, colleague)
    assert conversation.unanswered([booking]) == {}
    work_off(("notice",))
    letter = letters()[-1]
    assert letter.to == "gina@example.org"
    assert "Yes, behind the house." in letter.text
    assert f"/bookings/{booking.pk}/" in letter.text
    work_off()
    assert told(booking)[1] == ("answer", "mail", "sending", "")
    assert [row.text for row in conversation.thread(booking)] == ["Is there parking?", "Yes, behind the house."]


def test_what_needs_no_answer_waits_no_more_and_nobody_is_told(booking: Booking) -> None:
    conversation.ask(booking, "Thank you!")
    before = OutgoingMail.objects.count()
    assert conversation.settle(booking) == 1
    assert conversation.settle(booking) == 0
    assert conversation.unanswered([booking]) == {}
    assert OutgoingMail.objects.count() == before


@pytest.mark.parametrize(
    ("text", "code"), [("", "text_required"), (" \n\x00", "text_required"), ("x" * 4001, "text_too_long")]
)
def test_what_is_no_message_changes_nothing(booking: Booking, text: str, code: str) -> None:
    before = digest()
    with pytest.raises(Invalid) as refused:
        conversation.ask(booking, text)
    assert refused.value.code == code
    assert digest() == before
    assert BookingMessage.objects.count() == 0


def test_a_hold_is_not_spoken_about_and_nobody_writes_without_end(in_alpha: World, booking: Booking) -> None:
    hold = held(in_alpha.court_2, slot(20))
    with pytest.raises(Refused) as refused:
        conversation.ask(hold, "Hello?")
    assert refused.value.code == "wrong_state"
    for number in range(10):
        conversation.ask(booking, f"And {number}?")
    with pytest.raises(Refused) as refused:
        conversation.ask(booking, "And again?")
    assert refused.value.code == "too_many_messages"
    assert BookingMessage.objects.count() == 10


def test_asking_what_waits_is_one_question_however_many_bookings(
    in_alpha: World, booking: Booking, staff: Actor
) -> None:
    conversation.ask(booking, "One?")
    with counting() as few:
        conversation.unanswered([booking])
    others = [confirmed(in_alpha.court_2, slot(hour), staff) for hour in (8, 10, 12)]
    for each in others:
        conversation.ask(each, "Two?")
    with counting() as many:
        found = conversation.unanswered([booking, *others])
    assert (len(few), len(many)) == (1, 1)
    assert found == dict.fromkeys([booking.pk, *(each.pk for each in others)], 1)


def test_what_waits_is_seen_by_those_who_look_after_the_venue(in_alpha: World, booking: Booking) -> None:
    conversation.ask(booking, "Is there parking?")
    seen = {who: conversation.waiting_for(User.objects.get(pk=in_alpha.users[who])).count() for who in
            ("owner", "front_desk", "accountant", "manager")}  # fmt: skip
    assert seen == {"owner": 1, "front_desk": 1, "accountant": 1, "manager": 1}
    Booking.objects.filter(pk=booking.pk).update(resource=in_alpha.annex_room)
    assert conversation.waiting_for(User.objects.get(pk=in_alpha.users["manager"])).count() == 0


def test_both_sides_write_by_the_api_and_only_the_team_is_told_who_wrote(home: AtHome, in_alpha: World) -> None:
    booking_id = booked(home, in_alpha)
    path = f"{OWN}{booking_id}/messages/"
    asked = home("guest").post(path, {"text": "Parking?"})
    assert (asked.status_code, asked.json()["side"], asked.json()["answered_at"]) == (201, "customer", None)
    said = home("front_desk").post(path, {"text": "Yes."})
    name = User.objects.get(pk=in_alpha.users["front_desk"]).name
    assert (said.status_code, said.json()["side"], said.json()["author"]) == (201, "venue", name)
    rows = home("guest").get(path).json()
    assert [(row["side"], row["text"], row["author"]) for row in rows] == [
        ("customer", "Parking?", None),
        ("venue", "Yes.", None),
    ]
    assert rows[0]["answered_at"] is not None
    assert [row["author"] for row in home("owner").get(path).json()] == [None, name]


@pytest.mark.parametrize(
    ("who", "reads", "writes"), [("stranger", 403, 403), ("accountant", 200, 403), (None, 401, 401)]
)
def test_the_api_keeps_others_out(home: AtHome, in_alpha: World, who: str | None, reads: int, writes: int) -> None:
    path = f"{OWN}{booked(home, in_alpha)}/messages/"
    assert home(who).get(path).status_code == reads
    assert home(who).post(path, {"text": "Hello"}).status_code == writes
    assert BookingMessage.objects.count() == 0


def test_a_call_that_comes_again_with_its_key_writes_once(home: AtHome, in_alpha: World) -> None:
    path = f"{OWN}{booked(home, in_alpha)}/messages/"
    first, second = (home("guest").post(path, {"text": "Hi"}, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json() == second.json()
    assert BookingMessage.objects.count() == 1


def test_lifecycle_is_not_touched_by_words(booking: Booking, colleague: User) -> None:
    before = Booking.objects.values().get(pk=booking.pk)
    conversation.ask(booking, "Hello")
    conversation.answer(booking, "Hello", colleague)
    assert Booking.objects.values().get(pk=booking.pk) == before
    assert lifecycle.confirm(booking, Actor.of(colleague)).state == "confirmed"
