"""What erasure is said to do is what it does: counted before, and held against the rows afterwards."""

from datetime import timedelta

from accounts.models import User
from bookings import lifecycle
from bookings.customers import Whom, alter
from bookings.models import Booking, CustomerFile, Notice, Participant, StaffNote
from bookings.own import erasing, foretelling
from bookings.own.wiping import Whose
from bookings.records import Actor
from bookings.requests import Contact
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import OutgoingMail
from tests.bookings.scenes import confirmed, held, slot
from tests.worlds import World

EMAIL = "erna@example.org"


def test_erasure_does_what_was_foretold(in_alpha: World) -> None:
    owner, now = User.objects.get(email__startswith="owner@"), database_now()
    person = User.objects.create_user(EMAIL, "correct-horse-battery", name="Erna")
    booking = lifecycle.submit(
        held(in_alpha.court_1, slot(9), customer=person), Contact("Erna", EMAIL, ""), Actor.of(person)
    )
    of_others = confirmed(in_alpha.court_2, slot(9), Actor.of(owner))
    Participant.objects.create(booking=booking, name="Friend")
    Participant.objects.create(booking=of_others, name="Erna", email=EMAIL)
    StaffNote.objects.create(booking=booking, text="Early", at=now)
    alter(Whom.of(person), {"notes": "Likes it quiet"}, owner)
    OutgoingMail.objects.create(
        schema_name=current_schema(), key="old", to=EMAIL, language="en", subject="Old", state="sent", created_at=now
    )
    whose = Whose(EMAIL, person, owner)
    assert (foretelling.foretold(whose).ahead, foretelling.foretold(whose).can_go) == (1, False)
    Booking.objects.filter(pk=booking.pk).update(start=now - timedelta(days=2), end=now - timedelta(days=1))
    it = foretelling.foretold(whose)
    letters = OutgoingMail.objects.filter(to=EMAIL, schema_name=current_schema()).count()
    messages = Notice.objects.filter(booking=booking).exclude(to="").count()
    assert (it.can_go, it.bookings, it.listed, it.elsewhere, it.staff_notes) == (True, 1, 1, 1, 1)
    assert (it.has_notes, it.is_blocked, it.letters, it.messages) == (True, False, letters, messages)
    erasing.erase(whose)
    assert Booking.objects.filter(customer=person, name="", email="").count() == it.bookings
    assert list(Participant.objects.values_list("booking", "email")) == [(of_others.pk, "")]
    assert not StaffNote.objects.exists()
    assert not CustomerFile.objects.exists()
    after = foretelling.foretold(Whose(EMAIL, User.objects.get(pk=person.pk)))
    assert (after.listed, after.elsewhere, after.staff_notes, after.messages, after.has_notes) == (0, 0, 0, 0, False)
