"""Pages that change a booking, pressed in several tabs at the same moment: once, or shown anew."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import quote, urlencode

import pytest
from django_tenants.utils import tenant_context

from bookings.access import link_token
from bookings.models import Booking
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters
from tests.races.test_moving import made, place, zone_of

CSRF = "c" * 32
TABS = 6
HIDDEN = re.compile(r'<input type="hidden" name="(shown|revision|start|minutes|people|resource)" value="([^"]*)"')


class Tab:
    """A browser that has the booking's link and sends the forms of its pages."""

    def __init__(self, ground, server, booking):
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        self.client = ground.connected(server, ground.alpha, Cookie=f"csrftoken={CSRF}", **form)
        with tenant_context(ground.alpha.tenant):
            self.base = f"/bookings/{booking}/{link_token(Booking(pk=booking))}/"
        self.session = self.client.get(self.base).headers["set-cookie"].partition(";")[0]
        self.base = f"/bookings/{booking}/"

    def fields(self, path):
        """What the form that confirms has in it."""
        page = self.client._send("GET", self.base + path, b"", {"Cookie": f"csrftoken={CSRF}; {self.session}"})
        assert page.status == 200, page.raw
        forms = [form.partition("</form>")[0] for form in page.raw.decode().split("<form ")]
        return next(dict(HIDDEN.findall(form)) for form in forms if 'name="shown"' in form)

    def preview(self, body):
        """The form that confirms a move to where another body would book."""
        query = f"start={quote(body['start_datetime'])}&resource={body['resource']}"
        return self.fields(f"move/?{query}")

    def press(self, path, fields):
        """Confirm."""
        cookies = {"Cookie": f"csrftoken={CSRF}; {self.session}"}
        return self.client._send("POST", self.base + path, urlencode(fields).encode(), cookies)


@pytest.fixture
def scene(ground, rigged, tomorrow):
    """A guest's hour at nine, another at three that it could have, and tabs of the guest's."""
    server, rigging = rigged
    court = ground.court(f"tabs-{tomorrow}-{id(rigging)}-{len(ground.sql('SELECT 1 FROM venues_resource'))}")
    nine, three, five = (slot(court, zone_of(ground), tomorrow, hour) for hour in (9, 15, 17))
    booking = made(ground.client(server, "guest"), nine)
    tabs = [Tab(ground, server, booking) for _number in range(TABS)]
    yield ground, rigging, booking, tabs, three, five
    ground.hang_up()


def test_tabs_that_confirm_the_same_move_move_once(scene):
    """R36: who comes later finds it as wanted, and is led to the booking."""
    ground, _rigging, booking, tabs, three, _five = scene
    fields = tabs[0].preview(three)
    answers = together([partial(tab.press, "move/", fields) for tab in tabs])
    assert Counter(answer.status for answer in answers) == {302: TABS}
    assert place(ground, booking)[0][3] == 1


@pytest.mark.parametrize(("seen", "moves", "statuses"), [(True, 1, [302, 409]), (False, 2, [302, 302])])
def test_tabs_that_move_to_different_times_do_not_undo_each_other(scene, seen, moves, statuses):
    """Who confirms what was previewed of an older booking is shown it anew; without its revision both would move it."""
    ground, _rigging, booking, tabs, three, five = scene
    wanted = [tabs[0].preview(three), tabs[1].preview(five)]
    if not seen:
        wanted = [{**fields, "revision": ""} for fields in wanted]
    calls = [partial(tab.press, "move/", fields) for tab, fields in zip(tabs, wanted, strict=False)]
    answers = together(calls)
    assert sorted(answer.status for answer in answers) == statuses
    row, taken = place(ground, booking)
    assert (row[3], len(taken)) == (moves, 1)


def test_cancelling_while_it_moves_cancels_what_it_has_become(scene):
    """The one who cancels waits for the move, and for nothing else."""
    ground, rigging, booking, tabs, three, _five = scene
    move, cancel = tabs[0].preview(three), tabs[1].fields("cancel/")
    rigging.set("change.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        moving = threads.submit(tabs[0].press, "move/", move)
        rigging.wait_until_reached("change.checked")
        cancelling = threads.submit(tabs[1].press, "cancel/", {**cancel, "reason": "user_request"})
        wait_for_lock_waiters(ground, 1)
        rigging.release("change.checked")
        assert (moving.result().status, cancelling.result().status) == (302, 302)
    row, taken = place(ground, booking)
    assert (row[2], row[3], taken) == ("cancelled", 1, [])


def test_tabs_that_cancel_at_once_cancel_once(scene):
    """All of them are led to the booking, which was given up in one act."""
    ground, _rigging, booking, tabs, three, _five = scene
    move, fields = tabs[0].preview(three), {**tabs[0].fields("cancel/"), "reason": "user_request"}
    answers = together([partial(tab.press, "cancel/", fields) for tab in tabs])
    assert Counter(answer.status for answer in answers) == {302: TABS}
    statement = "SELECT count(*) FROM bookings_bookingevent WHERE booking_id = %s AND to_state = 'cancelled'"
    assert ground.sql(statement, booking) == [(1,)]
    late = tabs[0].press("move/", move)
    assert (late.status, late.headers["location"]) == (302, f"/bookings/{booking}/")
    assert place(ground, booking)[0][2] == "cancelled"


def test_tabs_that_finish_the_same_hold_book_once(ground, rigged, tomorrow):
    """R12: one of them has booked, and all are led to the booking."""
    server, _rigging = rigged
    hold = ground.client(server, "guest").post(BOOKINGS, slot(ground.court("finish"), zone_of(ground), tomorrow, 9))
    tabs = [Tab(ground, server, hold.body["id"]) for _number in range(TABS)]
    who = {"name": "Gina", "email": "gina@example.org", "way": "on_site", "shown_total": "2500"}
    answers = together([partial(tab.press, "details/", who) for tab in tabs])
    assert {(answer.status, answer.headers["location"]) for answer in answers} == {(302, tabs[0].base)}
    statement = "SELECT count(*) FROM bookings_bookingevent WHERE booking_id = %s AND to_state = 'confirmed'"
    assert ground.sql(statement, hold.body["id"]) == [(1,)]
    ground.hang_up()
