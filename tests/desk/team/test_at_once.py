"""Two who change the team at the same moment: there is always an owner, and a code is taken once."""

from functools import partial

import pyotp
import pytest
from django.contrib.auth.hashers import make_password
from django_tenants.utils import tenant_context

from accounts import codes, recovery
from accounts.models import Role, User
from bookings.team import changing, inviting, rights
from bookings.team.inviting import Asked
from kernel.errors import Conflict, Forbidden, Refused
from schemas import transactions
from schemas.clock import database_now
from tenants.models import Tenant
from tests.threads import at_once, errors
from tests.worlds import ALPHA
from venues.models import Invitation, Venue

ROUNDS = 6
pytestmark = pytest.mark.usefixtures("scratch")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a lock is waited for."""
    monkeypatch.setattr(transactions, "BUDGET_SECONDS", 60.0)


def tenant() -> Tenant:
    return Tenant.objects.get(slug=ALPHA["slug"])


def within(act, *arguments):
    """The act in a thread of its own, in Alpha's schema."""

    def run():
        with tenant_context(tenant()):
            return act(*arguments)

    return run


def two_owners() -> tuple[User, User]:
    """The owner, and the manager as another one."""
    User.objects.filter(role=Role.MANAGER).update(role=Role.OWNER)
    first, second = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk")
    return first, second


@pytest.mark.parametrize("how", ["demote", "switch off", "take off the team"])
def test_two_owners_end_each_other_and_one_stays(how: str) -> None:
    with tenant_context(tenant()):
        first, second = two_owners()
        venue = Venue.objects.order_by("pk").first()
        assert venue is not None
        acts = {
            "demote": lambda by, whom: changing.change(by, whom.pk, Role.MANAGER, [venue.pk]),
            "switch off": lambda by, whom: changing.deactivate(by, whom.pk),
            "take off the team": lambda by, whom: changing.remove(by, whom.pk),
        }
    for _round in range(ROUNDS):
        results = at_once(within(acts[how], first, second), within(acts[how], second, first))
        failed = errors(results)
        assert [type(each) for each in failed] in ([Forbidden], [Refused]), results
        with tenant_context(tenant()):
            assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1
            User.objects.filter(pk__in=[first.pk, second.pk]).update(role=Role.OWNER, is_active=True)


def test_each_owner_giving_it_up_leaves_one() -> None:
    with tenant_context(tenant()):
        first, second = two_owners()
        venue = Venue.objects.order_by("pk").first()
        assert venue is not None
    for _round in range(ROUNDS):
        acts = [partial(changing.change, each, each.pk, Role.MANAGER, [venue.pk]) for each in (first, second)]
        failed = errors(at_once(*map(within, acts)))
        assert [getattr(each, "code", each) for each in failed] == ["last_owner"]
        with tenant_context(tenant()):
            assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1
            User.objects.filter(pk__in=[first.pk, second.pk]).update(role=Role.OWNER)


def test_without_the_lock_nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both count before either has written."""
    with tenant_context(tenant()):
        first, second = two_owners()
        venue = Venue.objects.order_by("pk").first()
        assert venue is not None
    monkeypatch.setattr(rights, "alone", lambda: None)
    left = []
    for _round in range(ROUNDS):
        acts = [partial(changing.change, each, each.pk, Role.MANAGER, [venue.pk]) for each in (first, second)]
        at_once(*map(within, acts))
        with tenant_context(tenant()):
            left.append(User.objects.filter(role=Role.OWNER, is_active=True).count())
            User.objects.filter(pk__in=[first.pk, second.pk]).update(role=Role.OWNER)
    assert 0 in left


def test_one_address_is_asked_once() -> None:
    with tenant_context(tenant()):
        owner = User.objects.get(role=Role.OWNER)
    asked = Asked("nora@example.org", "Nora", Role.FRONT_DESK)
    results = at_once(*[within(inviting.invite, owner, asked)] * 4)
    assert [type(each) for each in errors(results)] == [Conflict] * 3
    with tenant_context(tenant()):
        assert Invitation.objects.count() == 1


def test_last_place_of_the_plan_is_taken_once() -> None:
    Tenant.objects.filter(slug=ALPHA["slug"]).update(most_staff=5)
    with tenant_context(tenant()):
        owner = User.objects.get(role=Role.OWNER)
    asked = [Asked(f"nora{number}@example.org", "", Role.FRONT_DESK) for number in range(4)]
    results = at_once(*(within(inviting.invite, owner, each) for each in asked))
    assert [getattr(each, "code", each) for each in errors(results)] == ["plan_limit"] * 3


def test_code_and_recovery_code_let_one_of_many_in() -> None:
    with tenant_context(tenant()):
        user = User.objects.create(email="codes@example.org", password=make_password(None))
        secret = codes.new_secret()
        codes.set_up(user, secret, pyotp.TOTP(secret).at(int(database_now().timestamp()) - 30))
        code, [spare, *_more] = pyotp.TOTP(secret).at(int(database_now().timestamp())), recovery.make(user)
    assert sorted(at_once(*[within(codes.use, user, code)] * 6)) == [False] * 5 + [True]
    assert sorted(at_once(*[within(recovery.use, user, spare)] * 6)) == [False] * 5 + [True]
