"""The time that a hold has left, in pages: told by the server, made longer, and what comes when it is over."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.db.models.functions import Now
from django_tenants.utils import tenant_context

from bookings.models import Answer, Booking, Participant
from bookings.states import State
from bookings.views import details
from tests.bookings.scenes import last_of_next_month
from tests.flows.pages import COURT, Page, Visitor
from tests.flows.test_booking_without_script import DETAILS, at, choose, counts
from tests.worlds import World
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def lapse(world: World) -> None:
    """Let the hold's time be over."""
    with tenant_context(world.tenant):
        Booking.objects.filter(state=State.HELD).update(hold_expires_at=Now() - timedelta(seconds=1))


def nearly_over(world: World) -> None:
    """Made fourteen minutes ago, with a minute left."""
    with tenant_context(world.tenant):
        Booking.objects.update(
            created_at=Now() - timedelta(minutes=14), hold_expires_at=Now() + timedelta(seconds=60.5)
        )


def time_of(someone: Visitor, page: Page) -> dict[str, object]:
    """What the countdown is told."""
    [line] = [given for _tag, given in page.elements if given.get("id") == "countdown"]
    told: dict[str, object] = someone.client.get(line["data-time"]).json()
    return told


def test_countdown_asks_the_server(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    told = time_of(guest, page)
    assert (told["state"], told["more"]) == ("held", True)
    assert told["seconds"] in range(840, 901)
    nearly_over(alpha)
    assert time_of(guest, page)["seconds"] in range(50, 61)
    lapse(alpha)
    assert time_of(guest, page) == {"state": "expired", "seconds": 0, "more": False}
    assert visitor().client.get(f"{page.path.replace('details', 'time')}").status_code == 404


def test_more_time_is_given_once_with_all_that_was_typed(alpha: World, visitor: Come, next_week: date) -> None:
    """R38: half an hour in all; without scripts, by the button that belongs to the form."""
    guest = visitor()
    page = choose(guest, next_week, 10)
    nearly_over(alpha)
    again = guest.send(page, page.form("/details/"), more_time="1", name="Gina Guest", email="gi")
    assert (again.status, "You have more time now." in again.text) == (200, True)
    form = again.form("/details/")
    assert (form.fields["name"], form.fields["email"]) == ("Gina Guest", "gi")
    told = time_of(guest, again)
    assert told["seconds"] in range(890, 901)
    assert told["more"] is False
    assert "I need more time" not in again.text
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert (booking.state, booking.name) == ("held", "")


def test_enter_in_a_field_books(visitor: Come, next_week: date) -> None:
    """A browser presses the first button that belongs to a form (HTML, "implicit submission")."""
    page = choose(visitor(), next_week, 10)
    tags = [(tag, given) for tag, given in page.elements if tag in {"button", "form"}]
    first = next(
        given for tag, given in tags if given.get("form") == "who" or (tag, given.get("id")) == ("form", "who")
    )
    assert (first.get("form"), first.get("name"), first.get("tabindex")) == ("who", None, "-1")


def test_more_time_by_script_says_how_much(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    nearly_over(alpha)
    address = page.path.replace("details/", "time/more/")
    token = guest.client.cookies["csrftoken"].value
    answer = guest.client.post(address, {"csrfmiddlewaretoken": token}, HTTP_ACCEPT="application/json").json()
    assert (answer["detail"], answer["state"], answer["more"]) == ("You have more time now.", "held", False)
    assert answer["seconds"] in range(890, 901)
    lapse(alpha)
    late = guest.client.post(address, {"csrfmiddlewaretoken": token}, HTTP_ACCEPT="application/json").json()
    assert (late["state"], late["seconds"]) == ("expired", 0)
    assert late["detail"] == "The time to finish this booking is over. Please choose again."


def test_slot_lost_while_typing_offers_what_is_near_and_keeps_what_was_typed(
    alpha: World, visitor: Come, next_week: date
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    lapse(alpha)
    choose(visitor(), next_week, 10)
    late = guest.send(page, page.form("/details/"), **DETAILS)
    assert late.status == 410
    assert "Somebody else has taken this time meanwhile" in late.text
    form = late.form("/hold/")
    starts = [value for _name, value in form.buttons]
    assert at(next_week, 10) not in starts
    assert at(next_week, 9) in starts
    assert len(starts) == 4
    again = guest.send(late, form, at(next_week, 9))
    fields = again.form("/details/").fields
    assert {name: fields[name] for name in DETAILS} == DETAILS
    done = guest.send(again, again.form("/details/"))
    assert "Your request is in" in done.text
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get(state="pending")
    assert (booking.name, booking.notes) == (DETAILS["name"], DETAILS["notes"])
    assert booking.start.isoformat() == at(next_week, 9)
    fresh = choose(guest, next_week, 15)
    assert fresh.form("/details/").fields["name"] == "", "it was kept for one booking"


def test_near_a_slot_that_was_lost_on_a_months_last_day_are_days_of_both_months(
    alpha: World, visitor: Come, next_week: date
) -> None:
    last = last_of_next_month(next_week)
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_1).update(from_time=time(10), until_time=time(11))
    guest = visitor()
    page = choose(guest, last, 10)
    lapse(alpha)
    choose(visitor(), last, 10)
    late = guest.send(page, page.form("/details/"), **DETAILS)
    assert late.status == 410
    starts = [value for _name, value in late.form("/hold/").buttons]
    assert starts == [at(last + timedelta(days=days), 10) for days in (-2, -1, 1, 2)]


def test_time_that_is_free_still_can_be_had_again(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    lapse(alpha)
    late = guest.open(page.path)
    assert late.status == 410
    assert "Somebody else" not in late.text
    again = guest.send(late, late.form("/hold/"), at(next_week, 10))
    assert "Nearly done" in again.text


def test_old_page_of_whoever_chose_another_time_says_which_is_kept_and_blocks_nothing(
    visitor: Come, next_week: date
) -> None:
    """R12: back to the first choice, which overlaps the second: nobody else has taken it."""
    guest = visitor()
    first = choose(guest, next_week, 10)
    second = choose(guest, next_week, 10, minutes="120")
    late = guest.open(first.path)
    assert late.status == 410
    assert "Somebody else" not in late.text
    assert "Another time is kept for you" in late.text
    assert late.link(second.path) == second.path
    again = guest.send(late, late.form("/hold/"), at(next_week, 10))
    assert "Nearly done" in again.text
    assert guest.open(second.path).status == 410


def test_over_where_nothing_can_be_booked_any_more_leads_home(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    lapse(alpha)
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(is_active=False)
    late = guest.open(page.path)
    assert (late.status, list(late.form("/hold/").buttons)) == (410, [])
    assert late.link("/") == "/"


def test_script_that_asks_for_a_price_too_late_loads_the_page_anew(
    alpha: World, visitor: Come, next_week: date
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    lapse(alpha)
    token = guest.client.cookies["csrftoken"].value
    answer = guest.client.post(page.path, {"csrfmiddlewaretoken": token, "update": "1"}, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


@pytest.fixture
def rackets(alpha: World) -> Product:
    """Rackets to borrow with Court 1, three euros each, and a voucher of ten percent."""
    with tenant_context(alpha.tenant):
        court = Resource.objects.get(slug="court-1")
        extra = Product.objects.create(name="Racket", slug="racket", kind="extra")
        Rate.objects.create(product=extra, unit="booking", amount_minor=300)
        ExtraOffer.objects.create(extra=extra, resource=court, most=5)
        Voucher.objects.create(code="TENTH", percent_off=1000)
        return extra


def test_price_follows_by_script_and_is_booked_at_once(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    form = page.form("/details/")
    extra = f"extra_{rackets.pk}"
    sent = {**form.fields, extra: "2", "voucher": "tenth", "update": "1"}
    told = guest.client.post(page.path, sent, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="quote"' in told
    assert "Book for €27.90" in told
    # The page has what was typed still, and what the answer put in place: the price that it shows.
    done = guest.send(page, form, **{**DETAILS, extra: "2", "voucher": "tenth", "shown_total": "2790"})
    assert "Your request is in" in done.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().total_minor == 2790


def test_nobody_books_at_a_price_that_the_page_did_not_show(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    """Two tabs: an extra was added in the other one."""
    guest = visitor()
    page = choose(guest, next_week, 10)
    other = guest.open(page.path)
    guest.send(other, other.form("/details/"), "1", **{f"extra_{rackets.pk}": "1"})
    form = page.form("/details/")
    del form.fields[f"extra_{rackets.pk}"]
    said = guest.send(page, form, **DETAILS)
    assert "The price is €28.00 now." in said.text
    assert said.form("/details/").fields["name"] == DETAILS["name"]
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "held"
    assert "Your request is in" in guest.send(said, said.form("/details/")).text


def test_names_of_those_who_come_are_written_with_the_booking(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10, people="3")
    many = guest.send(page, page.form("/details/"), **DETAILS, people="A\nB\nC\nD")
    assert (many.status, "This booking is for 3 people." in many.text) == (400, True)
    assert many.form("/details/").fields["people"] == "A\nB\nC\nD"
    done = guest.send(many, many.form("/details/"), people="  Gina   Guest \n\nPaul Player\n")
    assert "Paul Player" in done.text
    with tenant_context(alpha.tenant):
        assert list(Participant.objects.order_by("pk").values_list("name", flat=True)) == ["Gina Guest", "Paul Player"]
        assert Booking.objects.get().state == "pending"


def test_who_comes_alone_is_asked_for_no_names(visitor: Come, next_week: date) -> None:
    assert "people" not in choose(visitor(), next_week, 10).form("/details/").fields


def test_field_that_only_programs_see_books_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = choose(guest, next_week, 10)
    before = counts(alpha)
    assert guest.send(page, page.form("/details/"), **DETAILS, website="spam").status == 400
    assert counts(alpha) == before
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "held"


def test_house_rules_are_agreed_to_by_booking(alpha: World, visitor: Come, next_week: date) -> None:
    assert "house rules" not in choose(visitor(), next_week, 10).text
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(house_rules="Clean shoes only.")
    page = choose(visitor(), next_week, 11)
    assert "Clean shoes only." in page.text
    assert "By booking you agree to the house rules." in page.text


def test_page_of_the_booking_leads_on(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(needs_approval=False, house_rules="Clean shoes only.")
    guest = visitor()
    page = choose(guest, next_week, 10)
    done = guest.send(page, page.form("/details/"), **DETAILS)
    google = done.link("calendar.google.com")
    assert f"dates={at(next_week, 10)[:16].replace('-', '').replace(':', '')}00Z%2F" in google
    assert "Gina" not in google
    assert [href.split("/")[2] for href, _given in done.links if "outlook" in href] == [
        "outlook.live.com",
        "outlook.office.com",
    ]
    assert "Clean shoes only." in done.text
    assert "The time was kept." in done.text
    assert "It was confirmed." in done.text
    with tenant_context(alpha.tenant):
        assert done.link("/booking.ics") == f"/bookings/{Booking.objects.get().pk}/booking.ics"


def test_answers_are_asked_for_and_kept_when_something_else_is_missing(
    alpha: World, visitor: Come, next_week: date
) -> None:
    with tenant_context(alpha.tenant):
        asked = CustomField.objects.create(resource=Resource.objects.get(slug="court-1"), label="Level", kind="text")
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    page = guest.send(page, page.form_with("start"), at(next_week, 10))
    wrong = guest.send(page, page.form("/details/"), **{**DETAILS, "email": "x", f"answer_{asked.pk}": "Good"})
    assert wrong.form("/details/").fields[f"answer_{asked.pk}"] == "Good"
    guest.send(wrong, wrong.form("/details/"), email="gina@example.org")
    with tenant_context(alpha.tenant):
        assert Answer.objects.get().value == "Good"


def test_extras_say_how_many_are_left_at_that_time(
    alpha: World, visitor: Come, next_week: date, rackets: Product
) -> None:
    with tenant_context(alpha.tenant):
        court = Resource.objects.get(slug="court-1")
        rackets.stock = Resource.objects.create(venue=court.venue, name="Rackets", slug="rackets", units=2)
        rackets.save()
        ExtraOffer.objects.create(extra=rackets, resource=Resource.objects.get(slug="court-2"), most=5)
    guest, other = visitor(), visitor()
    page = choose(guest, next_week, 10)
    assert "Racket (€3.00, 2 left)" in page.text
    field = f"extra_{rackets.pk}"
    guest.send(page, page.form("/details/"), "1", **{field: "1"})
    there = other.open(f"/venues/main/court-2/?day={next_week}")
    beside = other.send(there, there.form_with("start"), at(next_week, 10))
    assert "Racket (€3.00, 1 left)" in beside.text
    assert "Racket (€3.00, 2 left)" in guest.open(page.path).text, "one's own does not count against oneself"
    refused = other.send(beside, beside.form("/details/"), "1", **{field: "2"})
    assert (refused.status, refused.form("/details/").fields[field]) == (400, "2")
    other.send(beside, beside.form("/details/"), "1", **{field: "1"})
    third = visitor()
    later = choose(third, next_week, 12)
    assert "Racket (€3.00, 2 left)" in later.text


def test_price_that_another_tab_changes_at_the_same_moment_is_shown_and_nothing_is_booked(
    alpha: World, visitor: Come, next_week: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R33: the price was as shown when it was looked at, and is another one under the lock."""
    someone = visitor()
    page = choose(someone, next_week, 10)
    monkeypatch.setattr(details, "given", lambda _sent: Booking.objects.update(total_minor=2800) and {})
    shown = someone.send(page, page.form("/details/"), name="Nora", email="nora@example.org")
    assert (shown.status, shown.path) == (200, page.path)
    assert shown.form("/details/").fields["shown_total"] == "2800"
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "held"
    booked = someone.send(shown, shown.form("/details/"), name="Nora", email="nora@example.org")
    assert booked.path != page.path
