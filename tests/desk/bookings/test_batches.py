"""Many at once: what is shown is what is done, to the cent; what cannot be stays, with the reason; nothing twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import cancelling
from bookings.batches import working
from bookings.cancelling import Cancellation
from bookings.models import Batch, Booking, BookingEvent, BookingMessage, Notice
from bookings.records import SYSTEM
from kernel import failpoints
from tenants.models import DueWork
from tests.bookings.api.desk import under
from tests.bookings.changing import money
from tests.bookings.scenes import digest
from tests.desk.bookings.scenes import again, beside, choose, make, outcome, place, worked
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def go(someone: Visitor, page: Page) -> Page:
    """Press the button of a draft."""
    return someone.send(page, page.form("/go/"))


def now(alpha: World, *bookings: Booking) -> list[Booking]:
    """As the database has them."""
    with tenant_context(alpha.tenant):
        return [again(each) for each in bookings]


def test_cancelling_does_what_was_shown_to_the_cent(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    paid, unpaid, gone = make(alpha, where, 10, "paid"), make(alpha, where, 12), make(alpha, where, 14)
    with tenant_context(alpha.tenant):
        under(str(paid.pk), {"minutes_before": 0, "percent": 4000})
        cancelling.cancel(gone, SYSTEM, Cancellation())
        before = digest()
    owner = visitor("owner")
    page = choose(owner, "cancel", paid, unpaid, gone)
    assert "2 bookings" in page.text
    assert "€25.00 go back to customers." in page.text
    page = owner.send(page, page.form_with("reason"), reason="user_request")
    assert "€15.00 go back to customers." in page.text
    assert "€10.00 are kept as fees." in page.text
    assert "It is cancelled already." in page.text
    with tenant_context(alpha.tenant):
        assert digest() == before
    page = go(owner, page)
    assert "0 of 2 bookings" in page.text
    asked = {"HX-Request": "true"}
    assert "HX-Refresh" not in owner.client.get(page.path, headers=asked)
    worked(alpha)
    assert owner.client.get(page.path, headers=asked)["HX-Refresh"] == "true"
    page = owner.open(page.path)
    assert "2 of 2 bookings" in page.text
    first, second, third = now(alpha, paid, unpaid, gone)
    assert [each.state for each in (first, second, third)] == ["cancelled"] * 3
    assert (first.fee_minor, first.refund_due_minor, second.fee_minor) == (1000, 1500, 0)
    assert outcome(alpha) == [("done", ""), ("done", ""), ("left", "cancelled_already")]
    with tenant_context(alpha.tenant):
        who = set(BookingEvent.objects.filter(booking__in=[paid, unpaid], to_state="cancelled").values_list("actor_id"))
        assert who == {(alpha.users["owner"],)}


def test_second_yes_and_a_second_worker_do_nothing(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10, "paid")
    owner = visitor("owner")
    page = choose(owner, "cancel", one)
    go(owner, page)
    go(owner, page)
    worked(alpha)
    with tenant_context(alpha.tenant):
        before = digest()
        batch = Batch.objects.get()
        Batch.objects.update(state=Batch.State.RUNNING)
        working.work(str(batch.pk))
        assert digest() == before
        assert BookingEvent.objects.filter(booking=one, to_state="cancelled").count() == 1


def test_interrupted_and_resumed_it_does_nothing_twice(
    alpha: World, visitor: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = place(alpha)
    both = [make(alpha, where, hour, "paid") for hour in (10, 12)]
    owner = visitor("owner")
    go(owner, choose(owner, "cancel", *both))

    class Killed(BaseException):
        """As a worker that dies."""

    def die(name: str) -> bool:
        if name == "batch.committed":
            raise Killed
        return False

    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "hit", die)
        with tenant_context(alpha.tenant), pytest.raises(Killed):
            working.work(str(Batch.objects.get().pk))
    assert outcome(alpha) == [("done", ""), ("waiting", "")]
    worked(alpha)
    assert outcome(alpha) == [("done", ""), ("done", "")]
    with tenant_context(alpha.tenant):
        assert [BookingEvent.objects.filter(booking=each, to_state="cancelled").count() for each in both] == [1, 1]
        assert [again(each).refund_due_minor for each in both] == [2500, 2500]
        assert Batch.objects.get().state == Batch.State.DONE


def test_what_became_dearer_meanwhile_is_refused_and_stays(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10, "paid")
    owner = visitor("owner")
    page = choose(owner, "cancel", one)
    page = owner.send(page, page.form_with("reason"), reason="user_request")
    go(owner, page)
    with tenant_context(alpha.tenant):
        under(str(one.pk), {"minutes_before": 0, "percent": 10_000})
        before = digest()
    worked(alpha)
    assert outcome(alpha) == [("refused", "refund_changed")]
    with tenant_context(alpha.tenant):
        assert digest() == before
    page = owner.open(page.path)
    assert "What cancelling costs has changed since you looked." in page.text
    again_page = owner.send(page, page.form("/again/"))
    assert "There is nothing to be done." not in again_page.text
    assert "Nothing has been done yet." in again_page.text


def test_all_that_match_are_those_of_the_filter_and_of_ones_own_venues(alpha: World, visitor: Come) -> None:
    far = make(alpha, place(alpha), 10)
    from_main = _at_main(alpha)
    manager = visitor("manager")
    page = choose(manager, "cancel", far, all="1", query="when=all")
    assert "1 booking" in page.text
    go(manager, page)
    worked(alpha)
    assert [each.state for each in now(alpha, far, from_main)] == ["confirmed", "cancelled"]
    assert "Choose at least one booking." in choose(manager, "cancel", far).text


def _at_main(alpha: World) -> Booking:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_1).update(needs_approval=False)
        where = Resource.objects.get(pk=alpha.court_1)
    return make(alpha, where, 12)


def test_moving_by_an_hour_lets_neighbours_make_room_and_keeps_prices(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    three = [make(alpha, where, hour, "paid") for hour in (10, 11, 12)]
    stays = make(alpha, where, 14, who="stranger")
    owner = visitor("owner")
    page = choose(owner, "move", *three)
    assert "Say what is to happen first." in page.text
    page = owner.send(page, page.form_with("days"), hours="1")
    assert "Every price stays as it is." in page.text
    assert "3 bookings" in page.text
    go(owner, page)
    worked(alpha)
    after = now(alpha, *three)
    assert [each.start - was.start for each, was in zip(after, three, strict=True)] == [timedelta(hours=1)] * 3
    assert [money(each) for each in after] == [money(each) for each in three]
    page = choose(owner, "move", *after)
    page = owner.send(page, page.form_with("days"), hours="1")
    assert "Somebody else has booked this time." in page.text
    assert "None of them can be moved there." in page.text
    assert now(alpha, stays)[0].start == stays.start


def test_moving_to_another_place_says_which_cannot(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    with tenant_context(alpha.tenant):
        other = beside(where, "other", 4000)
    one, blocked = make(alpha, where, 10, "paid"), make(alpha, where, 12)
    make(alpha, other, 12, who="stranger")
    owner = visitor("owner")
    page = choose(owner, "move", one, blocked)
    page = owner.send(page, page.form_with("days"), resource=str(other.pk))
    assert "1 booking stays as it is." in page.text
    go(owner, page)
    worked(alpha)
    moved, left = now(alpha, one, blocked)
    assert (moved.resource_id, moved.total_minor, left.resource_id) == (other.pk, 2500, where.pk)
    assert sorted(outcome(alpha)) == [("done", ""), ("left", "booked")]


def test_one_letter_to_each_person_in_words_and_frame_of_their_language(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    first, second, other = make(alpha, where, 10), make(alpha, where, 12), make(alpha, where, 14, who="stranger")
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=other.pk).update(language="de")
        BookingMessage.objects.create(booking=first, side="customer", text="Is it open?", at=first.created_at)
    owner = visitor("owner")
    page = choose(owner, "message", first, second, other)
    assert "Say what is to happen first." in page.text
    page = owner.send(page, page.form_with("text"), text="The door code is 4711.")
    assert f"They get one letter, about {first.reference_code}." in page.text
    assert "Send 2 letters" in page.text
    assert page.text.count("The door code is 4711.") == 2  # where it is typed, and in the first letter
    go(owner, page)
    worked(alpha)
    with tenant_context(alpha.tenant):
        said = BookingMessage.objects.filter(side="venue").order_by("booking__start")
        assert list(said.values_list("booking_id", "text", "author_id")) == [
            (first.pk, "The door code is 4711.", alpha.users["owner"]),
            (other.pk, "The door code is 4711.", alpha.users["owner"]),
        ]
        letters = Notice.objects.filter(kind="answer").order_by("booking__start")
        assert list(letters.values_list("language", flat=True)) == ["en", "de"]
        assert BookingMessage.objects.get(side="customer").answered_at is None
    assert outcome(alpha) == [("done", ""), ("left", "same_person"), ("done", "")]


def test_accountants_may_not_and_nobody_sees_anothers_act(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10)
    desk = visitor("front_desk")
    page = choose(desk, "cancel", one)
    number = page.path.rstrip("/").rpartition("/")[2]
    assert visitor("manager").open(page.path).status == 404
    assert visitor("owner").open(page.path).status == 200
    accountant = visitor("accountant")
    assert accountant.open(page.path).status == 403
    assert accountant.open("/desk/bookings/many/").status == 403
    for verb in ("go", "stop", "again"):
        assert visitor("manager").open(f"/desk/bookings/many/{number}/{verb}/").status == 405


def test_who_was_let_go_meanwhile_does_no_more(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10)
    desk = visitor("front_desk")
    go(desk, choose(desk, "cancel", one))
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["front_desk"]).update(role="customer")
        before = digest()
    worked(alpha)
    assert outcome(alpha) == [("refused", "permission_denied")]
    with tenant_context(alpha.tenant):
        assert digest() == before


def test_stopping_leaves_the_rest_and_it_can_be_looked_at_again(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10)
    owner = visitor("owner")
    page = go(owner, choose(owner, "cancel", one))
    page = owner.send(page, page.form("/stop/"))
    worked(alpha)
    assert now(alpha, one)[0].state == "confirmed"
    page = owner.send(page, page.form("/again/"))
    go(owner, page)
    worked(alpha)
    assert now(alpha, one)[0].state == "cancelled"


def test_too_many_and_nothing_are_said(alpha: World, visitor: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    where = place(alpha)
    both = [make(alpha, where, hour) for hour in (10, 12)]
    owner = visitor("owner")
    assert "Choose at least one booking." in choose(owner, "cancel").text
    monkeypatch.setattr("bookings.batches.drafting.MOST", 1)
    assert "At most 1 bookings at once." in choose(owner, "cancel", *both).text
    with tenant_context(alpha.tenant):
        assert (Batch.objects.count(), DueWork.objects.filter(kind="batch").count()) == (0, 0)


def test_draft_that_somebody_changed_meanwhile_is_not_done(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha), 10, "paid")
    owner = visitor("owner")
    old = choose(owner, "cancel", one)
    owner.send(old, old.form_with("reason"), reason="weather")
    assert "This has changed since you looked." in go(owner, old).text
    with tenant_context(alpha.tenant):
        assert Batch.objects.get().state == "draft"
