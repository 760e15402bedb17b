"""The clock erases whoever was not here for years, at the very moment at which they come back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from bookings.models import RetentionNotice
from bookings.own import lapsing
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters
from tests.races.test_moving import zone_of


class Idler:
    """Somebody whose account is four years old, who was told, and whose app has a token."""

    def __init__(self, ground, server, name):
        self.ground = ground
        with tenant_context(ground.alpha.tenant):
            user = User.objects.create_user(f"{name}@{ground.alpha.canary}.example", name=name)
            self.pk, token = user.pk, AccessToken.issue(user)
            RetentionNotice.objects.create(user=user, at=user.created_at)
        ground.sql("UPDATE accounts_user SET created_at = now() - interval '4 years' WHERE id = %s", self.pk)
        ground.sql("UPDATE bookings_retentionnotice SET at = now() - interval '40 days' WHERE user_id = %s", self.pk)
        self.app = ground.connected(server, ground.alpha, token)

    def book(self, body):
        """The status of booking, and why not."""
        answer = self.app.post(BOOKINGS, body)
        return answer.status, answer.code

    def forget_use(self):
        """As if the app's call had been noted already: that is done once a minute."""
        self.ground.sql("UPDATE accounts_accesstoken SET last_used_at = NULL WHERE user_id = %s", self.pk)

    def left(self):
        """Whether the account is there, and how many bookings it has."""
        [(is_active,)] = self.ground.sql("SELECT is_active FROM accounts_user WHERE id = %s", self.pk)
        [(count,)] = self.ground.sql("SELECT count(*) FROM bookings_booking WHERE customer_id = %s", self.pk)
        return is_active, count


def walk(ground):
    """The walk over accounts, as a worker does it."""
    try:
        with tenant_context(ground.alpha.tenant):
            lapsing.walk("accounts:")
    finally:
        connection.close()


@pytest.fixture
def scene(ground, rigged, tomorrow, request):
    """The rigging, somebody who was not here for long, and an hour to be booked."""
    server, rigging = rigged
    name = request.node.name.replace("_", "-")[5:45]
    yield rigging, Idler(ground, server, name), slot(ground.court(name), zone_of(ground), tomorrow, 9)
    ground.hang_up()


def test_whoever_books_at_that_moment_stays(ground, scene):
    rigging, idler, body = scene
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(idler.book, body)
        rigging.wait_until_reached("hold.checked")
        idler.forget_use()
        walking = threads.submit(walk, ground)
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert (booking.result(), walking.result()) == ((201, ""), None)
    assert idler.left() == (True, 1)


def test_without_the_lock_somebody_books_who_is_gone(ground, scene):
    """The negative control: the booking holds no lock that the clock would wait for."""
    rigging, idler, body = scene
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(idler.book, body)
        rigging.wait_until_reached("hold.checked")
        idler.forget_use()
        threads.submit(walk, ground).result()
        rigging.release("hold.checked")
        assert booking.result() == (201, "")
    assert idler.left() == (False, 1)


def test_whoever_signs_in_at_that_moment_stays(ground, scene):
    _rigging, idler, _body = scene
    with ThreadPoolExecutor(1) as threads, tenant_context(ground.alpha.tenant):
        with transaction.atomic():
            User.objects.filter(pk=idler.pk).update(last_login=ground.sql("SELECT now()")[0][0])
            walking = threads.submit(walk, ground)
            wait_for_lock_waiters(ground, 1)
        assert walking.result() is None
    assert idler.left() == (True, 0)


def test_nobody_comes_back_and_the_account_goes(ground, scene):
    """The control of both: the same scene, and nobody who comes."""
    _rigging, idler, _body = scene
    walk(ground)
    assert idler.left() == (False, 0)
