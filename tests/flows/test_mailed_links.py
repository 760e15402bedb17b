"""Links by mail: signing in, signing up, a new password. The answer never tells who has an account (ASVS 6.3.8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import MailedLink, Session, User
from bookings.models import CustomerFile
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.flows.pages import Page, Visitor
from tests.letters import letters_to, link_to, path_to
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
ASKS = ["/login/link/", "/login/password/", "/signup/", "/data/"]
NEW = "nora@example.org"


def ask(someone: Visitor, where: str, email: str) -> Page:
    """Fill in a page that mails a link."""
    page = someone.open(where)
    return someone.send(page, page.form_with("email"), email=email, **({"name": "Nora"} if where == "/signup/" else {}))


def pressed(someone: Visitor, path: str, **typed: str) -> Page:
    """Open a link and press its button; other forms of a page have an address of their own."""
    page = someone.open(path)
    form = next(each for each in page.forms if not each.action)
    return someone.send(page, form, **typed)


def guest_of(world: World) -> str:
    return f"guest@{world.canary}.example"


@pytest.mark.parametrize("where", ASKS)
def test_known_and_unknown_addresses_get_the_same_answer_and_take_the_same_steps(
    alpha: World, visitor: Come, where: str
) -> None:
    known, unknown = ask(visitor(), where, guest_of(alpha)), ask(visitor(), where, NEW)
    assert (known.status, unknown.status) == (200, 200)
    assert known.text.replace(guest_of(alpha), "X") == unknown.text.replace(NEW, "X")
    assert [len(letters_to(alpha, each)) for each in (guest_of(alpha), NEW)] == [1, 1]
    with tenant_context(alpha.tenant):
        assert MailedLink.objects.count() == 2
        assert not User.objects.filter(email=NEW).exists()


def test_link_signs_in_once_and_in_another_browser(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/login/link/", guest_of(alpha).upper())
    path = path_to(alpha, guest_of(alpha))
    other = visitor()
    assert pressed(other, path).path == "/bookings/"
    third = visitor()
    again = third.open(path)
    assert (again.status, "This link is over" in again.text) == (410, True)
    assert third.open("/bookings/").path.startswith("/login/")
    with tenant_context(alpha.tenant):
        assert User.objects.get(email=guest_of(alpha)).verified_at is not None


def test_browser_may_say_where_the_form_behind_a_link_comes_from(alpha: World, visitor: Come) -> None:
    """Without a referrer Chromium sends `Origin: null`, and every mailed link would end in a 403 (Fetch, "append a
    request Origin header"). Towards other sites the address is kept to oneself."""
    ask(visitor(), "/login/link/", guest_of(alpha))
    answer = Client(HTTP_HOST=alpha.host).get(path_to(alpha, guest_of(alpha)))
    assert (answer.status_code, answer["Referrer-Policy"]) == (200, "same-origin")
    assert "no-referrer" not in answer.content.decode()


def test_looking_at_a_link_uses_nothing_up(alpha: World, visitor: Come) -> None:
    """Scanners of mail open links, also with HEAD."""
    ask(visitor(), "/login/link/", guest_of(alpha))
    path = path_to(alpha, guest_of(alpha))
    scanner = Client(HTTP_HOST=alpha.host)
    assert [scanner.get(path).status_code, scanner.head(path).status_code] == [200, 200]
    with tenant_context(alpha.tenant):
        assert MailedLink.objects.get().used_at is None
    assert pressed(visitor(), path).path == "/bookings/"


def test_pressing_takes_the_csrf_token(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/login/link/", guest_of(alpha))
    path = path_to(alpha, guest_of(alpha))
    assert Client(HTTP_HOST=alpha.host, enforce_csrf_checks=True).post(path).status_code == 403
    with tenant_context(alpha.tenant):
        assert MailedLink.objects.get().used_at is None


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (15, 410)])
def test_link_is_good_for_a_quarter_of_an_hour_by_the_databases_clock(
    alpha: World, visitor: Come, minutes: int, status: int
) -> None:
    ask(visitor(), "/login/link/", guest_of(alpha))
    with tenant_context(alpha.tenant):
        MailedLink.objects.update(expires_at=F("expires_at") - timedelta(minutes=minutes))
    assert visitor().open(path_to(alpha, guest_of(alpha))).status == status


def test_link_of_one_tenant_is_nobodys_at_another(alpha: World, beta: World, visitor: Come) -> None:
    """T09"""
    ask(visitor(), "/login/link/", guest_of(alpha))
    elsewhere = Visitor(beta.host)
    path = path_to(alpha, guest_of(alpha))
    assert elsewhere.open(path).status == 404
    assert elsewhere.client.post(path, {}, headers={"X-CSRFToken": elsewhere_token(elsewhere)}).status_code == 404
    with tenant_context(alpha.tenant):
        digests = list(MailedLink.objects.values_list("digest", flat=True))
        assert path.split("/")[-2] not in digests
    with tenant_context(beta.tenant):  # not even where the row itself were copied
        now = database_now()
        MailedLink.objects.create(
            digest=digests[0],
            purpose="sign_in",
            email=NEW,
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
    assert elsewhere.open(path).status == 404


def elsewhere_token(someone: Visitor) -> str:
    someone.open("/login/")
    return str(someone.client.cookies["csrftoken"].value)


def test_link_leads_to_the_tenants_own_host_whatever_the_request_said(alpha: World) -> None:
    """T16"""
    client = Client(HTTP_HOST=alpha.host.upper() + ":8000", HTTP_X_FORWARDED_HOST="evil.example")
    assert client.post("/login/password/", {"email": guest_of(alpha)}).status_code == 200
    assert link_to(alpha, guest_of(alpha)).startswith(f"http://{alpha.host}/account/link/")


def test_session_is_another_one_after_signing_in(alpha: World, visitor: Come) -> None:
    """Fixation: what somebody planted before opens nothing."""
    someone = visitor()
    with tenant_context(alpha.tenant):
        planted = someone.client.session
        planted["holder"] = "0" * 32
        planted.save()
    before = someone.client.cookies["sessionid"].value
    ask(someone, "/login/link/", guest_of(alpha))
    pressed(someone, path_to(alpha, guest_of(alpha)))
    assert someone.client.cookies["sessionid"].value != before
    thief = visitor()
    thief.client.cookies["sessionid"] = before
    assert thief.open("/bookings/").path.startswith("/login/")


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/bookings/cards/", "/account/"),
        ("https://evil.example/", "/bookings/"),
        ("//evil.example/", "/bookings/"),
        ("/\\evil.example", "/bookings/"),
        ("javascript:alert(1)", "/bookings/"),
    ],
)
def test_link_leads_on_to_this_host_only(alpha: World, visitor: Come, wanted: str, path: str) -> None:
    """T28"""
    someone = visitor()
    page = someone.open("/login/link/")
    good = "/account/" if wanted.startswith("/bookings") else wanted
    someone.send(page, page.form_with("email"), email=guest_of(alpha), next=good)
    assert pressed(someone, path_to(alpha, guest_of(alpha))).path == path


def test_an_address_that_cannot_be_kept_is_a_mistake_and_none_of_ours(alpha: World, visitor: Come) -> None:
    """NUL is what no text of PostgreSQL can have in it."""
    someone = visitor()
    page = someone.open("/login/link/")
    sent = someone.send(page, page.form_with("email"), email=guest_of(alpha), next="/account/\x00")
    assert (sent.status, "makes no sense here" in sent.text) == (400, True)
    assert not letters_to(alpha, guest_of(alpha))


def test_who_is_closed_gets_a_letter_without_a_way_in(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        User.objects.filter(email=guest_of(alpha)).update(is_active=False)
    for where in ("/login/link/", "/login/password/", "/signup/"):
        assert ask(visitor(), where, guest_of(alpha)).status == 200
    told = letters_to(alpha, guest_of(alpha))
    assert [("closed" in letter.text, "/account/link/" in letter.text) for letter in told] == [(True, False)] * 3


def test_account_closed_after_the_letter_stays_closed(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/login/link/", guest_of(alpha))
    with tenant_context(alpha.tenant):
        User.objects.filter(email=guest_of(alpha)).update(is_active=False)
    assert visitor().open(path_to(alpha, guest_of(alpha))).status == 410


def test_signing_up_makes_the_account_when_the_button_is_pressed(alpha: World, visitor: Come) -> None:
    """Nobody can prepare an account with a password of their own for somebody else's address."""
    someone = visitor()
    ask(someone, "/signup/", NEW)
    with tenant_context(alpha.tenant):
        assert not User.objects.filter(email=NEW).exists()
    page = pressed(visitor(), path_to(alpha, NEW), name="Nora New", password=PASSWORD)
    assert page.path == "/bookings/"
    with tenant_context(alpha.tenant):
        made = User.objects.get(email=NEW)
        assert (made.name, made.role, made.check_password(PASSWORD)) == ("Nora New", "customer", True)
        assert made.verified_at is not None
    assert visitor().sign_in(NEW, PASSWORD).path == "/bookings/"


def test_an_account_needs_no_password(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/signup/", NEW)
    assert pressed(visitor(), path_to(alpha, NEW), name="Nora", password="").path == "/bookings/"
    with tenant_context(alpha.tenant):
        assert not User.objects.get(email=NEW).has_usable_password()


@pytest.mark.parametrize("weak", ["short", "password123", "nora@example.org"])
def test_a_weak_password_is_refused_and_the_link_stays_good(alpha: World, visitor: Come, weak: str) -> None:
    ask(visitor(), "/signup/", NEW)
    path = path_to(alpha, NEW)
    refused = pressed(visitor(), path, name="Nora", password=weak)
    assert (refused.status, 'role="alert"' in refused.html) == (400, True)
    with tenant_context(alpha.tenant):
        assert not User.objects.filter(email=NEW).exists()
    assert pressed(visitor(), path, name="Nora", password=PASSWORD).path == "/bookings/"


def test_who_has_an_account_is_told_so_and_let_in(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/signup/", guest_of(alpha))
    assert "you have one already" in letters_to(alpha, guest_of(alpha))[0].text
    assert pressed(visitor(), path_to(alpha, guest_of(alpha))).path == "/bookings/"
    with tenant_context(alpha.tenant):
        assert User.objects.get(email=guest_of(alpha)).check_password(PASSWORD)


def test_two_links_that_sign_up_make_one_account(alpha: World, visitor: Come) -> None:
    paths = []
    for _ in range(2):
        ask(visitor(), "/signup/", NEW)
        paths.append(path_to(alpha, NEW))
    pressed(visitor(), paths[0], name="First", password=PASSWORD)
    assert pressed(visitor(), paths[1], name="Second", password="another-good-horse").path == "/bookings/"
    with tenant_context(alpha.tenant):
        made = User.objects.get(email=NEW)
        assert (made.name, made.check_password(PASSWORD)) == ("First", True)


def test_who_is_blocked_by_the_address_is_blocked_with_the_new_account(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        CustomerFile.objects.create(email=NEW, blocked_at=database_now())
    ask(visitor(), "/signup/", NEW)
    pressed(visitor(), path_to(alpha, NEW), name="Nora", password="")
    with tenant_context(alpha.tenant):
        file = CustomerFile.objects.get(email=NEW)
        assert file.customer is not None
        assert file.customer.email == NEW


def test_unknown_address_is_mailed_a_way_to_an_account(alpha: World, visitor: Come) -> None:
    ask(visitor(), "/login/link/", NEW)
    assert "there is no account with it yet" in letters_to(alpha, NEW)[0].text
    assert pressed(visitor(), path_to(alpha, NEW), name="Nora", password="").path == "/bookings/"


def test_a_new_password_ends_all_sessions_and_links_and_is_told(alpha: World, visitor: Come) -> None:
    thief = visitor("guest")
    ask(visitor(), "/login/link/", guest_of(alpha))
    other = path_to(alpha, guest_of(alpha))
    ask(visitor(), "/login/password/", guest_of(alpha))
    someone = visitor()
    done = pressed(someone, path_to(alpha, guest_of(alpha)), password="another-good-horse")
    assert done.path == "/bookings/"
    assert thief.open("/bookings/").path.startswith("/login/")
    assert visitor().open(other).status == 404
    assert "was changed" in letters_to(alpha, guest_of(alpha))[0].subject
    assert visitor().sign_in(guest_of(alpha), "another-good-horse").path == "/bookings/"
    assert "do not fit together" in visitor().sign_in(guest_of(alpha), PASSWORD).text


def test_link_for_one_thing_does_no_other(alpha: World, visitor: Come) -> None:
    """A link that signs in chooses no password, whatever is sent along."""
    ask(visitor(), "/login/link/", guest_of(alpha))
    someone = visitor()
    page = someone.open(path_to(alpha, guest_of(alpha)))
    form = next(each for each in page.forms if not each.action)
    someone.send(page, form, password="another-good-horse", purpose="password")
    with tenant_context(alpha.tenant):
        assert User.objects.get(email=guest_of(alpha)).check_password(PASSWORD)


@pytest.mark.parametrize("email", ["guest@canaryalphaq7.example", NEW])
def test_letters_to_one_address_are_counted_whoever_asks(
    alpha: World, visitor: Come, settings: object, email: str
) -> None:
    """Nobody's mailbox is filled from here; the limit does not tell who has an account either."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "letter.caller": "2/900"}  # type: ignore[attr-defined]
    statuses = [ask(visitor(), where, email).status for where in ("/login/link/", "/signup/", "/login/password/")]
    assert statuses == [200, 200, 429]
    assert len(letters_to(alpha, email)) == 2
    assert ask(visitor(), "/login/link/", f"other-{email}").status == 200


@pytest.mark.parametrize("where", ASKS)
def test_programs_that_fill_in_everything_get_no_letter(alpha: World, visitor: Come, where: str) -> None:
    someone = visitor()
    page = someone.open(where)
    answer = someone.send(page, page.form_with("email"), email=NEW, name="Bot", website="https://spam.example")
    assert answer.status == 400
    assert not OutgoingMail.objects.exists()


def test_nothing_of_a_link_is_kept_but_a_digest(alpha: World, visitor: Come) -> None:
    """And the letter's text is gone once it was sent."""
    ask(visitor(), "/login/link/", guest_of(alpha))
    token = path_to(alpha, guest_of(alpha)).split("/")[-2]
    assert len(token) == 43
    with tenant_context(alpha.tenant):
        row = MailedLink.objects.values().get()
        assert token not in str(row)
        assert Session.objects.filter(session_data__contains=token).count() == 0
