"""The page of a booking that is given up says who did it: its customer, the venue, or the venue with a no."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.records import Actor
from bookings.states import CancelReason
from tests.flows.managing import Theirs
from tests.flows.pages import Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def headline(theirs: Theirs) -> str:
    """The first heading of its page."""
    return theirs.open("").html.partition("<h1")[2].partition(">")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("stage", "reason", "heading", "said"),
    [
        ("confirmed", None, "This booking is cancelled", ""),
        ("confirmed", CancelReason.OTHER, "The venue cancelled this booking", ""),
        ("confirmed", CancelReason.WEATHER, "The venue cancelled this booking", "because of the weather"),
        ("pending", CancelReason.OTHER, "Your request was declined", "The venue could not accept it."),
    ],
)
def test_page_says_who_gave_it_up(
    alpha: World, visitor: Come, stage: str, reason: CancelReason | None, heading: str, said: str
) -> None:
    theirs = Theirs(alpha, visitor(), stage, fields={"needs_approval": stage == "pending"})
    with tenant_context(alpha.tenant):
        owner = Actor.of(User.objects.get(pk=alpha.users["owner"]))
        if reason is None:
            cancelling.cancel(theirs.booking, Actor.of(theirs.booking.customer), Cancellation())
        elif stage == "pending":
            cancelling.decline(theirs.booking, owner, "")
        else:
            cancelling.cancel(theirs.booking, owner, Cancellation(reason))
    assert headline(theirs) == heading
    assert said in theirs.open("").text
