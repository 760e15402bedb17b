"""A mailed link that is pressed twice at the same moment lets one in, and makes one account."""

from functools import partial

import pytest
from django_tenants.utils import tenant_context

from accounts import links
from accounts.links import Purpose, Wish
from accounts.models import User
from schemas.clock import database_now
from tests.races.crowd import together

CSRF = "c" * 32
SESSIONS = "SELECT count(*) FROM django_session"
PRESSING = 8
ROUNDS = 10


def minted(ground, purpose, email):
    """The path of a fresh link."""
    with tenant_context(ground.alpha.tenant):
        user = User.objects.filter(email=email).first()
        _link, token = links.mint(Wish(purpose, email, user, "Nora"), database_now())
    return f"/account/link/{token}/"


def pressed(ground, server, path):
    """The statuses of as many browsers as press at once, and how many sessions began."""
    [(before,)] = ground.sql(SESSIONS)
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}
    clients = [ground.connected(server, ground.alpha, **form) for _ in range(PRESSING)]
    answers = together([partial(client._send, "POST", path, b"name=Nora", {}) for client in clients])
    ground.hang_up()
    statuses = sorted(answer.status for answer in answers)
    [(after,)] = ground.sql(SESSIONS)
    return statuses, after - before


@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.SIGN_UP])
def test_link_pressed_many_times_at_once_lets_one_in(ground, server, purpose):
    for number in range(ROUNDS):
        known = f"guest@{ground.alpha.canary}.example"
        email = known if purpose == Purpose.SIGN_IN else f"nora-{number}@example.org"
        assert pressed(ground, server, minted(ground, purpose, email)) == ([302] + [410] * (PRESSING - 1), 1)
        [(count,)] = ground.sql("SELECT count(*) FROM accounts_user WHERE email = %s", email)
        assert count == 1


def test_without_the_lock_two_get_in(spoilt):
    """The negative control: all look before anybody has written."""
    ground, server, rigging = spoilt
    rigging.set("links.use", "skip")
    rigging.set("links.checked", f"meet {PRESSING}")
    statuses, sessions = pressed(
        ground, server, minted(ground, Purpose.SIGN_IN, f"guest@{ground.alpha.canary}.example")
    )
    assert (statuses, sessions) == ([302] * PRESSING, PRESSING)
