"""A link is good for one booking of one tenant (T09)."""

import ast
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core import signing
from django.test import Client, RequestFactory
from django_tenants.utils import schema_context, tenant_context
from pytest_django.fixtures import Settings

from accounts import links, passkeys
from accounts.models import MailedLink, User
from billing.gateway.intents import Intent
from billing.payments import attempts
from billing.payments.models import Payment
from bookings import visits
from bookings.access import booking_by_link, link_token
from bookings.calendars import channels, linking
from bookings.models import Booking, Connection
from bookings.views.links import KEY, MOST
from kernel.errors import NotFound
from rest.origins import origin_of
from schemas.clock import database_now
from schemas.keys import salt
from tests.bookings.scenes import at
from tests.databases import ROOT
from tests.guards.sources import Source, product
from tests.isolation.contents import contents
from tests.isolation.linked import LINKED
from tests.isolation.scene import GUESTS, STRANGERS, Caller
from tests.worlds import World
from website.signing import digest_of as digest_of_sign_up

PAGES = ["", "details/", "cancel/", "move/", "people/", "extras/"]
# Every purpose for which the product signs something, and the test that carries it to the other tenant.
PURPOSES = {
    "platform/accounts/links.py": "test_mailed_link_of_one_tenant_leads_nowhere_at_another",
    "platform/accounts/passkeys.py": "test_people_of_equal_numbers_have_other_handles_at_another_tenant",
    "billing/payments/attempts.py": "test_key_of_an_attempt_of_one_tenant_is_none_at_another",
    "bookings/access.py": "test_link_of_one_tenant_leads_nowhere_at_another",
    "bookings/calendars/channels.py": "test_notice_of_one_tenants_calendar_is_none_at_another",
    "bookings/calendars/linking.py": "test_way_back_of_one_tenant_leads_nowhere_at_another",
    "bookings/letters/links.py": "test_link_of_one_tenant_stops_nothing_at_another",
    "bookings/visits.py": "test_ticket_of_one_tenant_opens_no_door_at_another",
    "bookings/quotes.py": "test_quote_of_one_tenant_is_none_at_another",
    "desk/calendar/undoing.py": "test_undo_of_one_tenants_calendar_takes_nothing_back_at_another",
    "platform/accounts/recovery.py": "test_recovery_code_of_one_tenant_opens_nothing_at_another",
    "platform/accounts/whereabouts.py": "test_name_of_a_session_is_another_at_another_tenant",
    "platform/website/signing.py": "test_link_of_a_sign_up_leads_nowhere_at_a_tenant",
    "platform/rest/origins.py": "test_address_of_a_guest_looks_different_in_every_tenant",
}


def token_of(world: World, booking_id: UUID = GUESTS) -> str:
    """The token of a booking, minted in the world's schema."""
    with tenant_context(world.tenant):
        return link_token(Booking(pk=booking_id))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_of_one_tenant_leads_nowhere_at_another(worlds: tuple[World, World], page: str, method: str) -> None:
    """T09: the booking has the same id in both."""
    alpha, beta = worlds
    before = contents(alpha), contents(beta)
    answer = getattr(Client(), method)(f"/bookings/{GUESTS}/{token_of(alpha)}/{page}", HTTP_HOST=beta.host)
    assert answer.status_code == (405 if method == "post" and page == "" else 404)
    assert alpha.canary.encode() not in answer.content
    assert (contents(alpha), contents(beta)) == before


def test_link_leads_to_its_booking_at_home(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    answer = Client(HTTP_HOST=alpha.host).get(f"/bookings/{GUESTS}/{token_of(alpha)}/", follow=True)
    assert answer.redirect_chain == [(f"/bookings/{GUESTS}/", 302)]
    assert answer.status_code == 200
    assert alpha.canary.encode() in answer.content


def test_session_of_one_tenant_opens_nothing_at_another(worlds: tuple[World, World]) -> None:
    """T09: the booking has the same id in both."""
    alpha, beta = worlds
    client = Client()
    assert client.get(f"/bookings/{GUESTS}/{token_of(alpha)}/", HTTP_HOST=alpha.host).status_code == 302
    assert client.get(f"/bookings/{GUESTS}/", HTTP_HOST=alpha.host).status_code == 200
    elsewhere = client.get(f"/bookings/{GUESTS}/", HTTP_HOST=beta.host)  # with Alpha's cookie
    assert elsewhere.status_code == 404
    assert beta.canary.encode() not in elsewhere.content.replace(beta.tenant.name.encode(), b"")


def test_session_remembers_the_fifty_bookings_that_were_opened_last(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    client = Client(HTTP_HOST=alpha.host)
    link = f"/bookings/{GUESTS}/{token_of(alpha)}/"
    client.get(link)
    with tenant_context(alpha.tenant):
        session = client.session
        assert session[KEY] == [GUESTS.hex]
        session[KEY] = [UUID(int=number + 1000).hex for number in range(MOST)]
        session.save()
    client.get(link)
    with tenant_context(alpha.tenant):
        kept = [UUID(int=number + 1000).hex for number in range(1, MOST)]
        assert client.session[KEY] == [*kept, GUESTS.hex]


def test_wrong_links_and_links_to_nothing_get_one_answer(worlds: tuple[World, World]) -> None:
    """T09: a token of another booking, of another tenant, of the platform, cut, empty or in capitals."""
    alpha, beta = worlds
    right = token_of(alpha)
    with schema_context("public"):
        platforms = link_token(Booking(pk=GUESTS))
    others = [token_of(alpha, STRANGERS), token_of(beta), platforms]
    nothing = UUID(int=999)
    tries = [(GUESTS, token) for token in [*others, right[:-1], right + "A", right.swapcase(), "x", "0" * 43]]
    tries += [(nothing, token_of(alpha, nothing)), (nothing, right)]
    answers = {
        Client().get(f"/bookings/{booking_id}/{token}/", HTTP_HOST=alpha.host).content.decode()
        for booking_id, token in tries
    }
    statuses = {
        Client().get(f"/bookings/{booking_id}/{token}/", HTTP_HOST=alpha.host).status_code
        for booking_id, token in tries
    }
    assert statuses == {404}
    assert len(answers) == 1
    with tenant_context(alpha.tenant):
        for booking_id, token in tries:
            with pytest.raises(NotFound, match="leads nowhere"):
                booking_by_link(booking_id, token)


def test_token_is_256_bits_and_needs_the_secret_key(worlds: tuple[World, World], settings: Settings) -> None:
    """ASVS 11.5.1 asks for 128."""
    alpha, _beta = worlds
    token = token_of(alpha)
    assert len(token) == 43
    assert len(signing.b64_decode(token.encode())) == 32
    settings.SECRET_KEY = "another"
    assert token_of(alpha) != token


def test_signature_for_another_purpose_is_no_link(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    with tenant_context(alpha.tenant):
        other = signing.Signer(salt=salt("unsubscribe")).signature(str(GUESTS))
        with pytest.raises(NotFound):
            booking_by_link(GUESTS, other)


def test_key_of_an_attempt_of_one_tenant_is_none_at_another(worlds: tuple[World, World]) -> None:
    """T34: an intent is believed early only with the key of its own tenant's attempt of that id."""
    alpha, beta = worlds
    payment = Payment(pk=UUID(int=5), booking_id=GUESTS)
    with tenant_context(alpha.tenant):
        metadata = attempts.metadata_of(payment)
        intent = Intent("pi_1", "", "succeeded", 1, "EUR", is_live=False, metadata=metadata, client_secret="")
        assert attempts.bears_key(payment, intent)
    with tenant_context(beta.tenant):
        assert not attempts.bears_key(payment, intent)
        assert attempts.metadata_of(payment)[attempts.KEY] != metadata[attempts.KEY]


def test_link_of_a_sign_up_leads_nowhere_at_a_tenant(worlds: tuple[World, World]) -> None:
    """T09: nor is its digest one there, should the row ever be."""
    alpha, _beta = worlds
    with schema_context("public"):
        at_home = digest_of_sign_up("x" * 43)
    with tenant_context(alpha.tenant):
        assert digest_of_sign_up("x" * 43) != at_home
    assert Client(HTTP_HOST=alpha.host).get(f"/sign-up/link/{'x' * 43}/").status_code == 404


def signs(source: Source) -> bool:
    """Whether a module signs or reads signed things."""
    names = {"django.core.signing.Signer", "django.core.signing.TimestampSigner", "django.core.signing.dumps"}
    names |= {"django.core.signing.loads", "schemas.keys.salt"}
    return any(True for _ in source.references(frozenset(names)))


def test_way_back_of_one_tenant_leads_nowhere_at_another(worlds: tuple[World, World], settings: Settings) -> None:
    """T27, T09: where Google sends people back to; only the name of the tenant in front is another."""
    settings.GOOGLE_CLIENT_ID = "forecourt"
    alpha, beta = worlds
    with tenant_context(alpha.tenant):
        left = parse_qs(urlsplit(linking.leave("google", {}, 1)).query)["state"][0]
    assert urlsplit(linking.landing("google", left, {})).hostname == alpha.host
    with pytest.raises(NotFound):
        linking.landing("google", left.replace(alpha.tenant.schema_name, beta.tenant.schema_name), {})


def test_every_signature_of_the_product_is_carried_to_the_other_tenant() -> None:
    """T09: a new kind of link comes with a test of its own."""
    found = {str(path) for path in product() if signs(Source((ROOT / path).read_text()))} - {"platform/schemas/keys.py"}
    assert found == set(PURPOSES), (
        "Sign with salt=schemas.keys.salt(purpose), write a test that carries the link to the other tenant, "
        f"and name both in PURPOSES: {found ^ set(PURPOSES)}"
    )


def test_every_signer_has_a_salt_of_its_own() -> None:
    """Without one, or with a constant, a signature is good in every schema."""
    loose = []
    for path in product():
        source = Source((ROOT / path).read_text())
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and source.dotted(node.func).startswith("django.core.signing."):
                salts = [keyword.value for keyword in node.keywords if keyword.arg == "salt"]
                right = [s for s in salts if isinstance(s, ast.Call) and source.dotted(s.func) == "schemas.keys.salt"]
                if not right:
                    loose.append(f"{path}:{node.lineno}")
    assert not loose, f"Give it salt=schemas.keys.salt(purpose): {loose}"


def test_mailed_link_of_one_tenant_leads_nowhere_at_another(worlds: tuple[World, World]) -> None:
    """T09: for people with the same id, and even where the row itself were there."""
    alpha, beta = worlds
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        link, token = links.mint(links.Wish(links.Purpose.SIGN_IN, guest.email, guest), database_now())
    assert len(signing.b64_decode(token.encode())) == 32
    with tenant_context(beta.tenant):
        theirs = User.objects.get(pk=beta.users["guest"])
        row = {"email": theirs.email, "created_at": link.created_at, "expires_at": link.expires_at}
        MailedLink.objects.create(digest=link.digest, purpose="sign_in", user=theirs, **row)
        with pytest.raises(NotFound):
            links.look(token)
    before = contents(beta)
    client = Client()
    assert client.post(f"/account/link/{token}/", HTTP_HOST=beta.host).status_code == 404
    assert contents(beta) == before
    assert client.post(f"/account/link/{token}/", HTTP_HOST=alpha.host).status_code == 302


def test_people_of_equal_numbers_have_other_handles_at_another_tenant(worlds: tuple[World, World]) -> None:
    """T09: an authenticator that is used at both cannot tell that they are numbers, let alone equal ones."""
    handles = set()
    for world in worlds:
        with tenant_context(world.tenant):
            handles.add(passkeys.handle_of(User(pk=1)))
    assert {len(each) for each in handles} == {32}
    assert len(handles) == 2


def test_ticket_of_one_tenant_opens_no_door_at_another(worlds: tuple[World, World]) -> None:
    """T09: the booking has the same id in both; at home the code is known."""
    alpha, beta = worlds
    with tenant_context(alpha.tenant):
        ticket = visits.code(Booking(pk=GUESTS))
        assert visits.booking_of(ticket) == GUESTS
    before = contents(alpha), contents(beta)
    for who in ("owner", "front_desk", "manager"):
        answer = Caller(beta.host, token=beta.tokens[who]).client.post(
            "/api/v1/admin/check-in/", {"code": ticket}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "code_invalid")
    assert (contents(alpha), contents(beta)) == before


def test_quote_of_one_tenant_is_none_at_another(worlds: tuple[World, World]) -> None:
    """T09: the same wish of customers with the same id, at the same price."""
    alpha, beta = worlds
    with tenant_context(alpha.tenant):
        start = at(15, zone="UTC")  # open in Munich and in New York
    wish = {
        "resource": alpha.court_2,
        "start_datetime": start.isoformat(),
        "end_datetime": (start + timedelta(hours=1)).isoformat(),
    }

    def posted(world: World, path: str, **more: str) -> tuple[int, dict[str, str]]:
        client = Caller(world.host, token=world.tokens["guest"]).client
        answer = client.post(f"/api/v1/{path}/", {**wish, **more}, content_type="application/json")
        return answer.status_code, answer.json()

    _status, quoted = posted(alpha, "quotes")
    before = contents(beta)
    status, refused = posted(beta, "bookings", quote=quoted["quote"])
    assert (status, refused["code"]) == (400, "quote_invalid")
    assert contents(beta) == before
    assert posted(alpha, "bookings", quote=quoted["quote"])[0] == 201


def test_address_of_a_guest_looks_different_in_every_tenant(worlds: tuple[World, World], rf: RequestFactory) -> None:
    """R39, T09: what is kept of an address links nobody across tenants, and does not contain it."""
    seen = []
    for world in worlds:
        with tenant_context(world.tenant):
            seen.append(origin_of(rf.get("/", REMOTE_ADDR="203.0.113.9")))
            assert origin_of(rf.get("/", REMOTE_ADDR="203.0.113.9")) == seen[-1]
            assert origin_of(rf.get("/", REMOTE_ADDR="203.0.113.10")) != seen[-1]
    assert len(set(seen)) == 2
    assert all("203" not in digest[:3] and len(digest) == 64 for digest in seen)


def test_notice_of_one_tenants_calendar_is_none_at_another(worlds: tuple[World, World]) -> None:
    """T09: a channel has the same name in both, and the calendar the same number."""
    alpha, beta = worlds
    for world in worlds:
        with tenant_context(world.tenant):
            Connection.objects.filter(pk=LINKED).update(provider="google", channel_id="channel")
    with tenant_context(alpha.tenant):
        token = channels.token_of(LINKED)
    headers = {"X-Goog-Channel-ID": "channel", "X-Goog-Channel-Token": token}
    before = contents(beta)
    assert Client().post("/calendars/notices/google/", headers=headers, HTTP_HOST=beta.host).status_code == 404
    assert contents(beta) == before
    assert Client().post("/calendars/notices/google/", headers=headers, HTTP_HOST=alpha.host).status_code == 204
