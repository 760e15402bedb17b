"""Bookings for the tests of lists: in any state, at any hour, by whoever; and what the worker does with an act."""

from typing import Any

from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.batches import working
from bookings.models import Batch, BatchRow, Booking
from bookings.records import Actor
from tests.bookings.changing import again, beside, booked, court, wish
from tests.bookings.scenes import slot
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Resource

__all__ = ["again", "beside", "court"]


def person(alpha: World, who: str) -> User:
    """One of the cast; inside the tenant."""
    return User.objects.get(pk=alpha.users[who])


def place(alpha: World, slug: str = "first", **fields: object) -> Resource:
    """A court of 25.00 an hour at a venue of its own."""
    with tenant_context(alpha.tenant):
        return court(slug, **fields)


def make(alpha: World, where: Resource, hour: int = 10, stage: str = "confirmed", **more: Any) -> Booking:
    """A booking of the guest's, or of `who`, an hour long, a week ahead."""
    who, ahead = more.pop("who", "guest"), more.pop("ahead", 7)
    with tenant_context(alpha.tenant):
        request = wish(where, slot(hour, ahead=ahead), person(alpha, who), **more)
        return booked(request, stage, Actor.of(person(alpha, "owner")))


def codes(page: Page, *bookings: Booking) -> list[str]:
    """Those of the bookings whose codes stand on a page, in the order given."""
    return [each.reference_code for each in bookings if f"/desk/bookings/{each.pk}/" in page.html]


def choose(someone: Visitor, kind: str, *bookings: Booking, **more: Any) -> Page:
    """Tick bookings in the list and press a button."""
    page = someone.open("/desk/bookings/?when=all")
    form = page.form("/desk/bookings/many/")
    chosen = {"booking": [str(each.pk) for each in bookings], "kind": kind, **more}
    fields = {name: value for name, value in form.fields.items() if name not in {"booking", "all", "kind"}}
    return someone._follow("/desk/bookings/many/", someone.client.post("/desk/bookings/many/", {**fields, **chosen}))


def worked(alpha: World) -> None:
    """What the clock does: every act under way is gone on with."""
    with tenant_context(alpha.tenant):
        for pk in Batch.objects.filter(state=Batch.State.RUNNING).values_list("pk", flat=True):
            working.work(str(pk))


def outcome(alpha: World) -> list[tuple[str, str]]:
    """State and code of each booking of the last act, in order."""
    with tenant_context(alpha.tenant):
        batch = Batch.objects.latest("pk")
        return list(BatchRow.objects.filter(batch=batch).order_by("number").values_list("state", "code"))
