"""A suspended tenant tells its customers nothing and loses nothing; what is still true goes when it is open again."""

from datetime import timedelta

from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason
from schemas.clock import database_now
from tenants import due, mail, provisioning
from tenants.mail import Letter
from tenants.models import DueWork, OutgoingMail
from tests.bookings.notices.conftest import hand_on, later, letters, told, work_off
from tests.bookings.scenes import confirmed, slot
from tests.worlds import World


def states(prefix: str) -> list[str]:
    """How letters stand whose key begins so."""
    return [row.state for row in letters(prefix)]


def test_messages_rest_while_it_is_suspended_and_go_afterwards(in_alpha: World, staff: Actor, mailoutbox) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    provisioning.suspend(in_alpha.tenant, "unpaid")
    hand_on(in_alpha)
    work_off()
    assert ([row[0] for row in told(booking)], states("notice:"), mailoutbox) == (["confirmation", "reminder"], [], [])
    [resting] = DueWork.objects.filter(last_error=due.RESTING)
    assert (resting.kind, resting.is_dead, resting.due_at > database_now()) == ("notice", False, True)
    provisioning.resume(in_alpha.tenant)
    work_off()
    assert states("notice:") == ["sent"]
    assert [message.to for message in mailoutbox] == [["gina@example.org"]]
    assert not DueWork.objects.filter(last_error=due.RESTING).exists()


def test_what_is_not_true_any_more_by_then_does_not_go(in_alpha: World, staff: Actor, mailoutbox) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    provisioning.suspend(in_alpha.tenant, "unpaid")
    start = Booking.objects.get(pk=booking.pk).start
    later(start - database_now() - timedelta(hours=1))
    work_off()
    assert ("reminder", "mail", "planned", "") in told(booking)
    provisioning.resume(in_alpha.tenant)
    work_off()
    assert ("reminder", "mail", "skipped", "too_late") in told(booking)
    assert len(mailoutbox) == 1  # the confirmation of before


def test_letters_to_customers_wait_and_those_to_its_own_people_go(in_alpha: World, mailoutbox) -> None:
    provisioning.suspend(in_alpha.tenant, "unpaid")
    now = database_now()
    mail.post(Letter("receipt", "gina@example.org", "Receipt RC-1", "thank you"), now)
    mail.tell_owners("alert", "A refund has failed", "look", now)
    for _turn in range(3):
        DueWork.objects.filter(kind="mail").update(due_at=now)
        work_off()
    owner = f"owner@{in_alpha.canary}.example"
    assert [message.to for message in mailoutbox] == [[owner]]
    row = OutgoingMail.objects.get(key="receipt")
    assert (row.state, row.text) == ("waiting", "thank you")
    provisioning.resume(in_alpha.tenant)
    work_off()
    assert [message.to for message in mailoutbox] == [[owner], ["gina@example.org"]]


def test_a_cancellation_of_then_is_told_when_it_is_open_again(in_alpha: World, staff: Actor, mailoutbox) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    provisioning.suspend(in_alpha.tenant, "unpaid")
    cancelling.cancel(booking, staff, Cancellation(CancelReason.OTHER))
    hand_on(in_alpha)
    work_off()
    assert len(mailoutbox) == 1
    provisioning.resume(in_alpha.tenant)
    work_off()
    assert [message.subject.partition(":")[0] for message in mailoutbox] == ["Confirmed", "Cancelled"]
