"""Five wrong passwords for one address from one place: wait. Each tenant counts for itself."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django_tenants.utils import schema_context, tenant_context

from tests.worlds import PASSWORD, World

WRONG = "wrong-password"


def sign_in(world: World, who: str = "guest", password: str = PASSWORD, place: str = "192.0.2.1") -> int:
    """Status of trying to sign in: 302 is in, 200 is the form again, 429 is locked."""
    name = f"{who}@{world.canary}.example"
    client = Client(headers={"Host": world.host}, REMOTE_ADDR=place)
    return client.post("/login/", {"username": name, "password": password}).status_code


def lock(world: World, **at: str) -> None:
    """Five wrong passwords."""
    assert [sign_in(world, password=WRONG, **at) for _ in range(5)] == [200, 200, 200, 200, 429]


def test_fifth_wrong_password_locks_the_right_one_out(alpha: World) -> None:
    lock(alpha)
    assert sign_in(alpha) == 429


def test_four_wrong_passwords_lock_nobody_out(alpha: World) -> None:
    """And the right one starts the count anew."""
    for _ in range(3):
        assert [sign_in(alpha, password=WRONG) for _ in range(4)] == [200] * 4
        assert sign_in(alpha) == 302


def test_another_tenant_is_not_affected(alpha: World, beta: World) -> None:
    """T29: equal ids, the same place, even the same address."""
    lock(alpha)
    assert sign_in(beta) == 302
    with tenant_context(beta.tenant):
        assert not AccessAttempt.objects.exists()
    with schema_context("public"):
        assert not AccessAttempt.objects.exists()
    with tenant_context(alpha.tenant):
        assert AccessAttempt.objects.get().failures_since_start == 5


def test_others_at_the_same_place_are_not_affected(alpha: World) -> None:
    """A whole sports club behind one address."""
    lock(alpha)
    assert sign_in(alpha, who="stranger") == 302


def test_the_same_person_elsewhere_is_not_affected(alpha: World) -> None:
    """Nobody can lock somebody else out from afar."""
    lock(alpha)
    assert sign_in(alpha, place="198.51.100.7") == 302


def test_unknown_address_is_locked_like_a_known_one(alpha: World) -> None:
    """The lock does not tell who has an account."""
    assert [sign_in(alpha, who="nobody", password=WRONG) for _ in range(5)] == [200, 200, 200, 200, 429]


@pytest.mark.parametrize(("ago", "status"), [(timedelta(minutes=14), 429), (timedelta(minutes=16), 302)])
def test_lock_opens_after_a_quarter_of_an_hour(alpha: World, ago: timedelta, status: int) -> None:
    lock(alpha)
    with tenant_context(alpha.tenant):
        attempt = AccessAttempt.objects.get()
        AccessAttempt.objects.update(attempt_time=attempt.attempt_time - ago)
    assert sign_in(alpha) == status


def test_a_made_up_forwarding_header_is_not_another_place(alpha: World) -> None:
    name = f"guest@{alpha.canary}.example"
    statuses = [
        Client(headers={"Host": alpha.host, "X-Forwarded-For": f"203.0.113.{n}"}, REMOTE_ADDR="192.0.2.1")
        .post("/login/", {"username": name, "password": WRONG})
        .status_code
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 200, 429]
