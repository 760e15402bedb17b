"""Passkeys over HTTP, with an authenticator made of software: made, signed in with, and what must not work."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import Passkey, User
from accounts.sessions import SessionStore
from schemas.clock import database_now
from tests.authenticator import PRESENT, Authenticator
from tests.flows.pages import Visitor
from tests.letters import letters_to
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def say(someone: Visitor, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    """POST JSON as the page's script does."""
    if "csrftoken" not in someone.client.cookies:
        someone.open("/login/")
    token = someone.client.cookies["csrftoken"].value
    answer = someone.client.post(
        path, json.dumps(body or {}), content_type="application/json", headers={"X-CSRFToken": token}
    )
    return answer.status_code, answer.json()


def key_of(world: World) -> Authenticator:
    """A key for a world's host."""
    return Authenticator(world.host, f"http://{world.host}")


def add(someone: Visitor, key: Authenticator, name: str = "My phone") -> tuple[int, dict[str, Any]]:
    """Make a passkey with a key."""
    _status, asked = say(someone, "/account/passkeys/options/")
    return say(someone, "/account/passkeys/new/", {"credential": key.made(asked["challenge"]), "name": name})


def enter(someone: Visitor, key: Authenticator, wanted: str = "") -> tuple[int, dict[str, Any]]:
    """Sign in with a key."""
    _status, asked = say(someone, "/login/passkey/options/")
    return say(someone, "/login/passkey/", {"credential": key.signed(asked["challenge"]), "next": wanted})


@pytest.fixture
def key(alpha: World, visitor: Come) -> Authenticator:
    """The guest's own."""
    made = key_of(alpha)
    assert add(visitor("guest"), made)[0] == 201
    return made


def is_in(someone: Visitor) -> bool:
    return not someone.open("/account/").path.startswith("/login/")


def test_passkey_signs_in_without_a_name_and_is_told(alpha: World, visitor: Come, key: Authenticator) -> None:
    someone = visitor()
    assert enter(someone, key) == (200, {"next": "/bookings/"})
    assert is_in(someone)
    with tenant_context(alpha.tenant):
        kept = Passkey.objects.get()
        assert (kept.name, kept.sign_count, kept.user_id) == ("My phone", 2, alpha.users["guest"])
    assert "passkey" in letters_to(alpha, f"guest@{alpha.canary}.example")[0].subject


def test_what_is_asked_names_the_host_and_no_person(alpha: World, visitor: Come, key: Authenticator) -> None:
    status, asked = say(visitor(), "/login/passkey/options/")
    assert (status, asked["rpId"], asked["userVerification"]) == (200, alpha.host, "required")
    assert asked.get("allowCredentials", []) == []
    _status, making = say(visitor("guest"), "/account/passkeys/options/")
    assert making["rp"]["id"] == alpha.host
    assert [each["id"] for each in making["excludeCredentials"]] == [key.made("x")["id"]]
    assert "guest" not in making["user"]["id"]


def test_staff_have_passkeys_too(alpha: World, visitor: Come) -> None:
    own = key_of(alpha)
    add(visitor("owner"), own)
    assert enter(visitor(), own) == (200, {"next": "/desk/"})


def test_an_answer_is_good_once(visitor: Come, key: Authenticator) -> None:
    """A replay, in the same session and in another one."""
    someone, other = visitor(), visitor()
    _status, asked = say(someone, "/login/passkey/options/")
    answer = {"credential": key.signed(asked["challenge"])}
    assert say(someone, "/login/passkey/", answer)[0] == 200
    say(other, "/login/passkey/options/")
    for thief in (someone, other, visitor()):
        status, said = say(thief, "/login/passkey/", answer)
        assert (status, said["code"]) in {(400, "challenge_over"), (400, "passkey_refused")}
    assert not is_in(other)


def test_a_challenge_is_over_after_five_minutes_by_the_databases_clock(
    alpha: World, visitor: Come, key: Authenticator
) -> None:
    someone = visitor()
    _status, asked = say(someone, "/login/passkey/options/")
    with tenant_context(alpha.tenant):
        row = SessionStore(someone.client.cookies["sessionid-challenge"].value)
        row["challenge"][2] = database_now().isoformat()
        row.save()
    assert (
        say(someone, "/login/passkey/", {"credential": key.signed(asked["challenge"])})[1]["code"] == "challenge_over"
    )
    assert not is_in(someone)


def test_being_asked_leaves_every_session_alone(alpha: World, visitor: Come, key: Authenticator) -> None:
    """Browsers ask while somebody signs in by password: a late answer must not put another session in its place."""
    stranger = visitor()
    say(stranger, "/login/passkey/options/")
    assert "sessionid" not in stranger.client.cookies
    guest = visitor("guest")
    before = guest.client.cookies["sessionid"].value
    say(guest, "/account/passkeys/options/")
    assert guest.client.cookies["sessionid"].value == before
    asked = guest.client.cookies["sessionid-challenge"]
    assert (asked["httponly"], asked["samesite"], asked["max-age"]) == (True, "Strict", 300)


def test_nobody_makes_a_passkey_with_what_another_was_asked(alpha: World, visitor: Come) -> None:
    guest, owner, own = visitor("guest"), visitor("owner"), key_of(alpha)
    _status, asked = say(guest, "/account/passkeys/options/")
    owner.client.cookies["sessionid-challenge"] = guest.client.cookies["sessionid-challenge"].value
    body = {"credential": own.made(asked["challenge"]), "name": "Theirs"}
    assert say(owner, "/account/passkeys/new/", body)[1]["code"] == "challenge_over"
    with tenant_context(alpha.tenant):
        assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://alpha-sports.localhost.evil.example"},
        {"host": "evil.example"},
        {"host": "localhost"},
        {"flags": PRESENT},
        {"count": 0},
    ],
    ids=str,
)
def test_an_answer_for_elsewhere_or_without_its_person_is_refused(
    alpha: World, visitor: Come, key: Authenticator, wrong: dict[str, Any]
) -> None:
    """Wrong origin, wrong relying party, nobody's finger, and a count that did not grow: a copy."""
    for name, value in wrong.items():
        setattr(key, name, value)
    someone = visitor()
    assert enter(someone, key)[1]["code"] == "passkey_refused"
    assert not is_in(someone)
    with tenant_context(alpha.tenant):
        assert Passkey.objects.get().sign_count == 1


def test_somebody_elses_signature_is_refused(alpha: World, visitor: Come, key: Authenticator) -> None:
    forged = key_of(alpha)
    forged.credential_id = key.credential_id
    assert enter(visitor(), forged)[1]["code"] == "passkey_refused"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credential": "x"},
        {"credential": {}},
        {"credential": {"id": 7, "response": 1}},
        {"credential": {"id": "\x00"}},
        {"credential": {"id": "\ud800"}},
        [],
    ],
    ids=str,
)
def test_nonsense_is_refused_kindly(visitor: Come, body: object) -> None:
    someone = visitor()
    say(someone, "/login/passkey/options/")
    assert say(someone, "/login/passkey/", body)[0] == 400


def test_bottomless_nesting_is_refused_kindly(visitor: Come) -> None:
    someone = visitor()
    say(someone, "/login/passkey/options/")
    token = someone.client.cookies["csrftoken"].value
    answer = someone.client.post(
        "/login/passkey/", "[" * 100_000, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "passkey_refused")


def test_passkey_of_one_tenant_opens_nothing_at_another(
    alpha: World, beta: World, visitor: Come, key: Authenticator
) -> None:
    """T09: even with a row of the same id and key there, for the signature names the host."""
    someone = Visitor(beta.host)
    assert enter(someone, key)[1]["code"] == "passkey_refused"
    with tenant_context(alpha.tenant):
        row = Passkey.objects.values("credential_id", "public_key", "sign_count", "name", "created_at").get()
    with tenant_context(beta.tenant):
        Passkey.objects.create(user_id=beta.users["guest"], **row)
    assert enter(someone, key)[1]["code"] == "passkey_refused"
    assert not is_in(someone)


def test_closed_account_is_not_entered(alpha: World, visitor: Come, key: Authenticator) -> None:
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["guest"]).update(is_active=False)
    assert enter(visitor(), key)[1]["code"] == "passkey_refused"


def test_removed_passkey_opens_nothing(alpha: World, visitor: Come, key: Authenticator) -> None:
    guest = visitor("guest")
    page = guest.open("/account/passkeys/")
    guest.send(page, page.form("/remove/"))
    assert enter(visitor(), key)[1]["code"] == "passkey_refused"


def test_passkeys_of_others_are_not_touched(alpha: World, visitor: Come, key: Authenticator) -> None:
    with tenant_context(alpha.tenant):
        number = Passkey.objects.get().pk
    stranger = visitor("stranger")
    page = stranger.open("/account/")
    token = page.form_with("csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
    for act in ("remove", "name"):
        answer = stranger.client.post(f"/account/passkeys/{number}/{act}/", {"csrfmiddlewaretoken": token, "name": "x"})
        assert answer.status_code == 404
    with tenant_context(alpha.tenant):
        assert Passkey.objects.get().name == "My phone"


def test_a_second_passkey_and_its_name(alpha: World, visitor: Come, key: Authenticator) -> None:
    guest = visitor("guest")
    second = key_of(alpha)
    assert add(guest, second, "  Work \n laptop " + "x" * 100)[0] == 201
    with tenant_context(alpha.tenant):
        assert [each.name for each in Passkey.objects.order_by("pk")] == ["My phone", ("Work laptop " + "x" * 100)[:60]]
    assert enter(visitor(), second)[0] == 200
    assert enter(visitor(), key)[0] == 200


def test_the_same_key_cannot_be_somebody_elses_too(alpha: World, visitor: Come, key: Authenticator) -> None:
    assert add(visitor("stranger"), key)[1]["code"] == "passkey_refused"


def test_making_one_asks_for_a_recent_sign_in(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    with tenant_context(alpha.tenant):
        session = guest.client.session
        session["signed_in_at"] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()
    assert say(guest, "/account/passkeys/options/")[1]["code"] == "sign_in_again"
    assert "Sign in again to add one" in guest.open("/account/passkeys/").text


def test_signing_in_leads_to_this_host_only(visitor: Come, key: Authenticator) -> None:
    """T28"""
    assert enter(visitor(), key, "//evil.example/")[1]["next"] == "/bookings/"
    assert enter(visitor(), key, "/account/")[1]["next"] == "/account/"


def test_signing_in_takes_the_csrf_token(visitor: Come, key: Authenticator) -> None:
    someone = visitor()
    answer = someone.client.post("/login/passkey/options/", "{}", content_type="application/json")
    assert answer.status_code == 403


def test_session_is_another_one(alpha: World, visitor: Come, key: Authenticator) -> None:
    someone = visitor()
    with tenant_context(alpha.tenant):
        planted = someone.client.session
        planted["holder"] = "0" * 32
        planted.save()
    assert enter(someone, key)[0] == 200
    assert someone.client.cookies["sessionid"].value != planted.session_key


def test_wrong_answers_are_counted_as_wrong_passwords_are(
    alpha: World, visitor: Come, key: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong_password.address": "2/3600"}
    forged = key_of(alpha)
    assert [enter(visitor(), forged)[0] for _ in range(3)] == [400, 400, 429]
    assert enter(visitor(), key)[0] == 429
