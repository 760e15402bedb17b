"""Customers, resources, closures and seasons from files; each a second time changes nothing."""

from zoneinfo import ZoneInfo

import pytest

from accounts.models import Role, User
from bookings.models import Booking, Series, SeriesDate
from tests.bookings.api.desk import AtHome, at_once, booked
from tests.bookings.bulk.files import IMPORTS, Desk, csv
from tests.bookings.scenes import slot
from venues.models import Closure, CustomerGroup, Rate, Resource

BERLIN = ZoneInfo("Europe/Berlin")
EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:{start}
DTEND;TZID=Europe/Berlin:{end}
SUMMARY:{title}
{more}END:VEVENT
"""


@pytest.fixture
def desk(in_alpha):
    at_once(in_alpha.court_1, in_alpha.court_2)
    return Desk(AtHome(in_alpha))


def season(*events):
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Club//EN\n" + "".join(events) + "END:VCALENDAR\n"


def wall(hour, ahead):
    return f"{slot(hour, ahead=ahead).start.astimezone(BERLIN):%Y%m%dT%H%M%S}"


def event(uid, hour, title="Training", more="", ahead=7):
    start, end = wall(hour, ahead), wall(hour + 1, ahead)
    return EVENT.format(uid=uid, start=start, end=end, title=title, more=more)


def states(desk, import_id):
    return [state for _row, state, _code in desk.report(import_id)]


def test_customers_are_made_once_and_never_more_than_customers(desk, in_alpha):
    group = CustomerGroup.objects.create(name="Club")
    text = csv(
        "E-Mail Ignored,Email,Name,Phone,Groups,Role",
        "x,Ann@Example.org,=Ann,'+49 89 123456,club,owner",
        "x,ann@example.org,Ann again,,,",
        f"x,owner@{in_alpha.canary}.example,Mallory,,,",
        "x,nobody,No,,,",
        "x,ben@example.org,Ben,,Nobody's,",
    )
    trial = desk.tried("customers", text)
    assert desk.seen(trial)["ignored"] == ["e_mail_ignored", "role"]
    assert [row[1:] for row in desk.report(trial)] == [
        ("would_create", ""),
        ("skipped", "twice_in_file"),
        ("skipped", "exists"),
        ("refused", "cell_invalid"),
        ("refused", "group_unknown"),
    ]
    desk.go(trial)
    assert states(desk, trial) == ["created", "skipped", "skipped", "refused", "refused"]
    ann = User.objects.get(email="ann@example.org")
    assert (ann.name, ann.phone, ann.role, ann.has_usable_password()) == ("=Ann", "+49 89 123456", Role.CUSTOMER, False)
    assert [member.group for member in ann.memberships.all()] == [group]
    assert User.objects.get(pk=in_alpha.users["owner"]).name.startswith("Olga Owner")
    assert states(desk, desk.done("customers", text)) == ["skipped", "skipped", "skipped", "refused", "refused"]


def test_resources_come_with_parts_and_prices(desk, in_alpha):
    text = csv(
        "venue;name;kind;part_of;capacity;min_minutes;max_minutes;price;price_unit",
        'main;"Dome";hall;;40;60;240;80,00;hour',
        "main;Dome left;court;dome;20;60;240;45.50;booking",
        "main;Odd;court;;4;120;60;1.00;hour",
        "elsewhere;Far;court;;4;60;60;1.00;hour",
    )
    trial = desk.tried("resources", text)
    assert [row[1:] for row in desk.report(trial)] == [
        *[("would_create", "")] * 2,
        ("refused", "row_invalid"),
        ("refused", "venue_unknown"),
    ]
    before = Resource.objects.count()
    desk.go(trial)
    assert states(desk, trial) == ["created", "created", "refused", "refused"]
    left = Resource.objects.get(slug="dome-left")
    assert (left.parent.slug, left.capacity, left.venue_id, Resource.objects.count()) == (
        "dome", 20, in_alpha.venue, before + 2,
    )  # fmt: skip
    assert list(Rate.objects.filter(resource=left).values_list("amount_minor", "unit")) == [(4550, "booking")]
    assert states(desk, desk.done("resources", text)) == ["skipped", "skipped", "refused", "refused"]


def test_resources_are_closed_where_their_venue_is_and_may_have_any_name(desk, in_alpha):
    """What closes the venue covers what is new; names without Latin letters have a number in their address."""
    day = f"{slot(10).start:%Y-%m-%d}"
    desk.done("closures", csv("venue,date,reason", f"main,{day},Holiday"))
    text = csv("venue,name,price", "main,体育館,10.00")
    made = desk.done("resources", text)
    assert states(desk, made) == ["created"]
    gym = Resource.objects.get(name="体育館")
    assert (gym.slug, gym.occupancies.get().closure.reason) == ("resource", "Holiday")
    row = csv("resource,date,start_time,end_time,name", f"体育館,{day},10:00,11:00,Ann")
    assert desk.report(desk.tried("bookings", row)) == [(2, "refused", "closure")]
    assert states(desk, desk.done("resources", text)) == ["skipped"]


def test_closures_yield_to_bookings_and_come_back_once_they_were_taken_back(desk, in_alpha):
    booked(desk.api, in_alpha, "guest", 10)
    day = f"{slot(10).start:%Y-%m-%d}"
    text = csv(
        "venue,resource,date,start_time,end_time,reason",
        f"main,court-1,{day},10:00,11:00,Paint",
        f"main,court-1,{day},12:00,14:00,Paint",
        f"annex,,{day},,,Holiday",
    )
    trial = desk.tried("closures", text)
    assert [row[1:] for row in desk.report(trial)] == [
        ("refused", "closure_conflicts"), ("would_create", ""), ("would_create", ""),
    ]  # fmt: skip
    desk.go(trial)
    assert states(desk, trial) == ["refused", "created", "created"]
    assert [closure.reason for closure in Closure.objects.order_by("pk")] == ["Paint", "Holiday"]
    Closure.objects.filter(reason="Holiday").delete()
    assert states(desk, desk.done("closures", text)) == ["refused", "skipped", "created"]


def test_a_season_is_series_and_single_bookings_and_a_second_time_nothing(desk, in_alpha):
    text = season(
        event("a", 18, more=f"RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:{wall(18, 14)}\n"),
        event("b", 20, "Match"),
        event("c", 20, "Free", "TRANSP:TRANSPARENT\n"),
        event("d", 20, "Clash"),
    )  # fmt: skip
    asked = {"resource": in_alpha.court_1, "name": "TC Alpha", "email": "club@example.org"}
    trial = desk.tried("season", text, **asked)
    assert sorted(states(desk, trial)) == ["refused", *["would_create"] * 4]
    desk.go(trial)
    assert sorted(states(desk, trial)) == [*["created"] * 4, "refused"]
    [series] = Series.objects.all()
    assert SeriesDate.objects.filter(series=series).count() == 3
    bookings = Booking.objects.order_by("start")
    assert [(each.series_id, each.notes, each.name, each.state) for each in bookings] == [
        (series.pk, "Training", "TC Alpha", "confirmed"),
        (None, "Match", "TC Alpha", "confirmed"),
        *[(series.pk, "Training", "TC Alpha", "confirmed")] * 2,
    ]
    dates = desk.api("owner").get(f"{IMPORTS}{trial}/rows/").json()
    assert dates[0]["start_datetime"] == slot(18).start.astimezone(BERLIN).isoformat()
    again = desk.done("season", text, **asked)
    assert sorted(states(desk, again)) == ["refused", *["skipped"] * 4]
    assert (Booking.objects.count(), Series.objects.count()) == (4, 1)
    closed = desk.done("season", season(event("h", 8, "Holiday")), resource=in_alpha.court_1, becoming="closures")
    assert states(desk, closed) == ["created"]
    assert Closure.objects.get().reason == "Holiday"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: "Hello", "not_a_calendar"),
        (lambda: season(event("a", 10, more="RRULE:FREQ=SECONDLY\n")), "repeats_too_often"),
        (lambda: season(*[event("a", 10)] * 5001), "too_many_events"),
        (season, "no_rows"),
    ],
    ids=["no calendar", "each second", "too many", "empty"],
)
def test_a_calendar_that_is_too_much_is_refused_as_a_whole(desk, in_alpha, make, code):
    """T23."""
    answer = desk.bring("season", make(), resource=in_alpha.court_1)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
