"""The team's pages: who is asked in and how, what they become, and who may do that to whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, Authenticator, MailedLink, Role, User
from accounts.sessions import SessionStore
from schemas.clock import database_now
from tests.flows.pages import Form, Page, Visitor
from tests.flows.test_query_counts import counted
from tests.letters import letters_to, path_to
from tests.worlds import PASSWORD, World
from venues.models import Invitation, VenueAssignment

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
NORA = "nora@example.org"


def asked_in(owner: Visitor, **typed: Any) -> Page:
    page = owner.open("/desk/team/invite/")
    return owner.send(page, page.form_with("email"), **{"name": "Nora", "email": NORA, "role": "front_desk", **typed})


def seen(world: World, who: str) -> User:
    with tenant_context(world.tenant):
        return User.objects.get(pk=world.users[who])


def team_of(world: World) -> dict[str, tuple[str, bool]]:
    """Role, and whether the account is on, by address."""
    with tenant_context(world.tenant):
        staff = User.objects.exclude(role=Role.CUSTOMER)
        return {user.email.partition("@")[0]: (user.role, user.is_active) for user in staff}


def is_in(someone: Visitor) -> bool:
    return someone.open("/account/").path == "/account/"


def own_form(page: Page) -> Form:
    """The one that a page sends to itself."""
    [form] = [each for each in page.forms if each.method == "post" and not each.action]
    return form


def confirmed(owner: Visitor, path: str) -> Page:
    page = owner.open(path)
    return owner.send(page, own_form(page))


def test_manager_is_asked_in_accepts_and_sees_the_own_venue_only(alpha: World, visitor: Come) -> None:
    page = asked_in(visitor("owner"), role="manager", venues=[alpha.annex])
    assert (page.path, f"Asked, and not accepted yet Nora {NORA}" in page.text) == ("/desk/team/", True)
    assert letters_to(alpha, NORA)[0].subject == f"Work at Alpha Sports {alpha.canary}"
    nora = visitor()
    link = nora.open(path_to(alpha, NORA))
    assert f"Annex {alpha.canary}" in link.text
    welcome = nora.send(link, link.form_with("password"), name="Nora New", password=PASSWORD)
    assert "Welcome to the team!" in welcome.text
    with tenant_context(alpha.tenant):
        user = User.objects.get(email=NORA)
        assert (user.name, user.role, user.is_active) == ("Nora New", "manager", True)
        assert user.verified_at is not None
        assert list(VenueAssignment.objects.filter(user=user).values_list("venue_id", flat=True)) == [alpha.annex]
        assert not Invitation.objects.exists()
    team = nora.open("/desk/team/")
    assert (team.status, "last signed in" in team.text) == (200, False)
    assert nora.open(path_to(alpha, NORA)).status == 410


def test_customers_account_becomes_the_teams_after_signing_in(alpha: World, visitor: Come) -> None:
    email = f"guest@{alpha.canary}.example"
    asked_in(visitor("owner"), email=email)
    nobody = visitor()
    path = path_to(alpha, email)
    assert nobody.open(path).path.startswith("/login/")
    assert visitor("stranger").open(path).path.startswith("/login/")
    guest = visitor("guest")
    link = guest.open(path)
    done = guest.send(link, own_form(link))
    user = seen(alpha, "guest")
    assert (user.role, user.pk, done.status) == ("front_desk", alpha.users["guest"], 200)


def test_link_is_good_for_seven_days_and_another_one_voids_it(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = asked_in(owner)
    first = path_to(alpha, NORA)
    with tenant_context(alpha.tenant):
        link = MailedLink.objects.get(purpose="invite")
        assert link.expires_at - link.created_at == timedelta(days=7)
    again = owner.send(page, page.form("/resend/"))
    assert "Another link" in again.text
    second = path_to(alpha, NORA)
    assert visitor().open(first).status == 404
    with tenant_context(alpha.tenant):
        MailedLink.objects.filter(purpose="invite").update(expires_at=database_now())
    assert visitor().open(second).status == 410


def test_withdrawn_invitation_opens_nothing(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = asked_in(owner)
    owner.send(page, page.form("/withdraw/"))
    assert visitor().open(path_to(alpha, NORA)).status == 404
    assert "nora" not in team_of(alpha)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "front_desk@{canary}.example"}, "They work here already."),
        ({"role": "manager", "venues": []}, "Choose at least one venue."),
        ({"role": "operator"}, "Select a valid choice"),
        ({"email": "no address"}, "Enter a valid email address"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_sent(
    alpha: World, visitor: Come, typed: dict[str, Any], words: str
) -> None:
    owner = visitor("owner")
    given = {name: value.format(canary=alpha.canary) if value else value for name, value in typed.items()}
    page = asked_in(owner, **given)
    assert (page.status, words in page.text) == (400, True)
    assert 'value="Nora"' in page.html
    with tenant_context(alpha.tenant):
        assert not Invitation.objects.exists()


def test_nobody_is_asked_twice_and_none_beyond_the_plan(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    asked_in(owner)
    assert "They are asked already" in asked_in(owner).text
    alpha.tenant.most_staff = 5
    alpha.tenant.save()
    page = asked_in(owner, email="olaf@example.org")
    assert "allows no more" in page.text
    with tenant_context(alpha.tenant):
        assert [each.email for each in Invitation.objects.all()] == [NORA]


def test_manager_of_every_venue_asks_in_the_front_desk_and_no_one_else(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    assert manager.open("/desk/team/invite/").status == 403
    with tenant_context(alpha.tenant):
        VenueAssignment.objects.create(user_id=alpha.users["manager"], venue_id=alpha.annex)
    refused = asked_in(manager, role="owner")
    assert (refused.status, "Select a valid choice" in refused.text) == (400, True)
    assert asked_in(manager).path == "/desk/team/"
    with tenant_context(alpha.tenant):
        assert Invitation.objects.get().role == "front_desk"
        VenueAssignment.objects.filter(user_id=alpha.users["manager"], venue_id=alpha.annex).delete()
    # As good as who wrote it: now the manager could not ask any more.
    assert visitor().open(path_to(alpha, NORA)).status == 410


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_only_the_owner_opens_a_person_or_the_rule(alpha: World, visitor: Come, who: str) -> None:
    someone = visitor(who)
    one = f"/desk/team/{alpha.users['front_desk']}/"
    paths = [one, *(f"{one}{act}/" for act in ("switch-off", "remove", "hand-over", "reset")), "/desk/team/two-factor/"]
    assert [someone.open(path).status for path in paths] == [403] * 6


def test_smaller_role_ends_sessions_and_a_larger_one_does_not(alpha: World, visitor: Come) -> None:
    owner, manager, desk = visitor("owner"), visitor("manager"), visitor("front_desk")
    page = owner.open(f"/desk/team/{alpha.users['manager']}/")
    saved = owner.send(page, page.form_with("role"), role="accountant")
    assert "Saved." in saved.text
    assert not is_in(manager)
    page = owner.open(f"/desk/team/{alpha.users['front_desk']}/")
    owner.send(page, page.form_with("role"), role="owner")
    assert desk.open("/account/").path == "/account/"
    assert team_of(alpha) == {
        "owner": ("owner", True),
        "manager": ("accountant", True),
        "front_desk": ("owner", True),
        "accountant": ("accountant", True),
    }
    with tenant_context(alpha.tenant):
        assert not VenueAssignment.objects.exists()
    assert letters_to(alpha, f"manager@{alpha.canary}.example")[0].subject.startswith("What you may do at")


def test_last_owner_stays(alpha: World, visitor: Come) -> None:
    owner, before = visitor("owner"), team_of(alpha)
    page = owner.open(f"/desk/team/{alpha.users['owner']}/")
    refused = owner.send(page, page.form_with("role"), role="manager", venues=[alpha.venue])
    assert (refused.status, "Somebody has to own the business" in refused.text) == (400, True)
    for act in ("switch-off", "remove", "hand-over", "reset"):
        assert "That is you" in confirmed(owner, f"/desk/team/{alpha.users['owner']}/{act}/").text
    assert team_of(alpha) == before


def test_switched_off_nothing_opens_and_on_again_it_does(alpha: World, visitor: Come, api: Any) -> None:
    owner, desk = visitor("owner"), visitor("front_desk")
    one = f"/desk/team/{alpha.users['front_desk']}/"
    assert "switched off" in confirmed(owner, f"{one}switch-off/").text
    assert not is_in(desk)
    assert api("front_desk").get("/api/v1/admin/bookings/").status_code == 401
    page = owner.open(one)
    owner.send(page, page.form("/switch-on/"))
    assert api("front_desk").get("/api/v1/admin/bookings/").status_code == 200
    assert not is_in(desk)


def test_plan_that_is_full_switches_nobody_on(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    one = f"/desk/team/{alpha.users['front_desk']}/"
    confirmed(owner, f"{one}switch-off/")
    alpha.tenant.most_staff = 3
    alpha.tenant.save()
    page = owner.open(one)
    assert owner.send(page, page.form("/switch-on/")).status == 403
    assert team_of(alpha)["front_desk"] == ("front_desk", False)


def test_who_is_taken_off_the_team_is_a_customer_without_tokens(alpha: World, visitor: Come, api: Any) -> None:
    owner, manager = visitor("owner"), visitor("manager")
    confirmed(owner, f"/desk/team/{alpha.users['manager']}/remove/")
    user = seen(alpha, "manager")
    assert (user.role, user.is_active) == ("customer", True)
    assert not is_in(manager)
    assert api("manager").get("/api/v1/me/").status_code in {401, 404}
    with tenant_context(alpha.tenant):
        assert not VenueAssignment.objects.filter(user=user).exists()
        assert not AccessToken.objects.filter(user=user).exists()
    assert visitor("manager").open("/desk/").status == 403


def test_business_is_handed_over_and_who_had_it_stays_signed_in_as_manager(alpha: World, visitor: Come) -> None:
    owner, elsewhere = visitor("owner"), visitor("owner")
    page = confirmed(owner, f"/desk/team/{alpha.users['manager']}/hand-over/")
    assert (page.status, "You are a manager now." in page.text) == (200, True)
    assert {name: role for name, (role, _on) in team_of(alpha).items()} == {
        "owner": "manager",
        "manager": "owner",
        "front_desk": "front_desk",
        "accountant": "accountant",
    }
    with tenant_context(alpha.tenant):
        theirs = VenueAssignment.objects.filter(user_id=alpha.users["owner"]).values_list("venue_id", flat=True)
        assert set(theirs) == {alpha.venue, alpha.annex}
    assert not is_in(elsewhere)
    assert owner.open(f"/desk/team/{alpha.users['manager']}/").status == 403


def test_dangerous_acts_ask_for_a_fresh_sign_in(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        session = SessionStore(owner.client.cookies["sessionid"].value)
        session["signed_in_at"] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()
    one = f"/desk/team/{alpha.users['manager']}/"
    for act in ("switch-off", "remove", "hand-over", "reset"):
        assert owner.open(f"{one}{act}/").path.startswith("/login/")


def test_owner_signs_somebody_out_and_resets_what_they_lost(alpha: World, visitor: Come) -> None:
    owner, desk = visitor("owner"), visitor("front_desk")
    with tenant_context(alpha.tenant):
        Authenticator.objects.create(user_id=alpha.users["front_desk"], sealed="x", created_at=database_now())
    one = f"/desk/team/{alpha.users['front_desk']}/"
    page = owner.open(one)
    owner.send(page, page.form("/sign-out/"))
    assert not is_in(desk)
    confirmed(owner, f"{one}reset/")
    with tenant_context(alpha.tenant):
        assert not Authenticator.objects.exists()
    assert letters_to(alpha, f"front_desk@{alpha.canary}.example")[0].subject.endswith("was reset")
    assert visitor("front_desk").open("/account/").path == "/account/"


def test_list_costs_the_same_for_many(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with counted() as few:
        owner.open("/desk/team/")
    with tenant_context(alpha.tenant):
        for number in range(30):
            user = User.objects.create_user(f"m{number}@example.org", None, role=Role.MANAGER)
            VenueAssignment.objects.create(user=user, venue_id=alpha.venue)
    with counted() as many:
        owner.open("/desk/team/")
    assert len(many) == len(few)
