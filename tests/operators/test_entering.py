"""Operators sign in with two factors or not at all, from where they may, and for half a day at most."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pyotp
import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client

from accounts import codes, recovery, whereabouts
from accounts.models import Authenticator, Passkey, Role, Session, User
from operators.models import Operator, OperatorAct, Rank
from tenants.models import OutgoingMail
from tests.authenticator import Authenticator as Key
from tests.flows.pages import Form, Page, Visitor
from tests.operating import PLATFORM, code_of, make_operator, session_of, sign_in
from tests.worlds import PASSWORD

pytestmark = pytest.mark.django_db
EMAIL = "olga@forecourt.example"
CODES = re.compile(r"\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b")


def is_in(someone: Visitor) -> bool:
    return someone.open("/operators/").path == "/operators/"


def acts() -> list[tuple[str, str, str]]:
    return list(OperatorAct.objects.order_by("pk").values_list("kind", "email", "about"))


def told() -> list[str]:
    """First line of each of the letters that were posted to the operator, in the platform's own name."""
    rows = OutgoingMail.objects.filter(schema_name="public", to=EMAIL, subject="Your sign-in at Forecourt was changed")
    return [row.text.splitlines()[0] for row in rows.order_by("pk")]


def say(*words: str) -> str:
    out = StringIO()
    call_command("operator", *words, stdout=out)
    return out.getvalue()


def test_password_alone_opens_nothing_and_the_code_does() -> None:
    make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    asked = someone.sign_in(EMAIL, PASSWORD)
    assert asked.path == "/login/code/"
    for path in ("/operators/", "/operators/clock/", "/account/"):
        assert someone.open(path).path.startswith("/login/")
    wrong = someone.send(asked, asked.form_with("code"), code="000000")
    assert wrong.status == 400
    assert not is_in(someone)
    done = someone.send(wrong, wrong.form_with("code"), code=code_of(EMAIL))
    assert done.path == "/operators/"


def test_who_never_had_one_is_led_to_enrolment_and_to_nothing_else() -> None:
    make_operator(EMAIL, has_phone=False)
    someone = Visitor(PLATFORM)
    page = someone.sign_in(EMAIL, PASSWORD)
    assert page.path == "/account/two-factor/"
    assert "Nobody runs the platform by a password alone." in page.text
    for path in ("/operators/", "/operators/clock/", "/account/", "/account/sessions/", "/account/password/"):
        assert someone.open(path).path == "/account/two-factor/"
    page = someone.open("/account/two-factor/app/")
    found = re.search(r'select-all">([A-Z2-7 ]+)<', page.html)
    assert found
    shown = pyotp.TOTP(found[1].replace(" ", "")).now()
    done = someone.send(page, page.form_with("code"), code=shown)
    assert len(set(CODES.findall(done.text))) == recovery.COUNT
    assert done.link("/operators/") == "/operators/"
    assert is_in(someone)
    assert acts() == [("authenticator_added", EMAIL, EMAIL)]


def test_half_a_session_enrols_nothing_where_there_is_a_factor_already() -> None:
    """Else a password would be enough to add a second phone."""
    user = make_operator(EMAIL, has_phone=False)
    Passkey.objects.create(user=user, credential_id="x", public_key=b"x", name="Key", created_at=user.created_at)
    someone = Visitor(PLATFORM)
    page = someone.sign_in(EMAIL, PASSWORD)
    assert "sign in with your passkey" in page.text
    assert someone.open("/account/two-factor/app/").path.startswith("/login/")
    assert not Authenticator.objects.exists()


def test_recovery_code_lets_in_once() -> None:
    kept = recovery.make(make_operator(EMAIL))
    for status in (200, 400):
        someone = Visitor(PLATFORM)
        page = someone.sign_in(EMAIL, PASSWORD)
        assert someone.send(page, page.form_with("code"), code=kept[0]).status == status
        assert is_in(someone) == (status == 200)


def test_passkey_alone_is_both_factors() -> None:
    make_operator(EMAIL)
    someone, key = Visitor(PLATFORM), Key(PLATFORM, f"http://{PLATFORM}")
    sign_in(someone, EMAIL)
    made = _answered(someone, "/account/passkeys/options/", "/account/passkeys/new/", key.made)
    assert made.status_code == 201
    other = Visitor(PLATFORM)
    other.open("/login/")
    entered = _answered(other, "/login/passkey/options/", "/login/passkey/", key.signed)
    assert (entered.status_code, entered.json()) == (200, {"next": "/operators/"})
    assert is_in(other)
    assert acts() == [("passkey_added", EMAIL, EMAIL)]
    assert told() == ["A passkey was added."]


def test_last_factor_is_not_removed() -> None:
    user = make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    page = someone.open("/account/two-factor/remove/")
    refused = someone.send(page, _own(page))
    assert "You are to have a second factor here." in refused.text
    assert codes.of(user) is not None
    key = Passkey.objects.create(user=user, credential_id="x", public_key=b"x", name="Key", created_at=user.created_at)
    someone.send(page, _own(page))
    assert codes.of(user) is None
    page = someone.open("/account/passkeys/")
    refused = someone.send(page, page.form(f"/{key.pk}/remove/"))
    assert "You are to have a second factor here." in refused.text
    assert Passkey.objects.filter(pk=key.pk).exists()


def test_who_is_no_operator_is_nobody_even_with_both_factors() -> None:
    user = make_operator(EMAIL)
    User.objects.filter(pk=user.pk).update(role=Role.CUSTOMER)
    client = Client(headers={"Host": PLATFORM}, HTTP_COOKIE=f"sessionid={session_of(user)}")
    assert client.get("/operators/").status_code == 302
    assert client.get("/account/sessions/").status_code == 302


@pytest.mark.parametrize(
    ("column", "age", "is_over"),
    [
        ("since", timedelta(hours=12), True),
        ("since", timedelta(hours=12) - timedelta(seconds=30), False),
        ("seen_at", timedelta(hours=1), True),
        ("seen_at", timedelta(minutes=59), False),
    ],
)
def test_session_lasts_twelve_hours_and_rests_one(column: str, age: timedelta, is_over: bool) -> None:
    user = make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    assert is_in(someone)
    Session.objects.filter(user_id=user.pk).update(**{column: F(column) - age})
    request: Any = type("Asking", (), {"session": type("None", (), {"session_key": ""})()})()
    assert bool(list(whereabouts.of(user, request))) == (not is_over)
    assert is_in(someone) == (not is_over)


def test_fifth_wrong_password_locks_the_right_one_out() -> None:
    make_operator(EMAIL)

    def status(password: str) -> int:
        client = Client(headers={"Host": PLATFORM})
        return client.post("/login/", {"username": EMAIL, "password": password}).status_code

    assert [status("wrong-password") for _ in range(5)] == [200, 200, 200, 200, 429]
    assert status(PASSWORD) == 429
    assert AccessAttempt.objects.get().username == EMAIL


def test_after_five_wrong_codes_the_right_one_is_too_late(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_factor.caller": "5/900"}
    cache.clear()  # another test's operator may have had the number
    make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    page = someone.sign_in(EMAIL, PASSWORD)
    form = page.form_with("code")
    assert [someone.send(page, form, code="000000").status for _ in range(6)] == [400, 400, 400, 400, 400, 429]
    assert someone.send(page, form, code=code_of(EMAIL)).status == 429


PRIVATE = [
    "/operators/",
    "/operators",
    "/operators/clock/",
    "/login/",
    "/login/code/",
    "/account/",
    "/account/two-factor/",
]


@pytest.mark.parametrize("path", PRIVATE)
def test_from_elsewhere_operators_pages_are_not_there(path: str, settings: Any) -> None:
    """T18."""
    session = session_of(make_operator(EMAIL))
    settings.OPERATOR_NETWORKS = ["10.0.0.0/8", "2001:db8::/32"]

    def status(address: str, **more: str) -> int:
        client = Client(headers={"Host": PLATFORM, **more}, REMOTE_ADDR=address, HTTP_COOKIE=f"sessionid={session}")
        return client.get(path, follow=False).status_code

    assert [status(each) for each in ("192.0.2.1", "2001:db9::1", "not an address", "")] == [404] * 4
    assert status("192.0.2.1", **{"X-Forwarded-For": "10.1.2.3"}) == 404
    assert {status(each) for each in ("10.1.2.3", "2001:db8::7", "::ffff:10.1.2.3")} <= {200, 301, 302, 308}
    settings.PROXIES = 1
    assert status("192.0.2.1", **{"X-Forwarded-For": "10.1.2.3"}) != 404


def test_everybody_sees_the_public_pages_from_elsewhere(settings: Any) -> None:
    settings.OPERATOR_NETWORKS = ["10.0.0.0/8"]
    client = Client(headers={"Host": PLATFORM}, REMOTE_ADDR="192.0.2.1")
    assert client.get("/").status_code == 200
    assert client.post("/login/", {"username": EMAIL, "password": PASSWORD}).status_code == 404


def test_lost_phone_is_forgotten_by_the_machine() -> None:
    user = make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    assert "sets up two-factor sign-in at the next sign-in" in say(EMAIL, "--reset-second-factor")
    assert told() == ["Your app for codes, your recovery codes and your passkeys were removed."]
    assert not is_in(someone)
    assert codes.of(user) is None
    assert Visitor(PLATFORM).sign_in(EMAIL, PASSWORD).path == "/account/two-factor/"
    assert acts() == [("second_factor_reset", "", EMAIL)]


def test_lost_password_is_made_anew_by_the_machine() -> None:
    make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    password = say(EMAIL, "--new-password").removeprefix("Password: ").strip()
    assert told() == ["Your password was changed."]
    assert not is_in(someone)
    assert Visitor(PLATFORM).sign_in(EMAIL, PASSWORD).path == "/login/"
    assert Visitor(PLATFORM).sign_in(EMAIL, password).path == "/login/code/"
    assert acts() == [("operator", "", f"{EMAIL}: new password")]
    assert password not in str(acts())


def test_who_is_gone_is_out_at_once() -> None:
    make_operator(EMAIL)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    say(EMAIL, "--gone")
    assert not is_in(someone)
    assert Visitor(PLATFORM).sign_in(EMAIL, PASSWORD).path == "/login/"


@pytest.mark.parametrize("act", ["--gone", "--reset-second-factor", "--new-password"])
def test_nobody_is_not_made_by_mistake(act: str) -> None:
    with pytest.raises(CommandError, match=r"There is no operator nobody@forecourt\.example"):
        say("nobody@forecourt.example", act)
    assert not Operator.objects.exists()
    assert acts() == []


def test_own_page_leads_to_all_of_it() -> None:
    make_operator(EMAIL, Rank.FINANCE)
    someone = Visitor(PLATFORM)
    sign_in(someone, EMAIL)
    page = someone.open("/account/")
    assert "Finance" in page.text
    for path in ("/account/password/", "/account/passkeys/", "/account/two-factor/", "/account/sessions/"):
        assert someone.open(page.link(path)).status == 200
    page = someone.open("/account/password/")
    changed = someone.send(page, page.form_with("current"), current=PASSWORD, password="an-entirely-new-phrase")
    assert "Your password is changed." in changed.text
    assert ("password_changed", EMAIL, EMAIL) in acts()
    assert told() == ["Your password was changed."]


def test_one_ends_sessions_elsewhere() -> None:
    make_operator(EMAIL)
    here, there = Visitor(PLATFORM), Visitor(PLATFORM)
    for each in (here, there):
        sign_in(each, EMAIL)
    page = here.open("/account/sessions/")
    other = next(form for form in page.forms_to("/end/") if "this one" not in _line_of(page, form.action))
    here.send(page, other)
    assert [is_in(here), is_in(there)] in ([True, False], [False, True])
    if is_in(here):
        page = here.open("/account/")
        here.send(page, page.form("/elsewhere/"))
        assert is_in(here)


def _own(page: Page) -> Form:
    return next(form for form in page.forms if form.method == "post" and not form.action)


def _line_of(page: Page, action: str) -> str:
    return page.html.partition(action)[0].rpartition("<li")[2]


def _answered(someone: Visitor, options: str, answer: str, say: Callable[[str], Any]) -> Any:
    headers = {"X-CSRFToken": someone.client.cookies["csrftoken"].value}
    asked = someone.client.post(options, headers=headers)
    body = {"credential": say(asked.json()["challenge"]), "name": "Key"}
    return someone.client.post(answer, body, content_type="application/json", headers=headers)
