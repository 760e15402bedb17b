"""The account page: who one is, addresses, passwords, sessions, mail, and what was booked as a guest."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import lifecycle
from bookings.letters import links, standing
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.scenes import GUEST, held, slot
from tests.flows.pages import Page, Visitor
from tests.flows.test_mailed_links import NEW, pressed
from tests.letters import letters_to, path_to
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
OTHER = "another-good-horse"


def guest_of(world: World) -> str:
    return f"guest@{world.canary}.example"


def fill(someone: Visitor, where: str, field: str, **typed: str) -> Page:
    """Fill in the page's form with this field."""
    page = someone.open(where)
    return someone.send(page, page.form_with(field), **typed)


def test_profile_is_what_its_person_says(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    page = fill(guest, "/account/", "phone", name="Gina G.", phone="+49 89 1", language="de")
    assert page.path == "/account/"
    assert "Ihr Konto" in page.html or guest.client.cookies["django_language"].value == "de"
    with tenant_context(alpha.tenant):
        user = User.objects.get(email=guest_of(alpha))
        assert (user.name, user.phone, user.language) == ("Gina G.", "+49 89 1", "de")


@pytest.mark.parametrize("bad", [{"name": ""}, {"language": "xx"}, {"phone": "1" * 33}], ids=str)
def test_bad_profile_changes_nothing(alpha: World, visitor: Come, bad: dict[str, str]) -> None:
    page = fill(visitor("guest"), "/account/", "phone", **{"name": "Else", **bad})
    assert page.status == 400
    with tenant_context(alpha.tenant):
        assert User.objects.get(email=guest_of(alpha)).name == f"guest {alpha.canary}"


def test_language_of_the_account_is_spoken_after_signing_in_by_link(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        User.objects.filter(email=guest_of(alpha)).update(language="de")
    someone = visitor()
    fill(someone, "/login/link/", "email", email=guest_of(alpha))
    pressed(someone, path_to(alpha, guest_of(alpha)))
    assert someone.client.cookies["django_language"].value == "de"


def test_password_is_changed_with_the_present_one_and_others_are_out(alpha: World, visitor: Come) -> None:
    here, elsewhere = visitor("guest"), visitor("guest")
    assert fill(here, "/account/password/", "current", current=PASSWORD, password=OTHER).path == "/account/"
    assert here.open("/account/").path == "/account/"
    assert elsewhere.open("/account/").path.startswith("/login/")
    assert visitor().sign_in(guest_of(alpha), OTHER).path == "/bookings/"
    assert "was changed" in letters_to(alpha, guest_of(alpha))[0].subject


@pytest.mark.parametrize(("current", "password"), [("wrong-password", OTHER), (PASSWORD, "short"), ("", OTHER)])
def test_password_is_not_changed(alpha: World, visitor: Come, current: str, password: str) -> None:
    guest, elsewhere = visitor("guest"), visitor("guest")
    assert fill(guest, "/account/password/", "current", current=current, password=password).status == 400
    with tenant_context(alpha.tenant):
        assert User.objects.get(email=guest_of(alpha)).check_password(PASSWORD)
    assert elsewhere.open("/account/").path == "/account/"


def test_present_password_cannot_be_guessed_there(alpha: World, visitor: Come, settings: object) -> None:
    guest = visitor("guest")
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_password.address": "2/60"}  # type: ignore[attr-defined]
    page = guest.open("/account/password/")
    form = page.form_with("current")
    tries = [guest.send(page, form, current="wrong-password", password=OTHER).status for _ in range(3)]
    assert tries == [400, 400, 429]
    assert guest.send(page, form, current=PASSWORD, password=OTHER).status == 429


def test_first_password_asks_for_no_other(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        user = User.objects.get(email=guest_of(alpha))
        user.set_unusable_password()
        user.save()
    someone = visitor()
    fill(someone, "/login/link/", "email", email=guest_of(alpha))
    pressed(someone, path_to(alpha, guest_of(alpha)))
    page = someone.open("/account/password/")
    assert "current" not in page.form_with("password").fields
    assert someone.send(page, page.form_with("password"), password=OTHER).path == "/account/"
    assert visitor().sign_in(guest_of(alpha), OTHER).path == "/bookings/"


@pytest.mark.parametrize("path", ["/account/address/", "/account/password/"])
def test_an_open_browser_is_not_enough_to_take_the_account(alpha: World, visitor: Come, path: str) -> None:
    """Without a password: with one, the present one is asked for a new one."""
    guest = visitor("guest")
    with tenant_context(alpha.tenant):
        user = User.objects.get(email=guest_of(alpha))
        user.set_unusable_password()
        user.save()
        guest.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = guest.open(path)
    with tenant_context(alpha.tenant):
        session = guest.client.session
        session["signed_in_at"] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()
    field = "email" if "address" in path else "password"
    again = guest.send(page, page.form_with(field), **{field: NEW})
    assert again.path == f"/login/?next={path.replace('/', '%2F')}"
    assert "Please sign in again first" in again.text
    assert not letters_to(alpha, NEW)
    with tenant_context(alpha.tenant):
        assert not User.objects.get(email=guest_of(alpha)).has_usable_password()


def test_signing_out_everywhere_else(alpha: World, visitor: Come) -> None:
    here, elsewhere, stranger = visitor("guest"), visitor("guest"), visitor("stranger")
    page = here.open("/account/")
    assert here.send(page, page.form("/elsewhere/")).path == "/account/"
    assert elsewhere.open("/account/").path.startswith("/login/")
    assert stranger.open("/account/").path == "/account/"


def test_address_is_changed_once_the_new_one_is_confirmed(alpha: World, visitor: Come) -> None:
    guest, elsewhere = visitor("guest"), visitor("guest")
    fill(guest, "/account/address/", "email", email=NEW.upper())
    with tenant_context(alpha.tenant):
        assert User.objects.filter(email=guest_of(alpha)).exists()
    assert pressed(guest, path_to(alpha, NEW)).path == "/account/"
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
        assert (user.email, user.verified_at is not None) == (NEW, True)
    assert "was changed" in letters_to(alpha, guest_of(alpha))[0].subject
    assert NEW not in letters_to(alpha, guest_of(alpha))[0].text
    assert elsewhere.open("/account/").path.startswith("/login/")
    assert visitor().sign_in(NEW, PASSWORD).path == "/bookings/"


def test_address_that_somebody_has_gets_the_same_answer_and_is_not_taken(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    theirs = f"stranger@{alpha.canary}.example"
    known, unknown = (fill(guest, "/account/address/", "email", email=each) for each in (theirs, NEW))
    assert known.text.replace(theirs, "X") == unknown.text.replace(NEW, "X")
    assert "/account/link/" not in letters_to(alpha, theirs)[0].text


def test_letters_that_confirm_an_address_are_counted_by_it_whoever_asks(
    alpha: World, visitor: Come, settings: object
) -> None:
    """Nobody's mailbox is filled by changes of address, of one account or of several, or with links to sign in."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "letter.caller": "2/900"}  # type: ignore[attr-defined]
    guest, stranger = visitor("guest"), visitor("stranger")
    asked = [fill(someone, "/account/address/", "email", email=NEW) for someone in (guest, stranger, guest)]
    assert [page.status for page in asked] == [200, 200, 429]
    assert fill(visitor(), "/login/link/", "email", email=NEW.upper()).status == 429
    assert len(letters_to(alpha, NEW)) == 2
    assert fill(guest, "/account/address/", "email", email=f"other-{NEW}").status == 200
    with tenant_context(alpha.tenant):
        assert not User.objects.filter(email=NEW).exists()


def test_letters_that_confirm_an_address_are_counted_by_where_they_are_asked_for(
    alpha: World, visitor: Come, settings: object
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "letter.address": "2/900"}  # type: ignore[attr-defined]
    guest = visitor("guest")
    asked = [fill(guest, "/account/address/", "email", email=f"{number}{NEW}") for number in range(3)]
    assert [page.status for page in asked] == [200, 200, 429]
    assert [len(letters_to(alpha, f"{number}{NEW}")) for number in range(3)] == [1, 1, 0]


def test_address_that_was_taken_meanwhile_is_not_taken_twice(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    fill(guest, "/account/address/", "email", email=NEW)
    with tenant_context(alpha.tenant):
        User.objects.create_user(NEW)
    assert pressed(guest, path_to(alpha, NEW)).status == 410
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=alpha.users["guest"]).email == guest_of(alpha)


@pytest.mark.parametrize("who", ["", "stranger"])
def test_address_is_confirmed_by_nobody_but_whose_account_it_is(alpha: World, visitor: Come, who: str) -> None:
    """Nobody presses a button for a stranger, and lends them an address: what was booked with it would be theirs."""
    fill(visitor("guest"), "/account/address/", "email", email=NEW)
    presser = visitor(who) if who else visitor()
    path = path_to(alpha, NEW)
    assert presser.open(path).path.startswith("/login/?next=%2Faccount%2Flink%2F")
    page = presser.open("/")
    token = page.form_with("csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
    assert presser.client.post(path, {"csrfmiddlewaretoken": token})["Location"].startswith("/login/")
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=alpha.users["guest"]).email == guest_of(alpha)


def test_mail_that_need_not_be_is_switched_off_and_on(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    page = guest.open("/account/")
    page = guest.send(page, page.form("/mail/"), "1")
    with tenant_context(alpha.tenant):
        assert standing.reason_of(links.digest(guest_of(alpha))) == "unsubscribed"
    guest.send(page, page.form("/mail/"), "1")
    with tenant_context(alpha.tenant):
        assert standing.reason_of(links.digest(guest_of(alpha))) is None


def booked_as_guest(world: World, email: str, hour: int) -> Booking:
    """A booking without an account."""
    with tenant_context(world.tenant):
        booking = lifecycle.submit(held(world.court_1, slot(hour)), GUEST, Actor.of(None))
        Booking.objects.filter(pk=booking.pk).update(email=email)
        return booking


def test_earlier_bookings_are_offered_and_added_once_the_address_is_proved(alpha: World, visitor: Come) -> None:
    mine = [booked_as_guest(alpha, guest_of(alpha), 9), booked_as_guest(alpha, guest_of(alpha).upper(), 11)]
    theirs = booked_as_guest(alpha, NEW, 13)
    unproved = visitor("guest")
    assert "before you had an account" not in unproved.open("/account/").text
    page = unproved.open("/account/earlier/")
    assert "There is nothing to add" in page.text
    token = page.form_with("csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
    unproved.client.post("/account/earlier/", {"csrfmiddlewaretoken": token})
    with tenant_context(alpha.tenant):
        assert not Booking.objects.exclude(customer=None).exists()
    someone = visitor()
    fill(someone, "/login/link/", "email", email=guest_of(alpha))
    page = pressed(someone, path_to(alpha, guest_of(alpha)))
    assert page.path == "/account/earlier/"
    assert all(each.reference_code in page.text for each in mine)
    assert theirs.reference_code not in page.text
    someone.send(page, next(each for each in page.forms if not each.action))
    with tenant_context(alpha.tenant):
        owners = dict(Booking.objects.values_list("pk", "customer"))
        assert owners == {mine[0].pk: alpha.users["guest"], mine[1].pk: alpha.users["guest"], theirs.pk: None}
        assert BookingEvent.objects.filter(why="added to the account").count() == 2
    assert "before you had an account" not in someone.open("/account/").text


@pytest.mark.parametrize("path", ["/account/", "/account/data/", "/account/passkeys/", "/account/earlier/"])
def test_pages_of_an_account_need_one(visitor: Come, path: str) -> None:
    assert visitor().open(path).path.startswith("/login/?next=")
