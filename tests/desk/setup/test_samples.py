"""Sample data: made, played with, and gone without a trace; nothing real is touched, and nobody is written to."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, InternalError, connection, transaction
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import cancelling, telling, visits
from bookings.access import MADE_UP
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent, Notice, Occupancy
from bookings.records import Actor
from bookings.references import new_reference
from bookings.states import State
from desk.setup import samples
from kernel.errors import Conflict
from schemas.clock import database_now
from tenants.mail import Letter, post
from tenants.models import DueWork, OutboxMessage, OutgoingMail, Tenant
from tenants.zones import zone
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def real(world: World) -> dict[str, str]:
    """All tables but the record, which keeps that there were samples."""
    return {name: digest for name, digest in contents(world).items() if name != "desk_change"}


def public(world: World) -> list[list[Any]]:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    schema = world.tenant.schema_name
    return [
        list(model.objects.filter(schema_name=schema).order_by("pk").values())
        for model in (DueWork, OutboxMessage, OutgoingMail)
    ]


def made(world: World) -> Venue:
    with tenant_context(world.tenant):
        venue = samples.begin()
        samples.fill(str(venue.pk))
    return venue


def test_samples_come_and_go_without_a_trace(alpha: World) -> None:
    before, around = real(alpha), public(alpha)
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        bookings = Booking.objects.filter(resource__venue=venue)
        assert samples.counted(venue)["resources"] == 4
        assert samples.counted(venue)["customers"] == len(samples.PEOPLE)
        assert set(bookings.values_list("state", flat=True)) == {State.CONFIRMED, State.COMPLETED}
        assert Occupancy.objects.filter(booking__in=bookings).count() == bookings.count() > 100
        assert BookingEvent.objects.filter(booking__in=bookings).count() == 0
        assert set(bookings.values_list("total_minor", flat=True)) == {0}
    assert Tenant.objects.get(pk=alpha.tenant.pk).has_samples is True
    with tenant_context(alpha.tenant):
        samples.remove()
    assert (real(alpha), public(alpha)) == (before, around)
    assert Tenant.objects.get(pk=alpha.tenant.pk).has_samples is False


def test_what_staff_did_with_them_goes_too_and_real_bookings_stay(alpha: World, owner_of: Actor) -> None:
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        samples.remove()
    before, around = real(alpha), public(alpha)
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        one = Booking.objects.filter(resource__venue=venue, state=State.CONFIRMED).order_by("-start")[0]
        cancelling.cancel(one, owner_of, Cancellation())
        happened = BookingEvent.objects.get(booking=one)
        assert OutboxMessage.objects.filter(order_key=f"booking:{one.pk}").count() == 1
        telling.tell(str(happened.pk))
        assert Notice.objects.filter(booking=one).count() == 0
    with tenant_context(alpha.tenant):
        samples.remove()
    assert (real(alpha), public(alpha)) == (before, around)


@pytest.fixture
def owner_of(alpha: World) -> Actor:
    with tenant_context(alpha.tenant):
        return Actor.of(User.objects.get(pk=alpha.users["owner"]))


def test_nobody_can_write_to_them(alpha: World) -> None:
    made(alpha)
    with tenant_context(alpha.tenant):
        person = User.objects.filter(email__endswith=MADE_UP).first()
        assert person is not None
        post(Letter("sample:1", person.email, "Hello", "Hello"), person.created_at)
        letter = OutgoingMail.objects.get(key="sample:1", schema_name=alpha.tenant.schema_name)
        assert letter.state == OutgoingMail.State.REFUSED
        assert not DueWork.objects.filter(kind="mail", object_id=str(letter.pk)).exists()
        samples.remove()
        assert not OutgoingMail.objects.filter(key="sample:1").exists()
    assert mail.outbox == []


def test_there_is_one_sample_venue_at_most(alpha: World) -> None:
    made(alpha)
    before = contents(alpha)
    with tenant_context(alpha.tenant), pytest.raises(Conflict):
        samples.begin()
    assert contents(alpha) == before


def test_filling_twice_fills_once_and_a_venue_that_is_gone_is_no_error(alpha: World) -> None:
    venue = made(alpha)
    before = contents(alpha)
    with tenant_context(alpha.tenant):
        samples.fill(str(venue.pk))
    assert contents(alpha) == before
    with tenant_context(alpha.tenant):
        samples.remove()
        samples.fill(str(venue.pk))
        samples.remove()


def test_a_code_that_a_moved_booking_kept_is_drawn_again(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    today = database_now().astimezone(zone(alpha.tenant.time_zone)).date()
    with tenant_context(alpha.tenant):
        far = held(alpha.court_1, slot(10, ahead=60))
        taken = f"BK-{today + timedelta(days=1):%y%m%d}-AAAA"
        Booking.objects.filter(pk=far.pk).update(reference_code=taken)
    drawn: list[str] = []

    def draw(day: date) -> str:
        drawn.append(taken if day == today + timedelta(days=1) and taken not in drawn else new_reference(day))
        return drawn[-1]

    monkeypatch.setattr(samples, "new_reference", draw)
    venue = made(alpha)
    assert drawn.count(taken) == 1
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(reference_code=taken).pk == far.pk
        assert samples.percent_filled(venue) == 100
        assert Booking.objects.filter(resource__venue=venue).count() > 100
        codes = set(Booking.objects.filter(resource__venue=venue).values_list("reference_code", flat=True))
        assert codes < set(drawn)  # the first resource was drawn twice


def test_what_is_real_never_becomes_a_sample_and_a_sample_is_never_on_offer(alpha: World) -> None:
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            Venue.objects.filter(pk=alpha.venue).update(is_sample=True, is_active=False)
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.filter(pk=venue.pk).update(is_active=True)
        assert set(Venue.objects.filter(is_sample=True).values_list("pk", flat=True)) == {venue.pk}


def test_history_of_what_is_real_still_cannot_be_deleted(alpha: World, owner_of: Actor) -> None:
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.filter(resource__venue=venue, state=State.CONFIRMED).order_by("-start")[0]
        cancelling.cancel(booking, owner_of, Cancellation())
        Booking.objects.filter(pk=booking.pk).update(resource=Resource.objects.get(pk=alpha.court_1))
        with pytest.raises(IntegrityError), transaction.atomic():
            BookingEvent.objects.filter(booking=booking)._raw_delete(using="default")
        assert BookingEvent.objects.filter(booking=booking).count() == 1


def test_customers_do_not_see_the_venue_and_the_desk_says_what_it_is(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/setup/samples/")
    started = owner.send(page, page.form("/begin/"))
    assert "The bookings are being made: 0 %" in started.text
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(is_sample=True)
        samples.fill(str(venue.pk))
        DueWork.objects.filter(kind=samples.KIND).delete()
        count = Booking.objects.filter(resource__venue=venue).count()
    assert visitor().open(f"/venues/{venue.slug}/").status == 404
    assert venue.name not in visitor().open("/").text
    assert "There are sample data here." in owner.open("/desk/").text
    page = owner.open("/desk/setup/samples/")
    assert f"With {venue.name} go its 4 resources, {count} bookings and {len(samples.PEOPLE)} customers" in page.text
    gone = owner.send(page, page.form("/remove/"))
    assert "The sample data are gone." in gone.text
    assert "There are sample data here." not in owner.open("/desk/").text
    with tenant_context(alpha.tenant):
        assert not Venue.objects.filter(is_sample=True).exists()


def test_they_are_made_resource_by_resource_and_the_page_says_how_far(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        venue = samples.begin()
        first = Resource.objects.filter(venue=venue).order_by("pk")[0]
        samples._fill(first.pk)
    assert "The bookings are being made: 25 %" in owner.open("/desk/setup/samples/").text
    part = owner.client.get("/desk/setup/samples/", headers={"HX-Request": "true"})
    assert ('value="25" max="100"' in part.content.decode(), "HX-Refresh" in part) == (True, False)
    with tenant_context(alpha.tenant):
        kept = set(Booking.objects.filter(resource=first).values_list("pk", flat=True))
        samples.fill(str(venue.pk))
        assert set(Booking.objects.filter(resource=first).values_list("pk", flat=True)) == kept
        assert samples.percent_filled(venue) == 100
        DueWork.objects.filter(kind=samples.KIND).delete()
    assert owner.client.get("/desk/setup/samples/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_their_people_do_not_stand_among_customers_and_leave_in_no_file(alpha: World, visitor: Come) -> None:
    made(alpha)
    owner = visitor("owner")
    assert samples.PEOPLE[0] not in owner.open("/desk/customers/").text
    found = owner.open(f"/desk/customers/?q={samples.PEOPLE[0].split()[1]}").text
    assert f"{samples.PEOPLE[0]} Sample" in found
    with tenant_context(alpha.tenant):
        person = User.objects.get(name=samples.PEOPLE[0])
    assert f"{samples.PEOPLE[0]} Sample" in owner.open(f"/desk/customers/{person.pk}/").text
    file: Any = owner.client.get("/api/v1/admin/exports/customers/")
    rows = b"".join(file.streaming_content).decode()
    assert (alpha.canary in rows, MADE_UP in rows) == (True, False)


def test_only_the_owner_makes_and_removes_them(alpha: World, visitor: Come) -> None:
    before = contents(alpha)
    for who in ("manager", "front_desk", "accountant"):
        someone = visitor(who)
        assert someone.open("/desk/setup/samples/").status == 403
        page = someone.open("/desk/")
        token = next(given["value"] for tag, given in page.elements if given.get("name") == "csrfmiddlewaretoken")
        for path in ("begin", "remove"):
            sent = someone.client.post(f"/desk/setup/samples/{path}/", {"csrfmiddlewaretoken": token})
            assert sent.status_code == 403
    assert {name: digest for name, digest in contents(alpha).items() if name.startswith("venues_")} == {
        name: digest for name, digest in before.items() if name.startswith("venues_")
    }


def test_check_in_at_the_sample_venue_works(alpha: World, owner_of: Actor) -> None:
    venue = made(alpha)
    with tenant_context(alpha.tenant):
        row = Booking.objects.filter(resource__venue=venue, state=State.CONFIRMED).order_by("start")[0]
        now = database_now()
        Booking.objects.filter(pk=row.pk).update(start=now, end=now + timedelta(hours=1))
        visits.check_in(Booking.objects.get(pk=row.pk), owner_of)
        samples.remove()
        assert not Booking.objects.filter(pk=row.pk).exists()
