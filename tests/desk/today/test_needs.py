"""What needs an answer, for whom, and where each line leads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from billing.payments.models import Dispute, Refund
from bookings.models import Booking, Notice
from schemas.clock import database_now
from tests.desk.today.scene import booking, comes
from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.isolation.returned import furnish_returns
from tests.worlds import World

Come = Callable[..., Visitor]
MAIN = "/desk/?venue=main"
HOUR = timedelta(hours=1)


@pytest.fixture
def trouble(noon: World) -> Booking:
    """A booking with a dispute to be answered, a refund that failed, and letters that did not arrive."""
    pk = comes(noon, 30)
    with tenant_context(noon.tenant):
        now = database_now()
        furnish_returns(noon, pk, now)
        Booking.objects.update(refund_due_minor=500)
        Refund.objects.update(state="failed")
        Dispute.objects.update(status="needs_response", closed_at=None, evidence_due_at=now + 3 * 24 * HOUR)
        for number, state in enumerate(("failed", "failed", "bounced", "sent")):
            at = now - number * HOUR
            Notice.objects.create(
                booking_id=pk, kind="confirmation", channel="mail", language="en", state=state, due_at=at, send_at=at,
                created_at=at, updated_at=at,
            )  # fmt: skip
    return booking(noon, pk)


MONEY = (True, True)
LINES = {"owner": MONEY, "manager": MONEY, "accountant": MONEY, "front_desk": (False, False)}


@pytest.mark.parametrize("who", LINES)
def test_each_sees_what_is_theirs_to_see_to(trouble: Booking, visitor: Come, who: str) -> None:
    page = visitor(who).open(MAIN)
    code = trouble.reference_code
    disputed = f"of {code} are disputed: answer by" in page.text
    stuck = f"The refund of {code} did not go through" in page.text
    assert (disputed, stuck) == LINES[who]
    assert "2 messages failed this week" in page.text
    assert "1 message came back this week" in page.text
    assert page.link("state=failed") == "/desk/messages/?state=failed"


def test_requests_are_answered_where_they_stand(noon: World, visitor: Come) -> None:
    for ahead in (24, 48, 72, 96):
        pk = comes(noon, ahead * 60, name=f"In {ahead} hours")
        with tenant_context(noon.tenant):
            Booking.objects.filter(pk=pk).update(state="pending", pending_reason="approval")
    staff = visitor("front_desk")
    page = staff.open(MAIN)
    assert "Needs an answer 4" in page.text
    assert ("In 72 hours" in page.text, "In 96 hours" in page.text) == (True, False)
    after = staff.send(page, page.form("/confirm/"))
    assert (after.path, "is confirmed." in after.text) == (MAIN, True)
    after = staff.send(after, after.form("/decline/"))
    assert "is declined." in after.text
    with tenant_context(noon.tenant):
        found = list(Booking.objects.order_by("start").values_list("state", flat=True))
    assert found == ["confirmed", "cancelled", "pending", "pending"]


def test_nothing_of_venues_that_a_manager_does_not_see(noon: World, visitor: Come) -> None:
    pk = comes(noon, 60, resource_id=noon.annex_room, name="Anna Annex")
    with tenant_context(noon.tenant):
        Booking.objects.filter(pk=pk).update(state="pending", pending_reason="approval")
    assert "Needs an answer" not in visitor("manager").open("/desk/").text
    assert "Needs an answer 1" in visitor("owner").open("/desk/").text


def test_trouble_costs_one_query_however_much_there_is(
    noon: World, visitor: Come, request: pytest.FixtureRequest
) -> None:
    owner = visitor("owner")
    found = []
    for _round in range(2):
        owner.open(MAIN)
        with counted() as queries:
            owner.open(MAIN)
        found.append(len(queries))
        request.getfixturevalue("trouble")
    assert found[1] == found[0] + 1
