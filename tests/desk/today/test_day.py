"""Today by time: what runs, what comes, what is over, and what may be done about each in one tap."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, OnSitePayment
from schemas.clock import database_now
from tests.desk.today.scene import booking, comes, minutes_late
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Resource

Come = Callable[..., Visitor]
MAIN = "/desk/?venue=main"
STAFF = ("owner", "manager", "front_desk")
ACTS = ("check-in", "undo-check-in", "no-show", "undo-no-show", "confirm", "decline", "taken")


def press(someone: Visitor, page: Page, booking_id: UUID, act: str, **typed: str) -> Page:
    """Press a button of a booking."""
    return someone.send(page, page.form(f"/desk/bookings/{booking_id}/{act}/"), **typed)


def acts_of(page: Page, booking_id: UUID) -> list[str]:
    """What may be done about a booking, by the forms that are there."""
    start = f"/desk/bookings/{booking_id}/"
    return sorted({form.action.removeprefix(start).strip("/") for form in page.forms if form.action.startswith(start)})


def test_parts_of_the_day_come_in_the_order_in_which_they_matter(noon: World, visitor: Come) -> None:
    comes(noon, -150, name="Otto Over")
    late = comes(noon, -30, name="Rita Running")
    comes(noon, 45, name="Nina Next")
    comes(noon, 240, name="Lars Later")
    before = minutes_late(noon, late)
    text = visitor("front_desk").open(MAIN).text
    wanted = ["Running now 1", "Rita Running", "In the next two hours 1", "Nina Next", "Later today 1", "Lars Later",
              "Over or cancelled 1", "Show 1 more"]  # fmt: skip
    assert sorted(wanted, key=text.index) == wanted
    assert "Otto Over" not in text
    assert any(f"{minutes} min late" in text for minutes in range(before, minutes_late(noon, late) + 1))


def test_past_is_unfolded_by_a_link(noon: World, visitor: Come) -> None:
    comes(noon, -150, name="Otto Over")
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    assert "Otto Over" in staff.open(page.link("part=over").split("#")[0]).text


def test_whoever_is_late_comes_before_who_is_here(noon: World, visitor: Come) -> None:
    here = comes(noon, -50, name="Hans Here")
    late = comes(noon, -10, name="Lina Late", resource_id=noon.court_2)
    staff = visitor("front_desk")
    before = minutes_late(noon, late)
    text = press(staff, staff.open(MAIN), here, "check-in").text
    assert text.index("Lina Late") < text.index("Hans Here")
    assert any(f"{minutes} min late" in text for minutes in range(before, minutes_late(noon, late) + 1))
    assert [words in text for words in ("1 is here", "Here")] == [True] * 2


@pytest.mark.parametrize("who", STAFF)
def test_check_in_and_its_undo_take_one_tap_each_and_lead_back(noon: World, visitor: Come, who: str) -> None:
    pk = comes(noon, -5)
    staff = visitor(who)
    page = staff.open(MAIN)
    assert acts_of(page, pk) == ["check-in", "no-show", "taken"]
    page = press(staff, page, pk, "check-in")
    assert (page.path, "is here." in page.text) == (MAIN, True)
    assert booking(noon, pk).checked_in_at is not None
    assert acts_of(page, pk) == ["taken", "undo-check-in"]
    page = press(staff, page, pk, "undo-check-in")
    assert "is not here after all." in page.text
    assert booking(noon, pk).checked_in_at is None


def test_no_show_and_its_undo(noon: World, visitor: Come) -> None:
    pk = comes(noon, -20)
    staff = visitor("front_desk")
    page = press(staff, staff.open(MAIN), pk, "no-show")
    assert booking(noon, pk).state == "no_show"
    assert acts_of(page, pk) == ["taken", "undo-no-show"]
    page = press(staff, page, pk, "undo-no-show")
    assert "is no no-show any more." in page.text
    assert booking(noon, pk).state == "confirmed"


def test_what_is_owed_is_noted_in_one_tap(noon: World, visitor: Come) -> None:
    pk = comes(noon, 15)
    comes(noon, 15, resource_id=noon.court_2)
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    assert "Not paid: 2 (€50.00)" in page.text
    form = page.form(f"{pk}/taken/")
    after = staff.send(page, form, **{"taken-way": "card"})
    assert (after.path, "€25.00 are noted as paid." in after.text) == (MAIN, True)
    assert "Not paid: 1 (€25.00)" in after.text
    twice = staff.send(page, form, **{"taken-way": "card"})
    assert "Other money of this booking was noted meanwhile." in twice.text
    with tenant_context(noon.tenant):
        assert list(OnSitePayment.objects.values_list("booking", "amount_minor", "way")) == [(pk, 2500, "card")]
    assert acts_of(staff.open(f"{MAIN}&only=unpaid"), pk) == []


def test_missing_are_those_who_are_not_here_yet(noon: World, visitor: Come) -> None:
    here = comes(noon, -5, name="Hans Here")
    comes(noon, 90, name="Nina Next")
    staff = visitor("front_desk")
    press(staff, staff.open(MAIN), here, "check-in")
    text = staff.open(f"{MAIN}&only=missing").text
    assert ("Hans Here" in text, "Nina Next" in text, "Not here yet: 1" in text) == (False, True, True)


def test_only_what_fits_is_shown_and_the_rest_is_a_tap_away(noon: World, visitor: Come) -> None:
    with tenant_context(noon.tenant):
        Resource.objects.filter(pk=noon.kayaks).update(units=40)
    for number in range(20):
        comes(noon, 240, resource_id=noon.kayaks, participants=1, name=f"Paddler {number:02}")
    staff = visitor("owner")
    page = staff.open(MAIN)
    assert ("Later today 20" in page.text, "Paddler 14" in page.text, "Paddler 15" in page.text) == (True, True, False)
    assert "Paddler 19" in staff.open(page.link("part=later").split("#")[0]).text


def test_by_resource_each_has_its_bar_and_who_comes_next(noon: World, visitor: Come) -> None:
    comes(noon, -30, name="Rita Running")
    page = visitor("owner").open(f"{MAIN}&by=resource")
    assert "Rita Running" in page.text
    assert page.html.count("bar-sure") == 1
    assert page.html.count('id="resource-') == 6


def test_queries_are_the_same_for_none_and_for_many(noon: World, visitor: Come) -> None:
    staff = visitor("owner")
    found = []
    for _round in range(2):
        for path in (MAIN, f"{MAIN}&by=resource", "/desk/?venue=all"):
            staff.open(path)
            with counted() as queries:
                assert staff.open(path).status == 200
            found.append(len(queries))
        with tenant_context(noon.tenant):
            Resource.objects.filter(pk=noon.kayaks).update(units=40)
        for number in range(12):
            comes(noon, (number - 6) * 5, resource_id=noon.kayaks, participants=1)
    assert found[:3] == found[3:]


def test_whoever_has_seen_it_is_told_nothing_until_something_changes(noon: World, visitor: Come) -> None:
    pk = comes(noon, 30)
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    poll = next(given for tag, given in page.elements if given.get("id") == "poll")
    seen = poll["hx-headers"].split('"')[3]
    again = staff.client.get(poll["hx-get"], headers={"X-Seen": seen})
    # The minute may have passed meanwhile: then the lateness of everybody is told anew.
    if again.status_code == 200:
        page = staff.open(MAIN)
        seen = next(given for tag, given in page.elements if given.get("id") == "poll")["hx-headers"].split('"')[3]
        again = staff.client.get(MAIN, headers={"X-Seen": seen})
    assert (again.status_code, again.content) == (204, b"")
    press(staff, page, pk, "check-in")
    assert staff.client.get(MAIN, headers={"X-Seen": seen}).status_code == 200


def test_venue_of_last_time_is_shown_again(noon: World, visitor: Come) -> None:
    comes(noon, 30, resource_id=noon.annex_room, name="Anna Annex")
    comes(noon, 30, name="Maja Main")
    staff = visitor("front_desk")
    shown = [staff.open(path).text for path in ("/desk/", "/desk/?venue=annex", "/desk/", "/desk/?venue=all", "/desk/")]
    assert [("Anna Annex" in text, "Maja Main" in text) for text in shown] == [
        (True, True), (True, False), (True, False), (True, True), (True, True),
    ]  # fmt: skip
    assert staff.open("/desk/?venue=nowhere").status == 404


def test_accountants_read_and_do_nothing(noon: World, visitor: Come) -> None:
    pk = comes(noon, -5)
    reader, page = visitor("accountant"), visitor("owner").open(MAIN)
    seen = reader.open(MAIN)
    assert ("Gina Guest" in seen.text, acts_of(seen, pk)) == (True, [])
    assert [href for href, _given in seen.links if "walk-in" in href or "check-in" in href] == []
    before = booking(noon, pk).updated_at
    form = page.form(f"{pk}/check-in/")
    form.fields["csrfmiddlewaretoken"] = seen.form("/logout/").fields["csrfmiddlewaretoken"]
    for act in ACTS:
        form.action = f"/desk/bookings/{pk}/{act}/"
        assert reader.send(seen, form).status == 403
    assert [reader.open(path).status for path in ("/desk/walk-in/", "/desk/check-in/")] == [403, 403]
    after = booking(noon, pk)
    assert (after.updated_at, after.state, after.checked_in_at) == (before, "confirmed", None)


def test_managers_act_at_their_own_venues_only(noon: World, visitor: Come) -> None:
    theirs, other = comes(noon, -5), comes(noon, -5, resource_id=noon.annex_room, name="Anna Annex")
    manager = visitor("manager")
    page = manager.open("/desk/")
    assert "Anna Annex" not in page.text
    form = page.form(f"{theirs}/check-in/")
    form.action = f"/desk/bookings/{other}/check-in/"
    assert manager.send(page, form).status == 404
    assert booking(noon, other).checked_in_at is None


def test_strangers_back_address_is_not_followed(noon: World, visitor: Come) -> None:
    pk = comes(noon, -5)
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    for back in ("https://evil.example/desk/", "//evil.example", "/bookings/"):
        answer = press(staff, page, pk, "check-in", back=back)
        assert answer.path.startswith("/desk/?venue=main&day=")


def test_what_is_refused_changes_nothing_and_says_why(noon: World, visitor: Come) -> None:
    pk = comes(noon, -20)
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    press(staff, page, pk, "check-in")
    refused = press(staff, page, pk, "no-show")
    assert "They have checked in." in refused.text
    assert booking(noon, pk).state == "confirmed"


def test_lapsed_holds_are_nobodys(noon: World, visitor: Come) -> None:
    pk = comes(noon, 30, name="Henry Hold")
    with tenant_context(noon.tenant):
        Booking.objects.filter(pk=pk).update(
            state="held", hold_expires_at=database_now() - timedelta(seconds=1)
        )  # fmt: skip
    assert "Henry Hold" not in visitor("owner").open(MAIN).text
