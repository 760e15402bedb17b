"""Future bookings from a file: tried, then made as staff make them; each row is told, none is made twice."""

import pytest

from billing.payments.models import Document
from bookings import papers
from bookings.models import Booking, BookingEvent, Imported, ImportRow, OnSitePayment
from bookings.notices import meaning
from tests.bookings.api.desk import AtHome, at_once, booked
from tests.bookings.bulk.files import Desk, csv
from tests.bookings.returning.scene import mails
from tests.bookings.scenes import slot

HEADER = "resource;start_datetime;end_datetime;name;email;price;paid;external_id"


@pytest.fixture
def desk(in_alpha):
    at_once(in_alpha.court_1, in_alpha.court_2)
    return Desk(AtHome(in_alpha))


def _row(resource, hour, name="Ann", more="20,00;;"):
    period = slot(hour)
    return f"{resource};{period.start.isoformat()};{period.end.isoformat()};{name};{name.lower()}@example.org;{more}"


def test_a_trial_changes_nothing_and_then_each_row_is_made_once(desk, in_alpha):
    """A conflict with a booking, one inside the file, a bad cell and an unknown court: the others are made."""
    booked(desk.api, in_alpha, "guest", 10)
    text = csv(
        HEADER,
        _row("main/court-1", 10),
        _row("court-1", 12, "Ben"),
        _row(in_alpha.court_1, 12, "Cem"),
        _row("court-2", 12, "Dora", "20,00;5,00;D-1"),
        _row("court-9", 12),
        _row("court-2", 14, "Eve", "abc;;"),
    )
    import_id = desk.tried("bookings", text)
    trial = [
        (2, "refused", "booked"),
        (3, "would_create", ""),
        (4, "refused", "conflicts_in_file"),
        (5, "would_create", ""),
        (6, "refused", "resource_unknown"),
        (7, "refused", "cell_invalid"),
    ]
    assert desk.report(import_id) == trial
    assert (desk.seen(import_id)["state"], Booking.objects.count(), Imported.objects.count()) == ("checked", 1, 0)
    assert desk.go(import_id).status_code == 200
    made = [(3, "created", ""), (5, "created", "")]
    refused = [(2, "refused", "booked"), (4, "refused", "booked"), *trial[4:]]
    assert desk.report(import_id) == sorted([*made, *refused])
    seen = desk.seen(import_id)
    assert (seen["state"], seen["done"], seen["counts"]["created"]) == ("done", 6, 2)
    dora = Booking.objects.get(name="Dora")
    assert (dora.state, dora.total_minor, dora.paid_minor, dora.payment_way) == ("confirmed", 2000, 500, "on_site")
    assert OnSitePayment.objects.get().amount_minor == 500
    assert set(ImportRow.objects.values_list("sealed", flat=True)) == {""}
    again = desk.done("bookings", text)
    assert [row for row in desk.report(again) if row[0] in {3, 5}] == [
        (3, "skipped", "exists"),
        (5, "skipped", "exists"),
    ]
    assert Booking.objects.count() == 3


def test_nobody_is_told_unless_the_import_says_so(desk):
    for hour, notify in ((10, False), (12, True)):
        desk.done("bookings", csv(HEADER, _row("court-1", hour, "Ann", "20.00;20.00;")), notify=notify)
    told = [
        [
            kind
            for event in BookingEvent.objects.filter(booking=booking).order_by("pk")
            for kind in meaning.told_by(event)
        ]
        for booking in Booking.objects.order_by("start")
    ]
    assert told == [[], ["confirmation", "payment"]]
    for money in OnSitePayment.objects.order_by("pk"):
        papers.write_desk_paper(money.pk)
    quiet, loud = Document.objects.order_by("pk")
    assert (quiet.total_minor, loud.total_minor) == (2000, 2000)
    assert mails("document:") == [(f"document:{loud.number}", "ann@example.org")]


def test_two_alike_are_two_where_there_is_room_and_the_file_again_makes_none(desk, in_alpha):
    at_once(in_alpha.kayaks)
    text = csv(HEADER, *[_row("kayaks", 10)] * 4)
    assert desk.report(desk.tried("bookings", text)) == [
        *((row, "would_create", "") for row in (2, 3, 4)),
        (5, "refused", "conflicts_in_file"),
    ]
    first = desk.done("bookings", text)
    assert [row[1] for row in desk.report(first)] == ["created"] * 3 + ["refused"]
    assert [row[1] for row in desk.report(desk.done("bookings", text))] == ["skipped"] * 3 + ["refused"]
    assert Booking.objects.count() == 3


def test_rules_hold_unless_they_are_set_aside_and_the_past_is_over(desk):
    late, past = slot(3), slot(10, ahead=-3)
    row = "court-1;{};{};Ann;;;;"
    text = csv(HEADER, *(row.format(each.start.isoformat(), each.end.isoformat()) for each in (late, past)))
    assert desk.report(desk.tried("bookings", text)) == [(2, "refused", "closed"), (3, "refused", "in_the_past")]
    assert desk.report(desk.done("bookings", text, overrule=["closed"])) == [
        (2, "created", ""),
        (3, "refused", "in_the_past"),
    ]


def test_times_on_the_wall_and_german_dates_are_those_of_the_venue(desk):
    day = slot(10).start
    text = csv("resource,date,start_time,end_time,name", f"court-1,{day:%d.%m.%Y},18:00,19:00,Ann")
    desk.done("bookings", text)
    assert [(booking.start, booking.end) for booking in Booking.objects.all()] == [(slot(18).start, slot(18).end)]


def test_what_was_cancelled_since_is_not_made_again_and_money_beyond_the_price_makes_nothing(desk):
    text = csv(HEADER, _row("court-1", 10), _row("court-1", 12, "Ben", "20.00;20.01;"))
    first = desk.done("bookings", text)
    assert desk.report(first) == [(2, "created", ""), (3, "refused", "amount_too_high")]
    booking = Booking.objects.get()
    assert (
        desk.api("owner").post(f"/api/v1/admin/bookings/{booking.pk}/cancel/", {"reason": "other"}).status_code == 200
    )
    assert desk.report(desk.done("bookings", text))[0] == (2, "skipped", "exists")
    assert Booking.objects.count() == 1
