"""Whose time is over goes by itself; who was told and comes back, or has something open, stays (GDPR art. 5(1)(e))."""

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import (
    Answer,
    Booking,
    BookingEvent,
    BookingFile,
    BookingMessage,
    Participant,
    RetentionNotice,
    RetentionRule,
    StaffNote,
)
from bookings.own import lapsing, retention
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.erasures import Erasure
from tenants.models import Closing, DueWork, OutgoingMail, Tenant
from tests.bookings.own.retaining import DAY, LONG_AGO, customer, is_erased, names, night, told, visit
from tests.worlds import World
from venues.models import CustomField

MONTH = timedelta(days=31)


def letters(user: User) -> list[str]:
    """The subjects of what waits for somebody."""
    return list(OutgoingMail.objects.filter(to=user.email).order_by("pk").values_list("subject", flat=True))


def test_account_is_told_once_and_goes_thirty_days_later(in_alpha: World) -> None:
    user = customer("vera")
    booking = visit(in_alpha, user=user)
    night()
    night()
    assert letters(user) == [f"Your account at {in_alpha.tenant.name} will be deleted"]
    letter = OutgoingMail.objects.get(to=user.email)
    assert "In 30 days your account and what names you will be deleted." in letter.text
    assert "for nearly 3 years" in letter.text
    assert "/login/" in letter.text
    assert not is_erased(user)
    told(user, 29 * DAY + 23 * timedelta(hours=1))
    night()
    assert not is_erased(user)
    told(user, 30 * DAY)
    night()
    assert is_erased(user)
    assert names(booking) == ("", "", "")
    assert not OutgoingMail.objects.filter(to=user.email).exists(), "no second letter, and the first is forgotten"
    assert not RetentionNotice.objects.exists()
    last = BookingEvent.objects.filter(booking=booking).last()
    assert last
    assert (last.why, last.actor_kind, last.actor_id) == ("erased", "system", None)
    noted = set(Erasure.objects.filter(schema_name=current_schema()).values_list("table", "row"))
    assert noted == {("accounts.User", str(user.pk)), ("bookings.Booking", str(booking.pk))}


def test_letter_is_in_their_language(in_alpha: World) -> None:
    user = customer("hans")
    User.objects.filter(pk=user.pk).update(language="de")
    night()
    assert OutgoingMail.objects.get(to=user.email).language == "de"


def test_letter_goes_thirty_days_before_the_time_is_over_and_not_a_day_sooner(in_alpha: World) -> None:
    now = database_now()
    over = now - retention.since(36, now)
    early, late = customer("early", over - 30 * DAY - DAY), customer("late", over - 30 * DAY + DAY)
    night()
    assert (letters(early), len(letters(late))) == ([], 1)
    told(late, 30 * DAY)
    night()
    assert not is_erased(late), "the letter was soon enough, but the time is not over yet"
    User.objects.filter(pk=late.pk).update(created_at=now - over, last_login=None, verified_at=None)
    night()
    assert is_erased(late)


@pytest.mark.parametrize("column", ["last_login", "verified_at"])
def test_who_was_told_and_signs_in_stays(in_alpha: World, column: str) -> None:
    user = customer("rita")
    night()
    told(user, 40 * DAY)
    User.objects.filter(pk=user.pk).update(**{column: database_now()})
    night()
    assert not is_erased(user)
    User.objects.filter(pk=user.pk).update(**{column: database_now() - LONG_AGO})
    told(user, 91 * DAY)
    night()
    assert not is_erased(user), "a letter of long ago counts no more: they are told anew"
    assert RetentionNotice.objects.get(user=user).at > database_now() - DAY


def test_who_books_again_stays_with_all_of_it(in_alpha: World) -> None:
    user = customer("rita")
    old = visit(in_alpha, user=user)
    told(user, 40 * DAY)
    visit(in_alpha, user=user, ended=DAY)
    night()
    assert not is_erased(user)
    assert names(old)[0] == "Gina Guest"


def test_guest_goes_without_a_letter_when_the_last_visit_is_over_its_time(in_alpha: World) -> None:
    first, last = (
        visit(in_alpha, email="Gina@example.org"),
        visit(in_alpha, email="gina@example.org", ended=LONG_AGO / 2),
    )
    other = visit(in_alpha, email="otto@example.org")
    night()
    assert (names(first)[0], names(last)[0], names(other)) == ("Gina Guest", "Gina Guest", ("", "", ""))
    Booking.objects.filter(pk=last.pk).update(start=first.start, end=first.end, created_at=first.created_at)
    night()
    assert (names(first), names(last)) == (("", "", ""), ("", "", ""))
    assert not OutgoingMail.objects.filter(to__icontains="@example.org").exists()


def test_guest_on_the_boundary(in_alpha: World) -> None:
    now = database_now()
    over = now - retention.since(36, now)
    inside, outside = visit(in_alpha, over - DAY, email="a@example.org"), visit(in_alpha, over, email="b@example.org")
    night()
    assert (names(inside)[1], names(outside)[1]) == ("a@example.org", "")


def test_guest_with_an_account_goes_with_the_account(in_alpha: World) -> None:
    user = customer("gina", DAY)
    booking = visit(in_alpha, email=user.email)
    night()
    assert names(booking)[1] == user.email
    User.objects.filter(pk=user.pk).update(
        created_at=database_now() - LONG_AGO, last_login=None, verified_at=database_now() - LONG_AGO
    )
    told(user, 30 * DAY)
    night()
    assert (is_erased(user), names(booking)) == (True, ("", "", ""))


def test_guest_who_left_a_name_alone_goes_by_the_booking(in_alpha: World) -> None:
    old, new = visit(in_alpha), visit(in_alpha, DAY)
    night()
    assert (names(old), names(new)) == (("", "", ""), ("Gina Guest", "", "+49 89 1"))


def test_what_was_imported_lately_is_not_old(in_alpha: World) -> None:
    booking = visit(in_alpha, email="gina@example.org")
    Booking.objects.filter(pk=booking.pk).update(created_at=database_now())
    night()
    assert names(booking)[0] == "Gina Guest"


def test_words_go_sooner_than_names(in_alpha: World) -> None:
    user = customer("vera", DAY)
    old, new = (visit(in_alpha, ended, user=user) for ended in (25 * MONTH, 20 * MONTH))
    field = CustomField.objects.create(label="Club", resource_id=in_alpha.court_1)
    now = database_now()
    for booking in (old, new):
        Booking.objects.filter(pk=booking.pk).update(notes="left-handed", cancel_notes="ill")
        Answer.objects.create(booking=booking, field=field, value="TSV")
        Participant.objects.create(booking=booking, name="Friend")
        StaffNote.objects.create(booking=booking, text="late", at=now)
        BookingMessage.objects.create(booking=booking, side="venue", text="hi", at=now)
        BookingFile.objects.create(booking=booking, name="x", kind="txt", size=1, content=b"x", at=now)
    night()
    models = (Answer, Participant, StaffNote, BookingMessage, BookingFile)
    assert [list(each.objects.values_list("booking", flat=True)) for each in models] == [[new.pk]] * 5
    told_now = dict(Booking.objects.filter(pk__in=[old.pk, new.pk]).values_list("pk", "notes"))
    assert told_now == {old.pk: "", new.pk: "left-handed"}
    assert names(old)[0] == "Gina Guest"
    assert Booking.objects.get(pk=old.pk).total_minor == old.total_minor


def test_nothing_goes_while_a_shorter_time_is_new_and_people_are_told_meanwhile(in_alpha: World) -> None:
    user, guest = customer("vera", 13 * MONTH), visit(in_alpha, 13 * MONTH, email="gina@example.org")
    night()
    assert letters(user) == []
    before = database_now()
    retention.choose({"account_months": 12, "guest_months": 12, "word_months": 12})
    rule = RetentionRule.objects.get()
    assert rule.not_before is not None
    assert before + 30 * DAY <= rule.not_before <= database_now() + 30 * DAY
    night()
    assert (len(letters(user)), names(guest)[0]) == (1, "Gina Guest")
    told(user, 30 * DAY)
    night()
    assert not is_erased(user)
    RetentionRule.objects.update(not_before=database_now() - timedelta(seconds=1))
    night()
    assert (is_erased(user), names(guest)) == (True, ("", "", ""))


def test_a_longer_time_puts_nothing_off(in_alpha: World) -> None:
    retention.choose({"account_months": 120, "guest_months": 36, "word_months": 24})
    assert RetentionRule.objects.get().not_before is None


@pytest.mark.parametrize("why", ["suspended", "closing"])
def test_business_that_rests_erases_and_tells_nobody(in_alpha: World, why: str) -> None:
    user, guest = customer("vera"), visit(in_alpha, email="gina@example.org")
    other = customer("otto")
    told(user, 40 * DAY)
    if why == "suspended":
        Tenant.objects.filter(pk=in_alpha.tenant.pk).update(state="suspended")
    else:
        now = database_now()
        Closing.objects.create(tenant=in_alpha.tenant, asked_at=now, final_at=now + MONTH)
    night()
    assert (is_erased(user), names(guest)[0], letters(other)) == (False, "Gina Guest", [])
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(state="ready")
    Closing.objects.all().delete()
    night()
    assert (is_erased(user), names(guest), len(letters(user))) == (False, ("", "", ""), 1), "told anew, guests go"


def test_staff_and_people_of_other_tenants_stay(in_alpha: World, beta: World) -> None:
    User.objects.filter(role="owner").update(created_at=database_now() - LONG_AGO, last_login=None)
    with tenant_context(beta.tenant):
        there = customer("vera")
        told(there, 40 * DAY)
    night()
    assert not RetentionNotice.objects.filter(user__role="owner").exists()
    with tenant_context(beta.tenant):
        assert not is_erased(there)


def test_walk_goes_on_in_small_pieces(in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapsing, "PAGE", 2)
    monkeypatch.setattr(lapsing, "SECONDS", 0.0)
    people = [customer(f"vera{number}", LONG_AGO + number * DAY) for number in range(5)]
    visits = [visit(in_alpha, LONG_AGO + number * DAY, email=f"g{number}@example.org") for number in range(5)]
    for user in people:
        told(user, 30 * DAY)
    lapsing.begin()
    first = DueWork.objects.get(kind=lapsing.KIND, object_id="accounts:")
    lapsing.walk(first.object_id)
    assert sum(is_erased(user) for user in people) == 1, "one, and no more"
    night()
    assert all(is_erased(user) for user in people)
    assert {names(booking) for booking in visits} == {("", "", "")}


def test_place_of_the_next_page_fits_the_schedule_and_leaves_nobody_out(
    in_alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapsing, "PAGE", 2)
    monkeypatch.setattr(lapsing, "SECONDS", 0.0)
    for number in range(3):
        visit(in_alpha, LONG_AGO, user=customer(f"vera{number}", 3 * MONTH))
    Booking.objects.update(start=Booking.objects.earliest("start").start)
    lapsing.walk("bookings:")
    [place] = DueWork.objects.filter(kind=lapsing.KIND).values_list("object_id", flat=True)
    assert place == f"bookings:{place[9:25]},{Booking.objects.order_by('pk')[1].pk}"
    assert len(place) == 62
    rows = lapsing._next(Booking.objects.all(), "start", place.partition(":")[2])
    assert [pk for _at, pk in rows] == [Booking.objects.order_by("pk")[2].pk]


def test_killed_in_the_middle_it_goes_on(in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was erased is; what was not is erased by whoever comes next, and nothing twice."""
    people = [customer(f"vera{number}") for number in range(3)]
    for user in people:
        told(user, 30 * DAY)
    hits = []

    def stumble(name: str) -> bool:
        if name == "retention.gone":
            hits.append(name)
            if len(hits) == 2:
                raise KeyboardInterrupt
        return False

    monkeypatch.setattr("bookings.own.lapsing.failpoints.hit", stumble)
    with pytest.raises(KeyboardInterrupt):
        lapsing.walk("accounts:")
    assert sum(is_erased(user) for user in people) == 2
    before = Erasure.objects.count()
    monkeypatch.undo()
    lapsing.walk("accounts:")
    lapsing.walk("accounts:")
    assert all(is_erased(user) for user in people)
    assert (before, Erasure.objects.count()) == (2, 3)
