"""v1: changing bookings."""

from datetime import datetime
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking, BookingChange
from bookings.records import Actor
from bookings.states import State
from tests.bookings.api.test_v1_bookings import BOOKING_KEYS
from tests.bookings.changing import COURT, booked, extra, wish
from tests.bookings.scenes import at, digest, resource_in, slot
from tests.conftest import Caller
from tests.worlds import World
from venues.models import CustomField, Venue

KEYS = [
    "preview", "reference_code", "old_total", "new_total", "delta", "due_now", "refund", "gift_credit_delta",
    "currency", "lines", "needs_approval", "revision", "start_datetime", "end_datetime",
]  # fmt: skip

LINE_KEYS = [
    "kind", "label", "rate", "resource", "product", "start_datetime", "end_datetime", "unit", "quantity", "unit_price",
    "amount", "vat",
]  # fmt: skip


class Desk:
    """Two courts of Alpha's main venue, one room of its annex, and a paid booking of the guest's."""

    def __init__(self, world: World) -> None:
        self.world = world
        with tenant_context(world.tenant):
            venue, annex = Venue.objects.get(pk=world.venue), Venue.objects.get(pk=world.annex)
            self.first, self.second = resource_in(venue, "one", **COURT), resource_in(venue, "two", **COURT)
            self.room = resource_in(annex, "annexed", **COURT)
            self.racket = extra("Racket", self.first, 500, stock=4)
            self.staff = Actor.of(User.objects.get(pk=world.users["owner"]))
            self.booking = self.made("guest", 10)

    def made(self, who: str, hour: int, stage: str = "paid") -> Booking:
        """A booking of two hours on the first court."""
        with tenant_context(self.world.tenant):
            customer = User.objects.get(pk=self.world.users[who])
            return booked(wish(self.first, slot(hour, minutes=120), customer), stage, self.staff)

    def digest(self) -> list[object]:
        """Every row."""
        with tenant_context(self.world.tenant):
            return digest()

    def time(self, hour: int, ahead: int = 7) -> str:
        """A wall time, as the API takes it."""
        with tenant_context(self.world.tenant):
            return at(hour, ahead=ahead).isoformat()

    @property
    def path(self) -> str:
        """The booking's."""
        return f"/api/v1/bookings/{self.booking.pk}/"


@pytest.fixture
def desk(alpha: World) -> Desk:
    """The scene."""
    return Desk(alpha)


def code(answer: Any) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json().get("code", "")


def test_preview_of_a_reschedule_answers_the_money_and_changes_nothing(api: Caller, desk: Desk) -> None:
    before = desk.digest()
    answer = api("guest").post(f"{desk.path}reschedule/", {"end_datetime": desk.time(13), "preview": True})
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert list(body) == KEYS
    assert body["preview"] is True
    assert body["reference_code"] == desk.booking.reference_code
    figures = ("old_total", "new_total", "delta", "due_now", "refund", "gift_credit_delta", "currency")
    assert [body[key] for key in figures] == ["50.00", "75.00", "25.00", "25.00", "0.00", "0.00", "EUR"]
    [line] = body["lines"]
    assert list(line) == LINE_KEYS
    assert [line[key] for key in ("kind", "label", "quantity", "unit", "unit_price", "amount", "vat")] == [
        "rate", "one", "3", "hour", "25.00", "75.00", "0",
    ]  # fmt: skip
    assert (line["start_datetime"], line["end_datetime"]) == (body["start_datetime"], body["end_datetime"])
    assert desk.digest() == before


def test_reschedule_answers_the_booking_as_it_is_now(api: Caller, desk: Desk) -> None:
    wanted = {
        "start_datetime": desk.time(15),
        "resource": desk.second.pk,
        "participant_count": 3,
        "with_resources": [desk.first.pk],
        "expected_total": "100.00",
        "revision": 0,
    }
    answer = api("guest").post(f"{desk.path}reschedule/", wanted)
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert list(body) == [*KEYS, "booking"]
    assert list(body["booking"]) == BOOKING_KEYS
    assert (body["preview"], body["delta"], body["due_now"], body["revision"]) == (False, "50.00", "50.00", 1)
    shown = body["booking"]
    assert (shown["resource"], shown["participant_count"], shown["total_price"]) == (desk.second.pk, 3, "100.00")
    assert datetime.fromisoformat(shown["start_datetime"]) == datetime.fromisoformat(desk.time(15))
    assert (shown["duration_minutes"], shown["status"]) == (120, "confirmed")
    assert shown["reference_code"] == desk.booking.reference_code


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"start_datetime": 5}, (400, "closed")),
        ({"end_datetime": 10}, (400, "period_invalid")),
        ({"resource": 999_999}, (400, "resource_unknown")),
        ({"resource": 0}, (400, "invalid")),
        ({"participant_count": 5}, (400, "capacity")),
        ({"participant_count": 0}, (400, "invalid")),
        ({"end_datetime": 13, "expected_total": "50.00"}, (409, "price_changed")),
        ({"end_datetime": 13, "expected_total": "50.001"}, (400, "amount_invalid")),
        ({"end_datetime": 13, "expected_total": "-1"}, (400, "amount_invalid")),
        ({"end_datetime": 13, "expected_total": "1e30"}, (400, "amount_invalid")),
        ({"end_datetime": 13, "revision": 3}, (409, "changed_meanwhile")),
        ({"agreed_total": "1.00"}, (403, "permission_denied")),
        ({"start_datetime": 5, "overrule": ["closed"]}, (403, "permission_denied")),
        ({"overrule": ["booked"]}, (400, "invalid")),
        ({"with_resources": list(range(1, 30))}, (400, "invalid")),
        ({"start_datetime": "2030-01-01T10:00:00"}, (400, "invalid")),
    ],
    ids=str,
)
@pytest.mark.parametrize("preview", [True, False])
def test_refusals_have_codes_and_change_nothing(
    api: Caller, desk: Desk, change: dict[str, Any], expected: tuple[int, str], preview: bool
) -> None:
    wanted = {
        name: desk.time(value) if name.endswith("_datetime") and isinstance(value, int) else value
        for name, value in change.items()
    }
    before = desk.digest()
    answer = api("guest").post(f"{desk.path}reschedule/", {**wanted, "preview": preview})
    assert code(answer) == expected, answer.json()
    assert desk.digest() == before


def test_price_changed_says_by_how_much(api: Caller, desk: Desk) -> None:
    answer = api("guest").post(f"{desk.path}reschedule/", {"end_datetime": desk.time(13), "expected_total": "50.00"})
    body = answer.json()
    assert [body[key] for key in ("quoted", "current", "difference", "currency")] == ["50.00", "75.00", "25.00", "EUR"]


def test_extras_are_the_full_new_list(api: Caller, desk: Desk) -> None:
    client, path = api("guest"), f"{desk.path}extras/"
    before = desk.digest()
    look = client.post(path, {"extras": [{"product": desk.racket.pk, "quantity": 4}], "preview": True})
    assert (look.status_code, look.json()["delta"]) == (200, "20.00")
    assert code(client.post(path, {"extras": [{"product": desk.racket.pk, "quantity": 5}]})) == (400, "extra_sold_out")
    assert code(client.post(path, {})) == (400, "invalid")
    assert code(client.post(path, {"extras": [{"product": desk.racket.pk, "quantity": 0}]})) == (400, "invalid")
    assert desk.digest() == before
    assert client.post(path, {"extras": [{"product": desk.racket.pk, "quantity": 4}]}).json()["due_now"] == "20.00"
    gone = client.post(path, {"extras": []}).json()
    assert (gone["delta"], gone["refund"], gone["new_total"]) == ("-20.00", "0.00", "50.00")


def test_patch_changes_notes_people_and_answers(api: Caller, desk: Desk, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        team = CustomField.objects.create(resource=desk.first, label="Team")
    client = api("guest")
    wanted = {"notes": "We bring a dog", "participant_count": 4, "answers": {str(team.pk): "Reds"}}
    body = client.patch(desk.path, wanted).json()
    assert (body["delta"], body["booking"]["notes"], body["booking"]["participant_count"]) == (
        "0.00",
        "We bring a dog",
        4,
    )
    with tenant_context(alpha.tenant):
        assert list(desk.booking.answers.values_list("value", flat=True)) == ["Reds"]
    before = desk.digest()
    assert code(client.patch(desk.path, {"participant_count": 5})) == (400, "capacity")
    assert code(client.patch(desk.path, {"answers": {"999999": "x"}})) == (400, "answer_unknown")
    assert code(client.patch(desk.path, {"notes": "x" * 2001})) == (400, "invalid")
    assert client.patch(desk.path, {"notes": "y", "preview": True}).json()["preview"] is True
    assert client.patch(desk.path, {}).json()["revision"] == 1
    assert desk.digest() == before


VERBS = [("post", "reschedule/"), ("post", "extras/"), ("patch", ""), ("post", "extend-hold/")]


@pytest.mark.parametrize(("method", "verb"), VERBS)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        (None, 401),
        ("stranger", 403),
        ("accountant", 403),
        ("guest", 200),
        ("owner", 200),
        ("manager", 200),
        ("front_desk", 200),
    ],
)
def test_only_the_customer_and_the_venue_s_people_change_a_booking(
    api: Caller, desk: Desk, method: str, verb: str, who: str | None, status: int
) -> None:
    before = desk.digest()
    if verb == "extend-hold/" and status == 200:
        status = 400
    answer = getattr(api(who), method)(f"{desk.path}{verb}", {"extras": [], "preview": True})
    assert answer.status_code == status, answer.json()
    unknown = "/api/v1/bookings/00000000-0000-0000-0000-00000000abcd/"
    assert getattr(api("owner"), method)(f"{unknown}{verb}", {"extras": []}).status_code == 404
    assert desk.digest() == before


def test_managers_move_within_the_venues_that_they_look_after(api: Caller, desk: Desk) -> None:
    wanted = {"resource": desk.room.pk}
    before = desk.digest()
    assert code(api("manager").post(f"{desk.path}reschedule/", wanted)) == (403, "permission_denied")
    assert desk.digest() == before
    assert api("front_desk").post(f"{desk.path}reschedule/", wanted).status_code == 200
    assert code(api("manager").post(f"{desk.path}reschedule/", {})) == (403, "permission_denied")


def test_staff_overrule_and_agree_on_a_price(api: Caller, desk: Desk, alpha: World) -> None:
    wanted = {"start_datetime": desk.time(5), "overrule": ["closed"], "because": "Early birds", "agreed_total": "42.00"}
    body = api("manager").post(f"{desk.path}reschedule/", wanted).json()
    with tenant_context(alpha.tenant):
        kept = BookingChange.objects.filter(event__booking=body["booking"]["id"], field__startswith="overruled")
        told = dict(kept.values_list("field", "after"))
    assert told == {"overruled": "closed", "overruled_because": "Early birds"}
    assert (body["new_total"], body["refund"], body["lines"][-1]["kind"]) == ("42.00", "8.00", "agreed")
    assert code(api("guest").post(f"{desk.path}reschedule/", {"end_datetime": desk.time(8)})) == (400, "price_agreed")


def test_staff_who_do_not_run_the_venue_change_their_own_bookings_as_customers(
    api: Caller, desk: Desk, alpha: World
) -> None:
    own = desk.made("accountant", 14)
    path = f"/api/v1/bookings/{own.pk}/reschedule/"
    wanted = {"start_datetime": desk.time(5), "overrule": ["closed"]}
    assert code(api("accountant").post(path, wanted)) == (403, "permission_denied")
    assert api("accountant").post(path, {"start_datetime": desk.time(16)}).status_code == 200
    with tenant_context(alpha.tenant):
        assert own.events.latest("pk").actor_kind == "customer"


def test_same_key_is_one_change_and_one_answer(api: Caller, desk: Desk, alpha: World) -> None:
    client = api("guest", HTTP_IDEMPOTENCY_KEY="once")
    answers = [client.post(f"{desk.path}reschedule/", {"end_datetime": desk.time(13)}) for _time in range(2)]
    assert answers[0].content == answers[1].content
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=desk.booking.pk).revision == 1


def test_hold_is_extended_and_not_for_ever(api: Caller, desk: Desk, alpha: World) -> None:
    """R38"""
    hold = desk.made("guest", 16, "held")
    path = f"/api/v1/bookings/{hold.pk}/extend-hold/"
    answer = api("guest").post(path)
    assert (answer.status_code, list(answer.json())) == (200, ["id", "reference_code", "hold_expires_at"])
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=hold.pk).update(hold_expires_at=hold.created_at + (at(11) - at(10)) / 2)
    before = desk.digest()
    assert code(api("guest").post(path)) == (400, "hold_too_long")
    assert code(api("guest").post(f"{desk.path}extend-hold/")) == (400, "wrong_state")
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=hold.pk).update(hold_expires_at=hold.created_at)
    after = desk.digest()
    assert before != after
    assert code(api("guest").post(path)) == (400, "hold_expired")
    assert desk.digest() == after


def test_staff_swap_bookings_and_customers_their_own(api: Caller, desk: Desk, alpha: World) -> None:
    mine, other = desk.made("guest", 14), desk.made("stranger", 18)
    ids = [str(desk.booking.pk), str(mine.pk)]
    answer = api("guest").post("/api/v1/bookings/swap/", {"bookings": ids})
    assert answer.status_code == 200, answer.json()
    assert [row["id"] for row in answer.json()["bookings"]] == ids
    assert list(answer.json()["bookings"][0]) == BOOKING_KEYS
    round_trip = api("manager").post("/api/v1/admin/bookings/swap/", {"bookings": [*ids, str(other.pk)]})
    assert round_trip.status_code == 200, round_trip.json()
    with tenant_context(alpha.tenant):
        starts = [Booking.objects.get(pk=pk).start for pk in (*ids, str(other.pk))]
        assert starts == [at(10), at(18), at(14)]
        assert Booking.objects.filter(state=State.CONFIRMED).count() == 3


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "bookings", 401),
        ("guest", "bookings", 403),
        ("stranger", "bookings", 403),
        ("owner", "bookings", 403),
        ("guest", "admin/bookings", 403),
        ("accountant", "admin/bookings", 403),
        ("manager", "admin/bookings", 403),
    ],
)
def test_swap_needs_a_right_to_every_one_of_them(
    api: Caller, desk: Desk, alpha: World, who: str | None, path: str, status: int
) -> None:
    other = desk.made("stranger", 14)
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=other.pk).update(resource=desk.room)
    before = desk.digest()
    wanted = {"bookings": [str(desk.booking.pk), str(other.pk)]}
    assert api(who).post(f"/api/v1/{path}/swap/", wanted).status_code == status
    assert desk.digest() == before


@pytest.mark.parametrize("ids", [[], ["x"], 7, None])
def test_swap_of_nothing_is_refused(api: Caller, desk: Desk, ids: object) -> None:
    before = desk.digest()
    for path in ("bookings", "admin/bookings"):
        assert api("owner").post(f"/api/v1/{path}/swap/", {"bookings": ids}).status_code == 400
    assert code(api("owner").post("/api/v1/bookings/swap/", {"bookings": [str(desk.booking.pk)] * 2})) == (
        400,
        "swap_of_two",
    )
    assert desk.digest() == before
