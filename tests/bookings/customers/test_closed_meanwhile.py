"""Somebody is erased or merged while the desk has their page open: what is sent afterwards brings nothing back."""

from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import customers, lifecycle, merging
from bookings.customers import Whom
from bookings.models import Booking, CustomerFile, Merge
from bookings.own import erasing
from bookings.own.wiping import Whose
from bookings.records import Actor
from bookings.requests import Contact
from kernel.errors import Conflict
from schemas import transactions
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.threads import at_once, errors
from tests.worlds import ALPHA, World, world_of

GUEST = "gina@example.org"


def owner() -> User:
    return User.objects.get(email__startswith="owner@")


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org", None, name=name)


CHANGES: list[dict[str, Any]] = [
    {"name": "Anna Berg", "phone": "+49 89 1234567"},
    {"notes": "Left-handed"},
    {"blocked": True, "block_reason": "Never comes"},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda said: next(iter(said)))
@pytest.mark.parametrize("how", ["erased", "merged"])
def test_nothing_is_written_about_an_account_that_is_gone(in_alpha: World, how: str, changes: dict[str, Any]) -> None:
    anna, bea = person("anna"), person("bea")
    shown = Whom.of(anna)
    if how == "erased":
        erasing.erase(Whose(anna.email, User.objects.get(pk=anna.pk), owner()))
    else:
        merging.merge(bea, Whom.of(User.objects.get(pk=anna.pk)), owner())
    with pytest.raises(Conflict) as refused:
        customers.alter(shown, changes, owner())
    assert refused.value.code == "customer_closed"
    row = User.objects.get(pk=anna.pk)
    assert (row.name, row.phone, CustomerFile.objects.count()) == ("", "", 0)


@pytest.mark.parametrize("changes", CHANGES[1:], ids=lambda said: next(iter(said)))
def test_nothing_is_written_about_an_address_that_is_gone(in_alpha: World, changes: dict[str, Any]) -> None:
    booking = lifecycle.submit(held(in_alpha.court_1, slot(9)), Contact("Gina", GUEST, ""), Actor.of(None))
    Booking.objects.filter(pk=booking.pk).update(state="expired", pending_reason="")
    erasing.erase(Whose(GUEST, None, owner()))
    with pytest.raises(Conflict) as refused:
        customers.alter(Whom(GUEST), changes, owner())
    assert (refused.value.code, CustomerFile.objects.count()) == ("customer_closed", 0)


def test_the_api_gives_an_erased_customer_no_name_again(alpha: World, api: Caller) -> None:
    with tenant_context(alpha.tenant):
        anna = person("anna")
        erasing.erase(Whose(anna.email, anna, owner()))
    answer = api("owner").patch(f"/api/v1/admin/customers/{anna.pk}/", {"name": "Anna Berg"})
    assert (answer.status_code, answer.json()["code"]) == (409, "customer_closed")
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=anna.pk).name == ""


def test_who_became_another_account_is_not_called_erased(in_alpha: World) -> None:
    anna, bea = person("anna"), person("bea")
    shown = Whose(anna.email, User.objects.get(pk=anna.pk), owner())
    merging.merge(bea, Whom.of(anna), owner())
    with pytest.raises(Conflict) as refused:
        erasing.erase(shown)
    assert refused.value.code == "customer_closed"
    assert Merge.objects.get().email == "anna@example.org"
    erasing.erase(Whose(bea.email, User.objects.get(pk=bea.pk), owner()))
    assert Merge.objects.get().email == ""


def within(act: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """The act in a thread of its own, in Alpha's schema."""

    def run() -> Any:
        with tenant_context(world_of(ALPHA).tenant):
            return act(*arguments)

    return run


@pytest.mark.usefixtures("scratch")
def test_of_two_merges_crosswise_one_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BUDGET_SECONDS", 60.0)
    alpha = world_of(ALPHA)
    for number in range(4):
        with tenant_context(alpha.tenant):
            anna, bea, boss = person(f"anna{number}"), person(f"bea{number}"), owner()
        results = at_once(
            within(merging.merge, anna, Whom.of(bea), boss), within(merging.merge, bea, Whom.of(anna), boss)
        )
        assert [getattr(each, "code", each) for each in errors(results)] == ["customer_closed"]
        with tenant_context(alpha.tenant):
            open_now = User.objects.filter(pk__in=[anna.pk, bea.pk], is_active=True)
            merge = Merge.objects.latest("pk")
            assert [merge.kept_id] == list(open_now.values_list("pk", flat=True))


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("changes", CHANGES[:2], ids=lambda said: next(iter(said)))
def test_erasing_and_correcting_at_once_leave_no_name(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    monkeypatch.setattr(transactions, "BUDGET_SECONDS", 60.0)
    alpha = world_of(ALPHA)
    for number in range(4):
        with tenant_context(alpha.tenant):
            anna, boss = person(f"anna{number}"), owner()
        results = at_once(
            within(erasing.erase, Whose(anna.email, anna, boss)), within(customers.alter, Whom.of(anna), changes, boss)
        )
        assert {getattr(each, "code", each) for each in errors(results)} <= {"customer_closed"}
        with tenant_context(alpha.tenant):
            row = User.objects.get(pk=anna.pk)
            assert (row.name, row.phone, row.is_active) == ("", "", False)
            assert not CustomerFile.objects.filter(email=f"anna{number}@example.org").exists()
