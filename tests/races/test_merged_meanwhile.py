"""Two customers are merged while one of them books: the booking moves with the rest, or is refused; none is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from accounts.recent import KEY as SIGNED_IN_AT
from accounts.sessions import SessionStore
from schemas.clock import database_now
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters
from tests.races.test_moving import zone_of

CSRF = "c" * 32
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}


class Pair:
    """Somebody who is here twice and books with the account that goes, and an owner who merges."""

    def __init__(self, ground, server, name):
        self.ground = ground
        with tenant_context(ground.alpha.tenant):
            self.kept, self.gone = (
                User.objects.create_user(f"{name}-{side}@{ground.alpha.canary}.example", name=name)
                for side in ("kept", "gone")
            )
            token = AccessToken.issue(self.gone)
            cookie = self._signed_in(User.objects.get(pk=ground.alpha.users["owner"]))
        self.app = ground.connected(server, ground.alpha, token)
        self.owner = ground.connected(server, ground.alpha, Cookie=f"csrftoken={CSRF}; sessionid={cookie}", **FORM)

    def _signed_in(self, user):
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[SIGNED_IN_AT] = database_now().isoformat()
        session.create()
        return session.session_key

    def book(self, body):
        """The status of booking."""
        return self.app.post(BOOKINGS, body).status

    def merge(self):
        """The status of pressing the button."""
        path = f"/desk/customers/{self.kept.pk}/merge/"
        return self.owner._send("POST", path, f"with={self.gone.pk}".encode(), {}).status

    def left(self):
        """How many bookings each of the two has."""
        rows = self.ground.sql("SELECT customer_id, count(*) FROM bookings_booking GROUP BY 1")
        counts = dict(rows)
        return counts.get(self.kept.pk, 0), counts.get(self.gone.pk, 0)


@pytest.fixture
def scene(ground, rigged, tomorrow, request):
    """The rigging, the pair, and an hour to be booked."""
    server, rigging = rigged
    name = request.node.name.replace("_", "-")[5:35]
    yield rigging, Pair(ground, server, name), slot(ground.court(name), zone_of(ground), tomorrow, 9)
    ground.hang_up()


def test_booking_that_was_let_in_before_moves_with_the_rest(ground, scene):
    rigging, pair, body = scene
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(pair.book, body)
        rigging.wait_until_reached("hold.checked")
        merging = threads.submit(pair.merge)
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert (booking.result(), merging.result()) == (201, 302)
    assert pair.left() == (1, 0)


def test_booking_that_comes_while_they_are_merged_is_refused(ground, scene):
    rigging, pair, body = scene
    rigging.set("merge.locked", "wait")
    with ThreadPoolExecutor(2) as threads:
        merging = threads.submit(pair.merge)
        rigging.wait_until_reached("merge.locked")
        booking = threads.submit(pair.book, body)
        wait_for_lock_waiters(ground, 1)
        rigging.release("merge.locked")
        assert (booking.result(), merging.result()) == (403, 302)
    assert pair.left() == (0, 0)


def test_without_the_lock_a_booking_stays_with_the_account_that_is_gone(scene):
    """The negative control: neither of the two waits for the other."""
    rigging, pair, body = scene
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(1) as threads:
        booking = threads.submit(pair.book, body)
        rigging.wait_until_reached("hold.checked")
        assert pair.merge() == 302
        rigging.release("hold.checked")
        assert booking.result() == 201
    assert pair.left() == (0, 1)
