"""Erasure: of somebody who left a word in every column, no word is left but where the list says so (GDPR art. 17)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F
from psycopg import sql

from accounts import links
from accounts.models import AccessToken, MailedLink, Passkey, Session, User
from billing.payments.models import Payer
from bookings import buying, joining, lifecycle
from bookings.joining import Want
from bookings.models import (
    Answer,
    Booking,
    BookingChange,
    BookingEvent,
    BookingFile,
    BookingMessage,
    CustomerFile,
    Feed,
    Look,
    Merge,
    Notice,
    OnSitePayment,
    Participant,
    StaffNote,
    VoucherUse,
    WaitlistEntry,
)
from bookings.own import erasing
from bookings.own.tables import GOES
from bookings.own.wiping import FORGET_CARDS, Whose
from bookings.records import Actor
from bookings.requests import Contact
from bookings.views.account.forms import ProfileForm
from bookings.views.account.own import _write as keep_profile
from kernel.errors import Forbidden, Refused
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import DueWork, OutgoingMail
from tests.bookings.own.test_tables import columns
from tests.bookings.scenes import confirmed, held, slot
from tests.worlds import World
from venues.models import CustomField, Pack, Voucher

CANARY = "personq7x"
EMAIL = f"{CANARY}@example.org"


@pytest.fixture
def person(in_alpha: World) -> User:
    """Somebody with a booking that is over, whose name or words stand wherever they can."""
    now = database_now()
    user = User.objects.create_user(EMAIL, "correct-horse-battery", name=CANARY, phone=CANARY)
    User.objects.filter(pk=user.pk).update(verified_at=now)
    booking = lifecycle.submit(
        held(in_alpha.court_1, slot(9), customer=user), Contact(CANARY, EMAIL, CANARY), Actor.of(user)
    )
    over(booking.pk)
    Booking.objects.filter(pk=booking.pk).update(notes=CANARY, cancel_notes=CANARY, holder=CANARY, origin=CANARY)
    booked_by_others = confirmed(in_alpha.court_2, slot(9), Actor.of(User.objects.get(email__startswith="owner@")))
    Participant.objects.create(booking=booked_by_others, name=CANARY, email=EMAIL.upper())
    Participant.objects.create(booking=booking, name=f"friend {CANARY}", email=f"friend-{EMAIL}")
    StaffNote.objects.create(booking=booking, text=CANARY, at=now)
    BookingMessage.objects.create(booking=booking, side="customer", text=CANARY, at=now)
    BookingFile.objects.create(booking=booking, name=CANARY, kind="txt", size=8, content=CANARY.encode(), at=now)
    field = CustomField.objects.create(label="Club", resource_id=in_alpha.court_1)
    Answer.objects.create(booking=booking, field=field, value=CANARY)
    event = BookingEvent.objects.filter(booking=booking).first()
    assert event
    BookingChange.objects.create(event=event, field="notes", before=CANARY, after=CANARY)
    BookingChange.objects.create(event=event, field="answers", before=f"Club: {CANARY}", after="")
    BookingChange.objects.create(event=event, field="total_minor", before="2500", after="2000")
    voucher = Voucher.objects.create(code="SPRING", name="Spring", percent_off=1000)
    VoucherUse.objects.create(booking=booking, voucher=voucher, customer=user, email=EMAIL, amount_minor=0)
    OnSitePayment.objects.create(booking=booking, amount_minor=2500, at=now)
    _of_address(user, booking, now)
    return User.objects.get(pk=user.pk)


def _of_address(user: User, booking: Booking, now: Any) -> None:
    CustomerFile.objects.create(customer=user, email=EMAIL, notes=CANARY)
    Feed.objects.create(digest="0" * 64, sealed="x", scope="customer", customer=user, name=CANARY, created_at=now)
    AccessToken.issue(user, CANARY)
    Passkey.objects.create(user=user, credential_id="x", public_key=b"x", name=CANARY, created_at=now)
    links.mint(links.Wish(links.Purpose.SIGN_IN, EMAIL, user, CANARY, f"/{CANARY}/"), now)
    Notice.objects.create(
        booking=booking, kind="review", channel="mail", to=EMAIL, language="en",
        due_at=now, send_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    IdempotencyRecord.objects.create(
        principal=f"user:{user.pk}", method="POST", path="/", key="k", body_digest="d", status=200,
        body=CANARY, location="", created_at=now,
    )  # fmt: skip
    common = {"username": EMAIL, "user_agent": "x", "ip_address": "192.0.2.1", "http_accept": "x", "path_info": "/"}
    AccessAttempt.objects.create(**common, failures_since_start=1, get_data="", post_data="")
    AccessFailureLog.objects.create(**common)
    AccessLog.objects.create(**common)
    Session.objects.create(session_key="0" * 32, user_id=user.pk, agent=CANARY, expire_date=now + timedelta(days=1))
    Look.objects.create(viewer_id=1, email=EMAIL, what="page", hour=now, at=now)
    Merge.objects.create(kept=user, email=f"old-{EMAIL}", by_id=1, bookings=1, at=now)
    Payer.objects.create(user=user, account_id="acct_1", customer_id=f"cus_{CANARY}")
    OutgoingMail.objects.create(
        schema_name=current_schema(), key="old", to=EMAIL, language="en", subject="Old", state="sent", created_at=now
    )


def over(booking_id: UUID) -> None:
    """The booking was last month."""
    ago = timedelta(days=30)
    Booking.objects.filter(pk=booking_id).update(start=F("start") - ago, end=F("end") - ago)


def found() -> set[str]:
    """Columns of the tenant in which the person's word stands, in any spelling of case."""
    seen = set()
    tables = {model._meta.label: model._meta.db_table for model in apps.get_models()}
    with connection.cursor() as cursor:
        for label in columns():
            model, _dot, name = label.rpartition(".")
            column = apps.get_model(model)._meta.get_field(name).column
            query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE strpos(lower({}::text), %s) > 0)")
            cursor.execute(query.format(sql.Identifier(tables[model]), sql.Identifier(column)), [CANARY])
            if cursor.fetchone()[0]:
                seen.add(label)
    return seen


def test_no_word_of_the_person_is_left(person: User) -> None:
    """Every column of the list that goes is filled in first, or the proof would prove nothing."""
    assert set(GOES) - found() == {"bookings.Consent.whose"}  # a digest: tests/flows/test_agreed.py
    erasing.erase(Whose(EMAIL, person))
    assert found() == {"payments.Payer.customer_id"}, "what names somebody was left behind"
    assert list(Payer.objects.values_list("user", flat=True)) == [person.pk]
    assert DueWork.objects.filter(kind=FORGET_CARDS, object_id=str(person.pk)).count() == 1


def test_money_times_and_numbers_stay(person: User) -> None:
    before = Booking.objects.values("reference_code", "start", "end", "state", "total_minor", "customer").get(
        customer=person
    )
    erasing.erase(Whose(EMAIL, person))
    assert Booking.objects.values(*before).get(customer=person) == before
    assert OnSitePayment.objects.get().amount_minor == 2500
    assert list(BookingChange.objects.order_by("pk").values_list("field", "before", "after")) == [
        ("notes", "", ""),
        ("answers", "", ""),
        ("total_minor", "2500", "2000"),
    ]
    last = BookingEvent.objects.filter(booking__customer=person).last()
    assert last
    assert (last.why, last.actor_kind, last.actor_id) == ("erased", "customer", person.pk)
    assert Participant.objects.get().name == "–"


def test_account_opens_nothing_any_more(person: User) -> None:
    erasing.erase(Whose(EMAIL, person))
    row = User.objects.get(pk=person.pk)
    assert (row.is_active, row.has_usable_password(), row.email) == (False, False, f"erased-{row.pk}@invalid.example")
    assert row.get_session_auth_hash() != person.get_session_auth_hash()
    assert row.erased_at is not None
    for model in (AccessToken, Passkey, MailedLink):
        assert not model._default_manager.filter(user=row).exists()
    assert User.objects.create_user(EMAIL).pk != row.pk


def test_request_that_was_let_in_before_it_comes_to_nothing(person: User, in_alpha: World) -> None:
    """Other tabs: who was signed in when they were asked for is nobody any more."""
    erasing.erase(Whose(EMAIL, person))
    before = found(), Booking.objects.filter(customer=person).count()
    with pytest.raises(Forbidden) as refusal:
        held(in_alpha.court_1, slot(18), customer=person)
    assert refusal.value.code == "customer_blocked"
    with pytest.raises(Forbidden):
        buying.begin(person, Pack.objects.create(name="Ten", minutes=600, price_minor=1, currency="EUR").pk)
    period = slot(18)
    held(in_alpha.court_1, period)
    with pytest.raises(Forbidden):
        joining.join(Want(person, in_alpha.court_1, period=period))
    form = ProfileForm({"name": CANARY, "phone": CANARY, "language": ""})
    assert form.is_valid()
    keep_profile(person, form)
    assert (found(), Booking.objects.filter(customer=person).count()) == before


def test_bookings_ahead_are_cancelled_first_and_nothing_is_changed(person: User, in_alpha: World) -> None:
    lifecycle.submit(held(in_alpha.court_1, slot(18), customer=person), Contact(CANARY, EMAIL, ""), Actor.of(person))
    before = found()
    with pytest.raises(Refused) as refusal:
        erasing.erase(Whose(EMAIL, person))
    assert refusal.value.code == "bookings_ahead"
    assert found() == before
    assert User.objects.get(pk=person.pk).is_active


def test_places_on_waiting_lists_are_left(person: User, in_alpha: World) -> None:
    period = slot(18)
    entry = WaitlistEntry.objects.create(
        resource_id=in_alpha.court_1, earliest=period.start, latest=period.end, minutes=60, customer=person,
        created_at=database_now(),
    )  # fmt: skip
    erasing.erase(Whose(EMAIL, person))
    assert WaitlistEntry.objects.get(pk=entry.pk).state == "left"


def test_who_is_blocked_stays_blocked(person: User) -> None:
    CustomerFile.objects.update(blocked_at=database_now(), block_reason="did not pay")
    erasing.erase(Whose(EMAIL, person))
    file = CustomerFile.objects.get()
    assert (file.email, file.notes, file.customer) == (EMAIL, "", None)


def test_staff_are_not_erased_like_this(in_alpha: World) -> None:
    owner = User.objects.get(pk=in_alpha.users["owner"])
    with pytest.raises(Forbidden) as refusal:
        erasing.erase(Whose(owner.email, owner))
    assert refusal.value.code == "staff_account"
    assert User.objects.get(pk=owner.pk).is_active


def test_a_second_time_changes_nothing(person: User) -> None:
    erasing.erase(Whose(EMAIL, person))
    erasing.erase(Whose(EMAIL))
    assert found() == {"payments.Payer.customer_id"}


def test_guest_is_erased_by_the_address_alone(in_alpha: World) -> None:
    booking = lifecycle.submit(held(in_alpha.court_1, slot(9)), Contact(CANARY, EMAIL.upper(), CANARY), Actor.of(None))
    over(booking.pk)
    other = lifecycle.submit(held(in_alpha.court_2, slot(9)), Contact("Otto", "otto@example.org", ""), Actor.of(None))
    erasing.erase(Whose(EMAIL))
    assert found() == set()
    assert Booking.objects.get(pk=other.pk).name == "Otto"


def test_last_letter_goes_and_its_address_is_forgotten(person: User) -> None:
    erasing.erase(Whose(EMAIL, person))
    letter = OutgoingMail.objects.get(to=EMAIL)
    assert "was erased" in letter.subject
    with pytest.raises(erasing.NotGoneYet):
        erasing.forget_letter(str(letter.pk))
    OutgoingMail.objects.filter(pk=letter.pk).update(state="sent")
    erasing.forget_letter(str(letter.pk))
    assert not OutgoingMail.objects.filter(to=EMAIL).exists()
    erasing.forget_letter(str(letter.pk))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bookings_bookingchange SET after = 'else'",
        "UPDATE bookings_bookingchange SET before = '', after = '', field = 'notes'",
        "DELETE FROM bookings_bookingchange",
    ],
)
def test_the_record_can_be_emptied_and_no_more(person: User, statement: str) -> None:
    before = list(BookingChange.objects.order_by("pk").values())
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(BookingChange.objects.order_by("pk").values()) == before
