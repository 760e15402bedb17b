"""Somebody erases their account while another tab of theirs books: one of the two is refused, whichever came first."""

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


class Leaver:
    """A person with a token, by which an app of theirs books, and a browser in which they have just signed in."""

    def __init__(self, ground, server, name):
        with tenant_context(ground.alpha.tenant):
            user = User.objects.create_user(f"{name}@{ground.alpha.canary}.example", name=name)
            self.pk, token = user.pk, AccessToken.issue(user)
            session = SessionStore()
            session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
            session[SIGNED_IN_AT] = database_now().isoformat()
            session.create()
        self.app = ground.connected(server, ground.alpha, token)
        cookies = f"csrftoken={CSRF}; sessionid={session.session_key}"
        self.browser = ground.connected(server, ground.alpha, Cookie=cookies, **FORM)

    def book(self, body):
        """The status of booking."""
        return self.app.post(BOOKINGS, body).status

    def erase(self):
        """The status of pressing the button."""
        return self.browser._send("POST", "/account/data/erase/", b"sure=on", {}).status


@pytest.fixture
def scene(ground, rigged, tomorrow, request):
    """The rigging, somebody who leaves, an hour to be booked, and what is there of them afterwards."""
    server, rigging = rigged
    name = request.node.name.replace("_", "-")[:40]
    leaver = Leaver(ground, server, name)
    body = slot(ground.court(name), zone_of(ground), tomorrow, 9)

    def left():
        [(is_active,)] = ground.sql("SELECT is_active FROM accounts_user WHERE id = %s", leaver.pk)
        [(count,)] = ground.sql("SELECT count(*) FROM bookings_booking WHERE customer_id = %s", leaver.pk)
        return is_active, count

    yield rigging, leaver, body, left
    ground.hang_up()


def test_whoever_books_in_another_tab_is_not_erased(ground, scene):
    rigging, leaver, body, left = scene
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(leaver.book, body)
        rigging.wait_until_reached("hold.checked")
        erasing = threads.submit(leaver.erase)
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert (booking.result(), erasing.result()) == (201, 400)
    assert left() == (True, 1)


def test_without_the_lock_somebody_books_who_is_gone(scene):
    """The negative control: neither of the two waits for the other."""
    rigging, leaver, body, left = scene
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(1) as threads:
        booking = threads.submit(leaver.book, body)
        rigging.wait_until_reached("hold.checked")
        assert leaver.erase() == 200
        rigging.release("hold.checked")
        assert booking.result() == 201
    assert left() == (False, 1)
