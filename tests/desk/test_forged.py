"""A manager of one venue names things of another in what the desk's forms send: nothing there is touched or read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import Model
from django_tenants.utils import tenant_context

from bookings.models import Batch, Booking, BookingEvent
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.scenes import confirmed, slot
from tests.flows.pages import Visitor
from tests.isolation.contents import contents
from tests.worlds import PASSWORD, World
from venues.models import Closure, Resource, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.fixture
def theirs(alpha: World) -> Booking:
    """A booking of the annex, which the manager does not look after."""
    with tenant_context(alpha.tenant):
        Resource.objects.update(needs_approval=False)
        return confirmed(alpha.annex_room, slot(10), Actor(BookingEvent.ActorKind.STAFF, alpha.users["owner"]))


@pytest.fixture
def own(alpha: World) -> Booking:
    """One of their own."""
    with tenant_context(alpha.tenant):
        return confirmed(alpha.court_1, slot(10), Actor(BookingEvent.ActorKind.STAFF, alpha.users["owner"]))


def sent(someone: Visitor, path: str, **fields: Any) -> tuple[int, str]:
    """What a forged form is answered; its token is right."""
    someone.open("/account/")
    token = someone.client.cookies["csrftoken"].value
    answer = someone.client.post(path, {"csrfmiddlewaretoken": token, **fields})
    return answer.status_code, answer.content.decode()


def forged(alpha: World, own: Booking, theirs: Booking) -> list[tuple[str, dict[str, Any]]]:
    """Forms of the desk with ids of the annex in them."""
    day, room = f"{database_now() + timedelta(days=9):%Y-%m-%d}", alpha.annex_room
    span = {"day": day, "time": "10:00", "minutes": "60"}
    with tenant_context(alpha.tenant):
        now = database_now()
        closure = Closure.objects.create(
            venue_id=alpha.annex, start=now + timedelta(days=20), end=now + timedelta(days=21), created_at=now
        )
    return [
        ("/desk/bookings/many/", {"booking": [str(theirs.pk)], "kind": "cancel", "reason": "weather", "act": "draft"}),
        (f"/desk/calendar/bookings/{own.pk}/", {**span, "resource": room, "version": "1"}),
        (f"/desk/calendar/bookings/{theirs.pk}/", {**span, "resource": alpha.court_1}),
        (f"/desk/calendar/venues/{alpha.annex}/book/", {**span, "resource": room, "name": "Eve", "do": "book"}),
        (f"/desk/calendar/venues/{alpha.venue}/book/", {**span, "resource": room, "name": "Eve", "do": "book"}),
        (f"/desk/calendar/venues/{alpha.venue}/block/", {**span, "resource": room, "reason": "Mine"}),
        (f"/desk/venues/{alpha.annex}/closures/", {"resource": room, "reason": "Mine"}),
        (f"/desk/calendar/closures/{closure.pk}/", {"do": "remove"}),
        (f"/desk/closures/{closure.pk}/remove/", {}),
        (f"/desk/closures/{closure.pk}/reopen/", {}),
        ("/desk/closures/new/", {"venue": alpha.annex, "resources": [room], "first": day, "last": day, "step": "do"}),
        ("/desk/closures/new/", {"venue": alpha.venue, "resources": [room], "first": day, "last": day, "step": "do"}),
        ("/desk/weather/", {"venue": alpha.annex, "day": day, "resources": [room], "do": "go"}),
        (f"/desk/walk-in/?resource={room}", {"resource": room, "way": "cash", "minutes": "60", "people": "1"}),
        (f"/desk/bookings/new/?resource={room}", {**span, "resource": room, "name": "Eve", "do": "book"}),
        ("/desk/series/new/", {"resource": room, "name": "Eve", "do": "book", "day": day, "time": "10:00"}),
        ("/desk/vouchers/new/", {"percent_off": "99", "resources": [room], "is_active": "on"}),
        (f"/desk/prices/resources/{room}/set/", {"amount": "1", "unit": "hour", "valid_from": day, "act": "save"}),
        (f"/desk/prices/resources/{alpha.court_1}/copy/", {"places": [f"resource-{room}"], "seen": "x"}),
        ("/desk/prices/change/", {"places": [f"resource-{room}"], "percent": "-50", "day": day}),
        (f"/desk/resources/{room}/settings/", {"name": "Mine"}),
        (f"/desk/resources/{room}/remove/", {}),
        (f"/desk/venues/{alpha.annex}/order/", {"resource": room, "step": "up"}),
        (f"/desk/venues/{alpha.annex}/settings/", {"name": "Mine"}),
        (f"/desk/bookings/{theirs.pk}/notes/", {"text": "Mine"}),
        (f"/desk/bookings/{theirs.pk}/taken/", {"taken-amount": "25", "taken-way": "cash", "taken-seen": "0"}),
        (f"/desk/bookings/{theirs.pk}/cancellation/", {"reason": "other", "fee": "policy", "do": "cancel"}),
        (f"/desk/customers/guests/{theirs.pk}/block/", {"reason": "Mine"}),
        (f"/desk/customers/guests/{theirs.pk}/erase/", {"typed": theirs.email}),
    ]  # fmt: skip


def test_nothing_of_another_venue_is_touched(alpha: World, visitor: Come, own: Booking, theirs: Booking) -> None:
    manager = visitor("manager")
    for path, fields in forged(alpha, own, theirs):
        before = contents(alpha)
        status, html = sent(manager, path, **fields)
        assert (path, status in {200, 302, 400, 404}, theirs.reference_code in html) == (path, True, False)
        assert (path, contents(alpha)) == (path, before)
    with tenant_context(alpha.tenant):
        assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields", "model"),
    [
        ("/desk/bookings/many/", {"booking": ["{own}"], "kind": "cancel"}, Batch),
        ("/desk/vouchers/new/", {"percent_off": "99", "resources": ["{court}"], "is_active": "on"}, Voucher),
    ],
)
def test_the_same_forms_work_with_their_own(
    alpha: World, visitor: Come, own: Booking, path: str, fields: dict[str, Any], model: type[Model]
) -> None:
    known = {"own": own.pk, "court": alpha.court_1}
    filled = {
        name: [each.format(**known) for each in value] if isinstance(value, list) else value
        for name, value in fields.items()
    }
    assert sent(visitor("manager"), path, **filled)[0] == 302
    with tenant_context(alpha.tenant):
        assert model._default_manager.count() == 1


def test_without_the_token_of_the_form_nothing_is_done(
    alpha: World, visitor: Come, own: Booking, theirs: Booking
) -> None:
    owner, forms = visitor("owner"), forged(alpha, own, theirs)
    before = contents(alpha)
    answers = {owner.client.post(path, fields).status_code for path, fields in forms}
    assert answers == {403}
    assert contents(alpha) == before


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(alpha: World, visitor: Come, target: str) -> None:
    someone = visitor()
    page = someone.open(f"/login/?next={quote(target)}")
    form = page.form_with("password")
    fields = {**form.fields, "next": target, "username": f"owner@{alpha.canary}.example", "password": PASSWORD}
    answer = someone.client.post(f"/login/?next={quote(target)}", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")


@pytest.mark.parametrize("act", ["check-in", "taken"])
def test_back_leads_nowhere_else(alpha: World, visitor: Come, own: Booking, act: str) -> None:
    owner = visitor("owner")
    owner.open("/account/")
    token = owner.client.cookies["csrftoken"].value
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        answer = owner.client.post(f"/desk/bookings/{own.pk}/{act}/", {"csrfmiddlewaretoken": token, "back": target})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/desk/")
