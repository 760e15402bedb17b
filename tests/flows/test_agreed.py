"""Who agreed to what with a booking, and what mail somebody wants: kept word for word, shown to them, never changed."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import consents
from bookings.letters import links
from bookings.models import Booking, Consent, MessageSettings, Notice, ShownText
from bookings.notices import texting
from bookings.own import erasing
from bookings.own.wiping import Whose
from schemas.clock import database_now
from tests.flows.pages import Page, Visitor
from tests.flows.test_booking_without_script import DETAILS, booked, choose
from tests.flows.test_own_data import file_of
from tests.worlds import World
from venues.models import Rate, Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
RULES = "Shoes with light soles.\nBrush the court."
PRICED = """Until 1 day before the start: free of charge
Later: the whole price
Whoever does not come pays the whole price."""
SMS = "We send short messages about this booking to it. Leave it empty to get none; answer STOP to end them."


@pytest.fixture
def ruled(alpha: World) -> None:
    """The venue has house rules, and costs something."""
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(house_rules=RULES)
        Resource.objects.update(pays_online=False, pays_on_site=True, cancellation_policy=None)


def log(world: World) -> list[tuple[str, bool, str]]:
    """What, given or taken back, and the words; the first first."""
    with tenant_context(world.tenant):
        rows = Consent.objects.select_related("text").order_by("pk")
        return [(row.what, row.is_given, row.text.text if row.text else "") for row in rows]


@pytest.fixture
def texting_on(alpha: World, settings: Any) -> None:
    """Short messages go."""
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.TWILIO_FROM = "x"
    with tenant_context(alpha.tenant):
        MessageSettings.objects.update_or_create(pk=1, defaults={"sends_sms": True})


@pytest.mark.usefixtures("ruled")
def test_what_was_shown_is_kept_with_the_booking(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 18)
    found = log(alpha)
    assert found[0] == ("house_rules", True, RULES)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        assert {row.booking_id for row in Consent.objects.all()} == {booking.pk}
        for row in ShownText.objects.all():
            assert (row.pk, row.language) == (hashlib.sha256(row.text.encode()).hexdigest(), "en")
        assert [what for what, _given, _text in found] == [
            "house_rules",
            *(["cancellation"] if booking.total_minor else []),
        ]


@pytest.mark.usefixtures("ruled")
def test_other_words_are_other_texts_and_the_earlier_ones_stay(
    alpha: World, beta: World, visitor: Come, next_week: date
) -> None:
    booked(visitor(), next_week, 10)
    booked(visitor(), next_week, 12)
    with tenant_context(alpha.tenant):
        assert ShownText.objects.filter(text=RULES).count() == 1
        Venue.objects.filter(pk=alpha.venue).update(house_rules="No music.")
    booked(visitor(), next_week, 14)
    shown = [text for what, _given, text in log(alpha) if what == "house_rules"]
    assert shown == [RULES, RULES, "No music."]
    assert log(beta) == []


def test_nothing_is_noted_where_nothing_is_shown_or_the_booking_is_not_made(
    alpha: World, visitor: Come, next_week: date
) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.update(amount_minor=0)
    guest = visitor()
    page = choose(guest, next_week, 18)
    assert log(alpha) == []
    assert guest.send(page, page.form("/details/"), **{**DETAILS, "email": ""}).status == 400
    assert log(alpha) == []


@pytest.mark.usefixtures("ruled", "texting_on")
def test_short_messages_are_agreed_to_with_a_number_and_taken_back_with_stop(
    alpha: World, visitor: Come, next_week: date
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 18)
    assert SMS in page.text
    guest.send(page, page.form("/details/"), **DETAILS)
    assert ("texts", True, SMS) in log(alpha)
    with tenant_context(alpha.tenant):
        now = database_now()
        booking = Booking.objects.get()
        notice = Notice.objects.create(
            booking=booking, kind="reminder", channel="sms", due_at=now, send_at=now, starts_at=booking.start,
            state=Notice.State.SENDING, language="en", created_at=now, updated_at=now,
        )  # fmt: skip
        texting._settle(notice.pk, Notice.State.FAILED, "sms_21610")
        texting._settle(notice.pk, Notice.State.FAILED, "sms_21610")
    assert [row for row in log(alpha) if row[0] == "texts"] == [("texts", True, SMS), ("texts", False, "")]


@pytest.mark.usefixtures("ruled", "texting_on")
def test_who_leaves_no_number_agrees_to_no_short_messages(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 18)
    guest.send(page, page.form("/details/"), **{**DETAILS, "phone": ""})
    assert "texts" not in {what for what, _given, _text in log(alpha)}


def test_mail_that_nobody_has_to_get_is_switched_off_and_on_as_easily_and_both_are_kept(
    alpha: World, visitor: Come
) -> None:
    guest = visitor("guest")

    def switch(**typed: str) -> Page:
        page = guest.open("/account/")
        return guest.send(page, page.form("/account/mail/"), **typed)

    switch()
    switch(on="1")
    assert log(alpha) == [("mail", False, ""), ("mail", True, "")]
    page = guest.open("/account/data/")
    assert page.text.count("Mail that nobody has to get, such as reminders") == 2
    assert page.text.count("taken back") == 1


@pytest.mark.usefixtures("ruled")
def test_customers_see_their_log_and_it_is_in_their_file_and_nobody_elses(
    alpha: World, visitor: Come, next_week: date
) -> None:
    guest = visitor("guest")
    page = choose(guest, next_week, 18)
    guest.send(page, page.form("/details/"), **{**DETAILS, "email": f"guest@{alpha.canary}.example"})
    with tenant_context(alpha.tenant):
        code = Booking.objects.get().reference_code
    page = guest.open("/account/data/")
    assert "Shoes with light soles." in page.text
    assert code in page.text
    told = file_of(guest, "/account/data/file/")["agreed_to"]
    assert [(row["what"], row["is_given"], row["shown"]) for row in told if row["what"] == "house_rules"] == [
        ("house_rules", True, RULES)
    ]
    other = visitor("manager")
    assert "Shoes with light soles." not in other.open("/account/data/").text


def test_postgresql_lets_nobody_change_the_log(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        consents.chosen("0" * 64, wants=False)
        ShownText.objects.create(digest="1" * 64, language="en", text="x", kept_at=database_now())
        acts = [
            lambda: Consent.objects.update(is_given=True),
            lambda: Consent.objects.update(whose="1" * 64),
            lambda: Consent.objects.all()._raw_delete("default"),
            lambda: ShownText.objects.update(text="y"),
            lambda: ShownText.objects.all()._raw_delete("default"),
        ]
        for act in acts:
            with pytest.raises(IntegrityError), transaction.atomic():
                act()
        assert (Consent.objects.get().whose, ShownText.objects.get().text) == ("0" * 64, "x")


def test_erasure_keeps_that_somebody_chose_and_not_who(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
        Booking.objects.filter(customer=user).update(customer=None)
        consents.chosen(links.digest(user.email), wants=False)
        consents.chosen(links.digest("other@example.org"), wants=False)
        erasing.erase(Whose(user.email, user))
        assert list(Consent.objects.order_by("pk").values_list("what", "is_given", "whose")) == [
            ("mail", False, ""),
            ("mail", False, links.digest("other@example.org")),
        ]


def test_what_cancelling_costs_is_kept_where_it_costs_something(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.update(pays_online=False, pays_on_site=True)
        Rate.objects.update(amount_minor=2000)
    booked(visitor(), next_week, 18)
    assert log(alpha) == [("cancellation", True, PRICED)]
