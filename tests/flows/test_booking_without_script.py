"""A whole booking as a browser without JavaScript makes it: links and forms only."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpResponse
from django_tenants.utils import tenant_context

from bookings.access import link_token
from bookings.models import Answer, Booking, BookingEvent, GiftCredit, Occupancy
from bookings.views import details
from schemas.clock import database_now
from tests.flows.pages import COURT, Page, Visitor
from tests.worlds import World
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource, Venue, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
DETAILS = {"name": "Gina Guest", "email": "gina@example.org", "phone": "+49 89 1234567", "notes": "Two rackets"}


def at(day: date, hour: int, minute: int = 0) -> str:
    """The value of a slot's button: local wall time of Alpha as an instant in UTC."""
    wall = datetime.combine(day, time(hour, minute), ZoneInfo("Europe/Berlin"))
    return wall.astimezone(UTC).isoformat()


def choose(someone: Visitor, day: date, hour: int, **query: str) -> Page:
    """Open the day and press a slot."""
    asked = "&".join(f"{name}={value}" for name, value in {"day": day.isoformat(), **query}.items())
    page = someone.open(f"{COURT}?{asked}")
    return someone.send(page, page.form_with("start"), at(day, hour))


def booked(someone: Visitor, day: date, hour: int) -> Page:
    """Choose and fill in the details."""
    page = choose(someone, day, hour)
    return someone.send(page, page.form("/details/"), **DETAILS)


def link_of(world: World) -> str:
    """The link of the only booking, as a letter has it."""
    with tenant_context(world.tenant):
        booking = Booking.objects.get()
        return f"/bookings/{booking.pk}/{link_token(booking)}/"


def counts(world: World) -> tuple[int, int, int]:
    """Bookings, rows of occupancy, events."""
    with tenant_context(world.tenant):
        return Booking.objects.count(), Occupancy.objects.count(), BookingEvent.objects.count()


def test_guest_books_from_the_home_page_to_the_reference_code(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    home = guest.open("/")
    assert home.status == 200
    venue = guest.open(home.link("/venues/main/"))
    resource = guest.open(venue.link("court-1"))
    chooser = resource.form(COURT)
    day = guest.send(resource, chooser, minutes="90", people="3", month=f"{next_week:%Y-%m}")
    day = guest.open(COURT + day.link(f"day={next_week}"))
    details = guest.send(day, day.form_with("start"), at(next_week, 18))
    assert (details.status, "Nearly done" in details.text) == (200, True)
    done = guest.send(details, details.form("/details/"), **DETAILS)

    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert done.status == 200
    assert booking.reference_code in done.text
    assert "Your request is in" in done.text
    assert "€37.50" in done.text
    assert (booking.state, booking.participants, booking.total_minor) == ("pending", 3, 3750)
    assert (booking.name, booking.email, booking.phone, booking.notes) == tuple(DETAILS.values())
    assert booking.start.isoformat() == at(next_week, 18)
    assert booking.end - booking.start == timedelta(minutes=90)
    assert booking.customer_id is None


def test_booking_page_asks_no_script_and_no_style_in_the_page(visitor: Come, next_week: date) -> None:
    page = visitor().open(f"{COURT}?day={next_week}")
    assert page.headers["Content-Security-Policy"].count("unsafe") == 0
    assert [
        given for _tag, given in page.elements if "style" in given or any(key.startswith("on") for key in given)
    ] == []
    assert "<style" not in page.html
    assert re.search(r"<script(?![^>]*(\bsrc=|application/ld\+json))", page.html) is None, "data are no script"


def test_wrong_details_keep_what_was_typed_and_say_what_is_wrong(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    before = counts(alpha)
    wrong = guest.send(
        page, page.form("/details/"), name="Gina <b>", email="nonsense", phone="abc", notes="Hello\nthere"
    )
    assert wrong.status == 400
    form = wrong.form("/details/")
    assert {name: form.fields[name] for name in DETAILS} == {
        "name": "Gina <b>",
        "email": "nonsense",
        "phone": "abc",
        "notes": "Hello\nthere",
    }
    described = {given["name"]: given.get("aria-describedby", "") for _tag, given in wrong.elements if "name" in given}
    ids = {given["id"] for _tag, given in wrong.elements if "id" in given}
    assert described["email"] == "id_email_error"
    assert {"id_email_error", "id_phone_error"} <= ids
    assert counts(alpha) == before
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "held"


def test_double_click_leads_to_the_hold_that_exists(alpha: World, visitor: Come, next_week: date) -> None:
    """R12"""
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    first = guest.send(page, page.form_with("start"), at(next_week, 10))
    second = guest.send(page, page.form_with("start"), at(next_week, 10))
    assert second.path == first.path
    assert second.status == 200
    assert counts(alpha) == (1, 1, 1)


def test_double_click_on_book_leads_to_the_booking(
    alpha: World, visitor: Come, next_week: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two at the same moment the second finds that the first has booked, though it was a hold when it looked."""
    guest = visitor()
    page = choose(guest, next_week, 10)
    go_on = details._go_on

    def clicked_twice(*args: Any) -> HttpResponse:
        go_on(*args)
        return go_on(*args)

    monkeypatch.setattr(details, "_go_on", clicked_twice)
    second = guest.send(page, page.form("/details/"), **DETAILS)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        assert (second.status, second.path) == (200, f"/bookings/{booking.pk}/")
        assert (booking.state, booking.events.filter(to_state="pending").count()) == ("pending", 1)


def test_two_clicks_before_there_is_a_session_are_one_holder(alpha: World, visitor: Come, next_week: date) -> None:
    """R12: the second POST was sent before the answer to the first had set a cookie."""
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    first = guest.send(page, page.form_with("start"), at(next_week, 10))
    del guest.client.cookies["sessionid"]
    second = guest.send(page, page.form_with("start"), at(next_week, 10))
    assert second.path == first.path
    assert counts(alpha) == (1, 1, 1)


def test_going_back_and_choosing_again_lets_go_of_the_first_hold(alpha: World, visitor: Come, next_week: date) -> None:
    """cal.diy#10973 (Back, and your own hold is in the way)."""
    guest = visitor()
    choose(guest, next_week, 10)
    page = guest.open(f"{COURT}?day={next_week}&minutes=120")
    again = guest.send(page, page.form_with("start"), at(next_week, 9))
    assert again.status == 200
    with tenant_context(alpha.tenant):
        assert sorted(Booking.objects.values_list("state", flat=True)) == ["expired", "held"]
        assert Occupancy.objects.count() == 1


def test_taken_slot_is_409_with_the_nearest_alternatives(alpha: World, visitor: Come, next_week: date) -> None:
    """cal.diy#5386, #5744 (stolen while I typed)."""
    stranger, guest = visitor(), visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    booked(stranger, next_week, 10)
    before = counts(alpha)
    refused = guest.send(page, page.form_with("start"), at(next_week, 10))
    assert refused.status == 409
    assert "Somebody else has booked this time." in refused.text
    offered = [value for form in refused.forms_to("court-1/hold/") for _name, value in form.buttons][:4]
    assert offered == [at(next_week, 8, 30), at(next_week, 9), at(next_week, 11), at(next_week, 11, 30)]
    elsewhere = refused.form("court-2/hold/")
    assert elsewhere.buttons == [("start", at(next_week, 10))]
    assert counts(alpha) == before
    taken = guest.send(refused, elsewhere, at(next_week, 10))
    assert taken.path.endswith("/details/")


@pytest.mark.parametrize(
    ("hour", "minute", "minutes"),
    [(11, 0, "60"), (8, 30, "120"), (12, 7, "60"), (12, 0, "30"), (12, 0, "600"), (22, 30, "60"), (5, 0, "60")],
    ids=["in the buffer", "into a booking", "off the grid", "too short", "too long", "past closing", "before opening"],
)
def test_a_form_that_was_edited_by_hand_books_nothing_that_is_not_offered(
    alpha: World, visitor: Come, next_week: date, hour: int, minute: int, minutes: str
) -> None:
    """cal.diy#14868 (buffers bypassed by editing the URL)."""
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(buffer_after_minutes=45)
    booked(visitor(), next_week, 10)
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    before = counts(alpha)
    sent = guest.send(page, page.form_with("start"), start=at(next_week, hour, minute), minutes=minutes)
    assert sent.status == 409
    assert counts(alpha) == before


def test_taken_slots_are_shown_as_taken(visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    page = visitor().open(f"{COURT}?day={next_week}")
    values = [value for _name, value in page.form_with("start").buttons]
    assert at(next_week, 10) not in values
    assert at(next_week, 9) in values
    assert page.text.count(" taken") == 3


def test_own_hold_does_not_hide_the_slot_from_its_holder(visitor: Come, next_week: date) -> None:
    guest = visitor()
    choose(guest, next_week, 10)
    again = guest.open(f"{COURT}?day={next_week}")
    assert at(next_week, 10) in [value for _name, value in again.form_with("start").buttons]
    assert "held for you" in again.text


def test_closed_day_says_why_nothing_is_there(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.get(slug="main").hours.filter(weekday=next_week.weekday()).delete()
    page = visitor().open(f"{COURT}?day={next_week}")
    assert "Closed on this day." in page.text
    assert [href for href, _given in page.links if href.startswith(f"?day={next_week}")] == []


def test_expired_hold_is_410_with_a_way_to_go_on(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    with tenant_context(alpha.tenant):
        Booking.objects.update(hold_expires_at=Now() - timedelta(seconds=1))
    late = guest.send(page, page.form("/details/"), **DETAILS)
    assert late.status == 410
    assert guest.open(page.path).status == 410
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().name == ""
    again = guest.send(late, late.form("/hold/"), at(next_week, 10))
    assert (again.status, again.path.endswith("/details/")) == (200, True)


def test_guest_cancels_by_link_after_being_asked_once(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    done = booked(guest, next_week, 10)
    link = link_of(alpha)
    question = visitor().open(f"{link}cancel/")
    assert question.path == done.link("/cancel/")
    assert (question.status, "Cancel this booking?" in question.text) == (200, True)
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "pending"
    assert "Cancelling now costs nothing." in question.text
    form = question.form_with("reason")
    cancelled = Visitor(alpha.host)
    question = cancelled.open(f"{link}cancel/")
    gone = cancelled.send(question, question.form_with("reason"), reason="other", notes="Rain")
    assert "This booking is cancelled" in gone.text
    assert form.fields["reason"] == "user_request"
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        assert (booking.state, booking.cancel_reason, booking.cancel_notes) == ("cancelled", "other", "Rain")
        assert Occupancy.objects.count() == 0
    assert [href for href, _given in gone.links if "/cancel/" in href] == []


@pytest.mark.parametrize("tail", ["", "details/", "cancel/"])
def test_wrong_token_and_unknown_booking_are_the_same_404(
    alpha: World, visitor: Come, next_week: date, tail: str
) -> None:
    booked(visitor(), next_week, 10)
    _empty, _word, booking_id, token, _end = link_of(alpha).split("/")
    wrong = visitor().open(f"/bookings/{booking_id}/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/{tail}")
    unknown = visitor().open(f"/bookings/00000000-0000-4000-8000-000000000000/{token}/{tail}")
    assert (wrong.status, unknown.status) == (404, 404)
    assert wrong.text == unknown.text


def test_link_of_another_tenant_leads_nowhere(alpha: World, beta: World, visitor: Come, next_week: date) -> None:
    """T09"""
    booked(visitor(), next_week, 10)
    assert Visitor(beta.host).open(link_of(alpha)).status == 404


def test_resource_that_takes_only_online_payment_offers_no_slots(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(pays_online=True, pays_on_site=False)
        Venue.objects.filter(slug="main").update(phone="+49 89 555")
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    assert "has not switched on online payment" in page.text
    assert "+49 89 555" in page.text
    assert list(page.forms_to("/hold/")) == []
    other = guest.open(f"/venues/main/court-2/?day={next_week}")
    form = other.form_with("start")
    form.action = f"{COURT}hold/"
    assert guest.send(other, form, at(next_week, 10)).status == 400
    assert counts(alpha) == (0, 0, 0)


def test_where_no_cards_are_taken_nobody_is_asked_how_to_pay(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(pays_online=True, needs_approval=False)
    guest = visitor()
    page = choose(guest, next_week, 10)
    assert "way" not in page.form("/details/").fields
    done = guest.send(page, page.form("/details/"), **DETAILS)
    assert "Your booking is confirmed" in done.text


def test_free_booking_is_confirmed_at_once(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource__slug="court-1").update(amount_minor=0)
        Resource.objects.filter(slug="court-1").update(needs_approval=False)
    done = booked(visitor(), next_week, 10)
    assert "Your booking is confirmed" in done.text
    assert "There is nothing to pay." in done.text


@pytest.mark.parametrize(
    "field",
    [{"start": "yesterday"}, {"start": "2026-11-22T10:00:00"}, {"minutes": "x"}, {"people": "0"}, {"start": ""}],
)
def test_nonsense_in_a_slot_is_400_and_books_nothing(
    alpha: World, visitor: Come, next_week: date, field: dict[str, str]
) -> None:
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    form = page.form_with("start")
    values = {"start": at(next_week, 10), **field}
    assert guest.send(page, form, **values).status == 400
    assert counts(alpha) == (0, 0, 0)


@pytest.mark.parametrize(
    "query",
    ["day=nonsense", "day=9999-12-31", "day=0001-01-01", "month=2026-99", "minutes=-5&people=99999999", "people=x"],
)
def test_nonsense_in_the_address_shows_what_makes_sense(visitor: Come, query: str) -> None:
    page = visitor().open(f"{COURT}?{query}")
    assert page.status == 200
    assert page.form_with("start").fields["minutes"] == "60"


def test_htmx_gets_the_choosing_part_alone(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    part = guest.client.get(f"{COURT}?day={next_week}", headers={"HX-Request": "true"})
    restored = guest.client.get(
        f"{COURT}?day={next_week}", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert b"<html" not in part.content
    assert b'id="choosing"' in part.content
    assert b"<html" in restored.content
    assert "HX-Request" in part["Vary"]


def test_looking_writes_no_session(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    guest.open("/")
    guest.open(f"{COURT}?day={next_week}")
    assert "sessionid" not in guest.client.cookies


def test_pending_booking_whose_start_has_passed_is_not_finished(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    done = booked(guest, next_week, 10)
    with tenant_context(alpha.tenant):
        Booking.objects.update(start=F("start") - timedelta(days=8), end=F("end") - timedelta(days=8))
    page = guest.open(done.path)
    assert "This booking was not finished in time" in page.text


@pytest.fixture
def rackets(alpha: World) -> Product:
    """Two rackets to borrow with Court 1, three euros each, and a voucher of ten percent."""
    with tenant_context(alpha.tenant):
        court = Resource.objects.get(slug="court-1")
        stock = Resource.objects.create(venue=court.venue, name="Rackets", slug="rackets", units=2)
        extra = Product.objects.create(name="Racket", slug="racket", kind="extra", stock=stock)
        Rate.objects.create(product=extra, unit="booking", amount_minor=300)
        ExtraOffer.objects.create(extra=extra, resource=court, most=5)
        Voucher.objects.create(code="TENTH", percent_off=1000)
        return extra


def test_extras_and_a_voucher_change_the_price_before_anything_is_booked(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    assert "Racket (€3.00, 2 left)" in page.text
    typed = {**DETAILS, f"extra_{rackets.pk}": "2", "voucher": "tenth"}
    repriced = guest.send(page, page.form("/details/"), "1", **typed)
    assert repriced.status == 200
    assert "The price is €27.90 now." in repriced.text
    assert repriced.form("/details/").fields["name"] == DETAILS["name"]
    with tenant_context(alpha.tenant):
        assert (Booking.objects.get().state, Booking.objects.get().total_minor) == ("held", 2790)
    form = repriced.form("/details/")
    assert form.fields[f"extra_{rackets.pk}"] == "2"
    done = guest.send(repriced, form, **DETAILS)
    assert "€27.90" in done.text
    with tenant_context(alpha.tenant):
        assert (Booking.objects.get().state, Booking.objects.get().total_minor) == ("pending", 2790)


def test_extras_chosen_with_the_last_click_are_shown_before_they_are_booked(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    """Nobody books at a price that was not on the page."""
    guest = visitor()
    page = choose(guest, next_week, 10)
    again = guest.send(page, page.form("/details/"), **DETAILS, **{f"extra_{rackets.pk}": "1"})
    assert "The price is €28.00 now." in again.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "held"
    assert "Your request is in" in guest.send(again, again.form("/details/"), **DETAILS).text


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"voucher": "NOSUCH"}, "There is no such voucher."),
        ({"gift_credit": "NOSUCH"}, "There is no such gift credit."),
        ({"racket": "3"}, "Of Racket there are only 2 left at that time."),
    ],
)
def test_what_cannot_be_had_is_said_at_its_field_and_nothing_typed_is_lost(
    alpha: World, visitor: Come, next_week: date, rackets: Product, chosen: dict[str, str], sentence: str
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    sent = {name.replace("racket", f"extra_{rackets.pk}"): value for name, value in chosen.items()}
    refused = guest.send(page, page.form("/details/"), **DETAILS, **sent)
    assert (refused.status, sentence in refused.text) == (400, True)
    assert refused.form("/details/").fields["email"] == DETAILS["email"]
    with tenant_context(alpha.tenant):
        assert (Booking.objects.get().state, Booking.objects.get().total_minor) == ("held", 2500)


def test_a_required_question_is_asked_with_the_details(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        court = Resource.objects.get(slug="court-1")
        field = CustomField.objects.create(resource=court, label="Name of the team", is_required=True)
    guest = visitor()
    page = choose(guest, next_week, 10)
    assert "Name of the team" in page.text
    refused = guest.send(page, page.form("/details/"), **DETAILS)
    assert refused.status == 400
    done = guest.send(refused, refused.form("/details/"), **DETAILS, **{f"answer_{field.pk}": "The Volleys"})
    assert "Your request is in" in done.text
    with tenant_context(alpha.tenant):
        assert list(Answer.objects.values_list("field", "value")) == [(field.pk, "The Volleys")]


def test_an_extra_that_leaves_no_choice_is_on_the_bill_and_in_no_field(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    with tenant_context(alpha.tenant):
        ExtraOffer.objects.filter(extra=rackets).update(is_required=True, least=1, most=1)
    guest = visitor()
    page = choose(guest, next_week, 10)
    form = page.form("/details/")
    assert f"extra_{rackets.pk}" not in form.fields
    assert "€28.00" in page.text
    done = guest.send(page, form, **DETAILS)
    assert "Your request is in" in done.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().total_minor == 2800


@pytest.mark.parametrize(
    ("amount", "due"),
    [(1000, "You pay at the venue. Nothing is charged now."), (9000, "Nothing is left to be paid.")],
)
def test_gift_credit_is_seen_beside_the_total_and_what_it_leaves_to_be_paid(
    alpha: World, visitor: Come, next_week: date, amount: int, due: str
) -> None:
    with tenant_context(alpha.tenant):
        GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=amount, created_at=database_now())
        Resource.objects.filter(pk=alpha.court_1).update(needs_approval=False, pays_on_site=True, pays_online=False)
    someone = visitor()
    page = choose(someone, next_week, 10)
    shown = someone.send(page, page.form_with("name"), gift_credit="GIFT", update="1")
    total = shown.html.partition('id="total"')[2].partition("</p>")[0]
    assert f"€{min(amount, 2500) / 100:.2f} paid with gift credit" in total
    assert due in shown.text
    assert ("Book for €25.00" in shown.text) is (amount < 2500)
