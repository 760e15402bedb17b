"""People live in the schema they belong to, known by an address in small letters."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Role, User
from tests.worlds import CAST, PASSWORD, World


def test_user_of_one_tenant_does_not_exist_in_another(alpha: World, beta: World) -> None:
    """T11: the same id is somebody else."""
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
    with tenant_context(beta.tenant):
        assert not User.objects.filter(email=guest.email).exists()
        assert User.objects.get(pk=guest.pk).email == f"guest@{beta.canary}.example"
    with schema_context("public"):
        assert not User.objects.filter(email=guest.email).exists()


def test_one_address_can_have_an_account_in_each_tenant(alpha: World, beta: World) -> None:
    """With a password, a role and a fate of its own."""
    people = {}
    for world, password, role in ((alpha, "alpha-password", Role.OWNER), (beta, "beta-password", Role.CUSTOMER)):
        with tenant_context(world.tenant):
            people[world.host] = User.objects.create_user("both@example.org", password, role=role)
    with tenant_context(alpha.tenant):
        assert people[alpha.host].check_password("alpha-password")
        assert not people[alpha.host].check_password("beta-password")
        people[alpha.host].delete()
    with tenant_context(beta.tenant):
        assert User.objects.get(email="both@example.org").role == Role.CUSTOMER


@pytest.mark.parametrize("spelling", ["Guest@Example.ORG", "  guest@example.org ", "GUEST@EXAMPLE.ORG"])
def test_address_is_kept_in_small_letters(in_alpha: World, spelling: str) -> None:
    user = User.objects.create_user(spelling, PASSWORD)
    assert user.email == "guest@example.org"
    assert User.objects.get_by_natural_key("GUEST@example.org") == user


def test_second_account_in_another_spelling_is_refused(in_alpha: World) -> None:
    User.objects.create_user("guest@example.org", PASSWORD)
    before = User.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Guest@Example.org", PASSWORD)
    assert User.objects.count() == before


def test_the_database_refuses_capitals_and_unknown_roles(in_alpha: World) -> None:
    for fields, name in (
        ({"email": "Guest@example.org"}, "user_email_lower_case"),
        ({"email": "guest@example.org", "role": "god"}, "user_role_known"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            User.objects.bulk_create([User(**fields)])


def test_account_without_a_password_signs_nobody_in(in_alpha: World) -> None:
    """A customer whom the staff have entered."""
    user = User.objects.create_user("walk-in@example.org")
    assert not user.has_usable_password()
    for password in ("", "None", "!", None):
        assert not user.check_password(password)


@pytest.mark.parametrize("who", CAST)
def test_roles_say_who_works_here(in_alpha: World, who: str) -> None:
    user = User.objects.get(pk=in_alpha.users[who])
    assert user.role == CAST[who]
    assert user.is_staff_member is (who in {"owner", "manager", "front_desk", "accountant"})
    assert user.is_operator is False


def test_new_people_are_customers(in_alpha: World) -> None:
    user = User.objects.create_user("new@example.org", PASSWORD)
    assert (user.role, user.is_staff_member) == (Role.CUSTOMER, False)


def test_password_is_kept_as_a_hash(in_alpha: World) -> None:
    user = User.objects.create_user("new@example.org", "a long password")
    assert "a long password" not in user.password
    assert user.check_password("a long password")


def test_password_of_one_tenant_does_not_open_another(alpha: World, beta: World, rf: object) -> None:
    """T10: the address is not there; with the address there, the password is not."""
    request = rf.post("/login/")  # type: ignore[attr-defined]
    name = f"guest@{alpha.canary}.example"
    with tenant_context(alpha.tenant):
        assert authenticate(request, username=name, password=PASSWORD) is not None
    with tenant_context(beta.tenant):
        assert authenticate(request, username=name, password=PASSWORD) is None
        User.objects.create_user(name, "another password")
        assert authenticate(request, username=name, password=PASSWORD) is None
