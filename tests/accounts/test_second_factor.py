"""The second factor over HTTP: set up, asked for, lost; and what half a sign-in opens, which is nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django_tenants.utils import tenant_context

from accounts import codes, halfway, recovery
from accounts.models import Authenticator, RecoveryCode, Session, User
from accounts.sessions import SessionStore
from kernel.errors import Invalid
from outside import vault
from schemas.clock import database_now
from tests.flows.pages import Page, Visitor
from tests.isolation.scene import Caller, furnish_bookings, send, values
from tests.letters import letters_to, path_to
from tests.routes import tenant_routes
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
CODES = re.compile(r"\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b")


@pytest.fixture(autouse=True)
def tolerant(settings: Any) -> None:
    """Of guesses there are enough, but where a test says how many."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_factor.caller": "100/900", "wrong_factor.address": "100/900"}


def secret_on(page: Page) -> str:
    found = re.search(r'select-all">([A-Z2-7 ]+)<', page.html)
    assert found, page.text
    return found[1].replace(" ", "")


def shown_by(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).at(int(database_now().timestamp()) + 30 * steps)


def switched_on(someone: Visitor) -> tuple[str, list[str]]:
    """Set an app up; answers its secret and the recovery codes."""
    page = someone.open("/account/two-factor/app/")
    secret = secret_on(page)
    done = someone.send(page, page.form_with("code"), code=shown_by(secret, steps=-1))
    assert done.status == 200, done.text
    return secret, CODES.findall(done.text)


def kept(world: World, someone: Visitor, **changes: Any) -> Any:
    """What the visitor's session holds, after these changes."""
    with tenant_context(world.tenant):
        session = SessionStore(someone.client.cookies["sessionid"].value)
        if changes:
            session.update(changes)
            session.save()
        return dict(session.items())


def is_in(someone: Visitor) -> bool:
    return someone.open("/account/").path == "/account/"


def test_set_up_by_the_apps_first_code_gives_ten_codes_once_and_is_told(alpha: World, visitor: Come) -> None:
    guest, elsewhere = visitor("guest"), visitor("guest")
    page = guest.open("/account/two-factor/app/")
    secret = secret_on(page)
    assert secret_on(guest.open("/account/two-factor/app/")) == secret
    wrong = guest.send(page, page.form_with("code"), code="000000")
    assert wrong.status == 400
    assert "not right" in wrong.text
    with tenant_context(alpha.tenant):
        assert not Authenticator.objects.exists()
    done = guest.send(wrong, wrong.form_with("code"), code=shown_by(secret))
    found = CODES.findall(done.text)
    assert len(set(found)) == 10
    with tenant_context(alpha.tenant):
        row = Authenticator.objects.get()
        assert secret not in row.sealed
        assert vault.unseal(row.sealed) == secret
        kept = set(RecoveryCode.objects.values_list("digest", flat=True))
        assert kept == {recovery.digest_of(code) for code in found}
        assert not kept & set(found)
    assert letters_to(alpha, f"guest@{alpha.canary}.example")[0].subject.endswith("asks for a code from now on")
    assert not CODES.search(guest.open("/account/two-factor/").text)
    assert is_in(guest)
    assert not is_in(elsewhere)


def test_password_alone_signs_nobody_in_and_the_code_does(alpha: World, visitor: Come) -> None:
    secret, _codes = switched_on(visitor("guest"))
    someone = visitor()
    page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    assert page.path == "/login/code/"
    assert not is_in(someone)
    wrong = someone.send(page, page.form_with("code"), code="123456")
    assert wrong.status == 400
    assert not is_in(someone)
    done = someone.send(wrong, wrong.form_with("code"), code=shown_by(secret))
    assert done.path == "/bookings/"
    assert is_in(someone)


def test_mailed_link_asks_for_the_code_too_and_leads_on(alpha: World, visitor: Come) -> None:
    secret, _codes = switched_on(visitor("guest"))
    someone, email = visitor(), f"guest@{alpha.canary}.example"
    page = someone.open("/login/link/?next=/account/data/")
    someone.send(page, page.form_with("email"), email=email)
    link = someone.open(path_to(alpha, email))
    asked = someone.send(link, link.form_with("csrfmiddlewaretoken"))
    assert asked.path == "/login/code/"
    assert not is_in(someone)
    assert someone.send(asked, asked.form_with("code"), code=shown_by(secret)).path == "/account/data/"


def test_new_password_by_mail_is_no_way_around_the_code(alpha: World, visitor: Come) -> None:
    switched_on(visitor("guest"))
    someone, email = visitor(), f"guest@{alpha.canary}.example"
    page = someone.open("/login/password/")
    someone.send(page, page.form_with("email"), email=email)
    link = someone.open(path_to(alpha, email))
    asked = someone.send(link, link.form_with("password"), password="an-entirely-new-phrase")
    assert asked.path == "/login/code/"
    assert not is_in(someone)


def test_code_is_taken_once(alpha: World, visitor: Come) -> None:
    secret, _codes = switched_on(visitor("guest"))
    code = shown_by(secret, steps=1)  # is good for half a minute more, should signing in take that long
    for opens in (True, False):
        someone = visitor()
        page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
        someone.send(page, page.form_with("code"), code=code)
        assert is_in(someone) is opens


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_may_be_a_half_minute_wrong(in_alpha: World, steps: int, is_taken: bool) -> None:
    user = User.objects.get(pk=in_alpha.users["guest"])
    secret = codes.new_secret()
    row = Authenticator.objects.create(user=user, sealed=vault.seal(secret), created_at=database_now())
    now = database_now()
    code = pyotp.TOTP(secret).at(int(now.timestamp()) + 30 * steps)
    assert (codes._step_of(secret, code, now, after=row.last_step) is not None) is is_taken


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345"])
def test_what_is_no_code_is_wrong(in_alpha: World, typed: str) -> None:
    user = User.objects.get(pk=in_alpha.users["guest"])
    with pytest.raises(Invalid):
        codes.set_up(user, codes.new_secret(), typed)
    assert not Authenticator.objects.exists()


def test_code_with_blanks_is_the_code(in_alpha: World) -> None:
    user, secret = User.objects.get(pk=in_alpha.users["guest"]), codes.new_secret()
    code = shown_by(secret)
    codes.set_up(user, secret, f" {code[:3]} {code[3:]} ")
    assert not codes.use(user, code)
    assert codes.use(user, shown_by(secret, steps=1))


def test_recovery_code_lets_in_once_however_it_is_spelt(alpha: World, visitor: Come) -> None:
    _secret, made = switched_on(visitor("guest"))
    for opens in (True, False):
        someone = visitor()
        page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
        someone.send(page, page.form_with("code"), code=made[0].upper().replace("-", " "))
        assert is_in(someone) is opens
    with tenant_context(alpha.tenant):
        assert recovery.left(User.objects.get(pk=alpha.users["guest"])) == 9


def test_new_codes_void_those_of_before(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    _secret, before = switched_on(guest)
    page = guest.open("/account/two-factor/")
    after = CODES.findall(guest.send(page, page.form("/codes/")).text)
    assert len(after) == 10
    assert not set(after) & set(before)
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
        assert not recovery.use(user, before[1])
        assert recovery.use(user, after[1])


def test_recovery_code_of_somebody_else_is_wrong(alpha: World, visitor: Come) -> None:
    _secret, theirs = switched_on(visitor("stranger"))
    switched_on(visitor("guest"))
    someone = visitor()
    page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    assert someone.send(page, page.form_with("code"), code=theirs[0]).status == 400


def test_after_five_wrong_codes_the_right_one_waits(alpha: World, visitor: Come, settings: Any) -> None:
    secret, made = switched_on(visitor("guest"))
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_factor.caller": "5/900"}
    someone = visitor()
    page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    form = page.form_with("code")
    assert [someone.send(page, form, code="000000").status for _each in range(5)] == [400] * 5
    assert someone.send(page, form, code=shown_by(secret)).status == 429
    assert someone.send(page, form, code=made[0]).status == 429
    assert not is_in(someone)


def test_removing_it_asks_once_more_and_needs_a_fresh_sign_in(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    switched_on(guest)
    page = guest.open("/account/two-factor/remove/")
    [form] = [each for each in page.forms if not each.action and each.method == "post"]
    guest.send(page, form)
    with tenant_context(alpha.tenant):
        assert not Authenticator.objects.exists()
        assert not RecoveryCode.objects.exists()
    old = visitor("guest")
    kept(alpha, old, signed_in_at=(database_now() - timedelta(minutes=16)).isoformat())
    assert old.open("/account/two-factor/app/").path.startswith("/login/")
    assert old.open("/account/two-factor/remove/").path.startswith("/login/")


def test_half_a_sign_in_is_over_after_ten_minutes_and_with_another_password(alpha: World, visitor: Come) -> None:
    secret, _codes = switched_on(visitor("guest"))
    someone = visitor()
    someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    pk, proof, _until, wanted = kept(alpha, someone)[halfway.KEY]
    kept(alpha, someone, **{halfway.KEY: [pk, proof, database_now().isoformat(), wanted]})
    assert someone.open("/login/code/").path == "/login/"
    page = someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
        user.set_password("an-entirely-new-phrase")
        user.save()
    assert someone.send(page, page.form_with("code"), code=shown_by(secret)).path == "/login/"
    assert not is_in(someone)


def test_who_went_halfway_in_was_given_another_session(alpha: World, visitor: Come) -> None:
    switched_on(visitor("guest"))
    someone = visitor()
    someone.open("/venues/main/court-1/")
    with tenant_context(alpha.tenant):
        planted = SessionStore()
        planted["planted"] = True
        planted.create()
    someone.client.cookies["sessionid"] = str(planted.session_key)
    someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    assert someone.client.cookies["sessionid"].value != planted.session_key
    with tenant_context(alpha.tenant):
        assert halfway.KEY not in Session.objects.get(pk=planted.session_key).get_decoded()


@pytest.fixture
def furnished(alpha: World) -> World:
    furnish_bookings(alpha)
    return alpha


HALF_WAY_PAGES = {"/login/", "/login/code/", "/logout/", "/language/"}


def test_half_a_sign_in_opens_nothing_that_nobody_may_open(furnished: World, visitor: Come) -> None:
    """Every route, pages and API, answers the owner who has proved one factor as it answers nobody at all."""
    with tenant_context(furnished.tenant):
        Authenticator.objects.create(
            user_id=furnished.users["owner"], sealed=vault.seal(codes.new_secret()), created_at=database_now()
        )
    half = visitor()
    assert half.sign_in(f"owner@{furnished.canary}.example", PASSWORD).path == "/login/code/"
    nobody = Caller(furnished.host)
    halfway_in = Caller(furnished.host, session=half.client.cookies["sessionid"].value)
    known, differs = values(furnished, furnished), []
    for route in tenant_routes():
        if route.path in HALF_WAY_PAGES or any(name not in known for name, _kind in route.converters):
            continue
        for method in route.methods:
            one, other = (send(who, route, method, route.filled(known), {}) for who in (nobody, halfway_in))
            if (one.status_code, one.get("Location")) != (other.status_code, other.get("Location")):
                differs.append(f"{method} {route}: {one.status_code} {other.status_code}")
    assert differs == []
