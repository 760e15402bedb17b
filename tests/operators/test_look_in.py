"""Looking in as somebody of a tenant: once, for minutes, with a reason, in the open, and with nothing left behind."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import DatabaseError, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Session, User
from bookings.models import BookingEvent, Look
from desk.models import Change, LookedIn, LookInRule
from kernel.errors import Forbidden, Invalid, Refused
from operators import lookin, looking
from operators.models import LookIn, Operator, OperatorAct, Rank
from tenants import hosts, provisioning
from tenants.models import OutgoingMail
from tests.flows.pages import Visitor
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, Caller, furnish_bookings
from tests.operating import PLATFORM, make_operator, session_of
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
EMAIL = "samir@forecourt.example"
REASON = "Ticket 4711: the price of court 1"
DESK = ("/desk/", "/desk/calendar/", "/desk/team/record/")


@pytest.fixture
def operator(alpha: World) -> Iterator[User]:
    """Of the rank support."""
    yield make_operator(EMAIL, Rank.SUPPORT, name="Samir Support")
    hosts.forget()


def link(operator: User, world: World, who: str = "owner", **more: Any) -> str:
    """A link's path."""
    wish = lookin.Wish(world.users[who], **{"reason": REASON, "minutes": 15, **more})
    with schema_context("public"):
        _made, token = lookin.begin(operator, world.tenant, wish)
    return f"/look-in/{token}/"


def entered(operator: User, world: World, who: str = "owner", **more: Any) -> Client:
    """A browser at the tenant's host that looks in."""
    client = Client(headers={"Host": world.host})
    answer = client.get(link(operator, world, who, **more))
    assert answer.status_code == 302, answer.content
    return client


def acts() -> list[tuple[str, str]]:
    with schema_context("public"):
        return list(OperatorAct.objects.order_by("pk").values_list("kind", "email"))


def is_over(client: Client, path: str = "/desk/") -> bool:
    answer = client.get(path)
    return answer.status_code == 403 and b"This look-in is over" in answer.content


def test_operator_sees_the_desk_as_the_owner_with_a_banner_on_every_page(operator: User, alpha: World) -> None:
    client = entered(operator, alpha)
    for path in (
        "/desk/",
        "/desk/team/record/",
        "/",
        "/venues/main/",
        "/bookings/",
        "/nothing-here/",
        "/desk/calendar/",
    ):
        page = client.get(path).content.decode()
        said = (
            f"as <strong>Olga Owner {alpha.canary}</strong> (Owner) of Alpha Sports {alpha.canary}, as Samir Support,"
        )
        assert said in page, path
        assert REASON in page
    assert client.get("/desk/")["Cache-Control"] == "private, no-store"


def test_secret_leaves_the_address_at_once_and_is_nowhere(
    operator: User, alpha: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = link(operator, alpha)
    secret = path.split("/")[2]
    assert len(secret) == 43
    client = Client(headers={"Host": alpha.host})
    answer = client.get(path)
    assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (302, "/desk/", "no-referrer")
    assert "no-store" in answer["Cache-Control"]
    cookie = answer.cookies[looking.cookie()]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["max-age"]) == (True, "Lax", "", 900)
    client.get("/desk/")
    kept = str(list(LookIn.objects.values())) + caplog.text + str(list(OutgoingMail.objects.values()))
    assert secret not in kept
    assert cookie.value not in kept


def test_link_is_good_once_for_a_minute_at_its_own_tenant(operator: User, alpha: World, beta: World) -> None:
    """T09."""
    path = link(operator, alpha)
    assert Client(headers={"Host": beta.host}).get(path).status_code == 404
    assert Client(headers={"Host": PLATFORM}).get(path).status_code == 404
    home = {"Host": alpha.host}
    assert Client(headers=home).head(path).status_code == 405
    assert Client(headers=home).post(path).status_code == 405
    assert Client(headers={**home, "Sec-Purpose": "prefetch;prerender"}).get(path).status_code == 404
    assert Client(headers={**home, "Purpose": "prefetch"}).get(path).status_code == 404
    assert Client(headers=home).get(path).status_code == 302
    assert Client(headers=home).get(path).status_code == 404
    late = link(operator, alpha)
    LookIn.objects.filter(opened=None).update(link_until=F("link_until") - timedelta(seconds=60))
    assert Client(headers=home).get(late).status_code == 404
    assert Client(headers=home).get("/look-in/" + "x" * 43 + "/").status_code == 404
    with tenant_context(alpha.tenant):
        assert LookedIn.objects.count() == 1


def test_cookie_of_one_tenant_is_nothing_at_another_and_not_at_the_platform(
    operator: User, alpha: World, beta: World
) -> None:
    """T10: people of equal ids."""
    client = entered(operator, alpha)
    value = client.cookies[looking.cookie()].value
    for host, path in ((beta.host, "/desk/"), (PLATFORM, "/operators/"), (alpha.host, "/operators/")):
        there = Client(headers={"Host": host}, HTTP_COOKIE=f"{looking.cookie()}={value}")
        assert there.get(path).status_code in {302, 404}
    for forged in ("1", value[:-1], value.upper(), "\x00"):
        there = Client(headers={"Host": alpha.host}, HTTP_COOKIE=f"{looking.cookie()}={forged}")
        assert there.get("/desk/").status_code == 302
    as_session = Client(headers={"Host": alpha.host}, HTTP_COOKIE=f"sessionid={value}")
    assert as_session.get("/desk/").status_code == 302


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_it_ends_by_the_clock_at_pages_polls_and_the_api(operator: User, alpha: World, seconds: int) -> None:
    client = entered(operator, alpha)
    assert client.get("/api/v1/admin/staff/").status_code == 200
    LookIn.objects.update(expires_at=F("expires_at") - timedelta(minutes=15, seconds=seconds))
    poll = client.get("/desk/", headers={"HX-Request": "true"})
    assert (poll.status_code, looking.cookie() in poll.cookies) == (403, False)
    answer = client.get("/api/v1/admin/staff/")
    assert (answer.status_code, answer.json()["code"]) == (401, "look_in_over")
    assert is_over(client)
    assert client.get("/desk/").status_code == 302  # the cookie is gone with the page that said so


def test_it_goes_on_until_then(operator: User, alpha: World) -> None:
    client = entered(operator, alpha)
    LookIn.objects.update(expires_at=F("expires_at") - timedelta(minutes=14))
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("path", ["/look-in/end/", "/logout/"])
def test_the_button_and_signing_out_end_it(operator: User, alpha: World, path: str) -> None:
    client = entered(operator, alpha)
    other = Client(
        headers={"Host": alpha.host}, HTTP_COOKIE=f"{looking.cookie()}={client.cookies[looking.cookie()].value}"
    )
    answer = client.post(path)
    assert b"This look-in is over" in answer.content
    assert client.get("/desk/").status_code == 302
    assert is_over(other)
    assert acts() == [("look-in", EMAIL), ("look-in ended", EMAIL)]
    with tenant_context(alpha.tenant):
        assert LookedIn.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "taken",
    [
        lambda operator: User.objects.filter(pk=operator.pk).update(is_active=False),
        lambda operator: Operator.objects.filter(user=operator).update(rank=Rank.FINANCE),
        lambda operator: Operator.objects.filter(user=operator).delete(),
    ],
    ids=["suspended", "other rank", "no rank"],
)
def test_it_ends_with_the_operators_right(operator: User, alpha: World, taken: Callable[[User], Any]) -> None:
    client, waiting = entered(operator, alpha), link(operator, alpha)
    with schema_context("public"):
        taken(operator)
    assert is_over(client)
    assert Client(headers={"Host": alpha.host}).get(waiting).status_code == 404
    with tenant_context(alpha.tenant):
        assert LookedIn.objects.get().ended_at is not None


def test_it_ends_with_the_person(operator: User, alpha: World) -> None:
    for changes in ({"is_active": False}, {"is_active": True, "role": "customer"}):
        client = entered(operator, alpha, "manager")
        with tenant_context(alpha.tenant):
            User.objects.filter(pk=alpha.users["manager"]).update(**changes)
        assert is_over(client)
        with tenant_context(alpha.tenant):
            User.objects.filter(pk=alpha.users["manager"]).update(is_active=True, role="manager")


def test_it_ends_with_the_tenant(operator: User, alpha: World) -> None:
    client = entered(operator, alpha)
    for state, status in (("leaving", 410), ("suspended", 403)):
        with schema_context("public"):
            type(alpha.tenant).objects.filter(pk=alpha.tenant.pk).update(state=state)
        hosts.forget()
        assert client.get("/desk/").status_code == status


def test_it_comes_from_the_operators_networks_only(operator: User, alpha: World, settings: Any) -> None:
    path = link(operator, alpha)
    settings.OPERATOR_NETWORKS = ["10.0.0.0/8"]
    assert Client(headers={"Host": alpha.host}).get(path).status_code == 404
    inside = Client(headers={"Host": alpha.host}, REMOTE_ADDR="10.0.0.1")
    assert inside.get(path).status_code == 302
    assert inside.get("/desk/").status_code == 200
    cookie = f"{looking.cookie()}={inside.cookies[looking.cookie()].value}"
    assert is_over(Client(headers={"Host": alpha.host}, HTTP_COOKIE=cookie))


def test_person_is_signed_in_nowhere_by_it(operator: User, alpha: World) -> None:
    """Last sign-in, devices, wrong passwords and mail of theirs are as they were."""
    with tenant_context(alpha.tenant):
        before = User.objects.filter(pk=alpha.users["manager"]).values().get()
    wrong = _wrong_password(alpha)
    client = entered(operator, alpha, "manager")
    client.get("/desk/")
    with tenant_context(alpha.tenant):
        assert User.objects.filter(pk=alpha.users["manager"]).values().get() == before
        assert not Session.objects.filter(user_id=alpha.users["manager"]).exists()
        assert list(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == wrong
    assert not OutgoingMail.objects.filter(to=f"manager@{alpha.canary}.example").exists()


def _wrong_password(world: World) -> list[int]:
    Client(headers={"Host": world.host}).post(
        "/login/", {"username": f"manager@{world.canary}.example", "password": "wrong-password"}
    )
    with tenant_context(world.tenant):
        return list(AccessAttempt.objects.values_list("failures_since_start", flat=True))


def test_tenant_has_it_in_its_own_record_and_owners_hear_of_it_once(operator: User, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["owner"]).update(language="de")
    client = entered(operator, alpha, "manager", minutes=30)
    client.get("/desk/")
    with tenant_context(alpha.tenant):
        kept = LookedIn.objects.get()
        assert (kept.operator, kept.user_id, kept.role, kept.reason, kept.may_change) == (
            "Samir Support", alpha.users["manager"], "manager", REASON, False,
        )  # fmt: skip
        change = Change.objects.get(thing="desk_lookedin")
        assert (change.actor_kind, change.actor_id, change.act) == ("platform", kept.pk, "insert")
        assert change.after["reason"] == REASON
        with pytest.raises(DatabaseError), transaction.atomic():
            Change.objects.update(actor_kind="clock")
    letters = OutgoingMail.objects.filter(key__startswith="look-in:")
    assert [(each.to, each.language) for each in letters] == [(f"owner@{alpha.canary}.example", "de")]
    for words in ("Samir Support", REASON, f"manager {alpha.canary}", f"http://{alpha.host}/desk/team/forecourt/"):
        assert words in letters[0].text
    client.post("/look-in/end/")
    with tenant_context(alpha.tenant):
        end = Change.objects.filter(thing="desk_lookedin").latest("pk")
        assert (end.actor_kind, end.actor_id, end.act, list(end.after)) == ("platform", kept.pk, "update", ["ended_at"])
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    page = owner.open("/desk/team/forecourt/")
    assert (
        f"Samir Support als manager {alpha.canary}" in page.text
        or f"Samir Support as manager {alpha.canary}" in page.text
    )
    assert REASON in page.text
    assert letters.count() == 1


def test_what_is_changed_names_who_changed_it(operator: User, alpha: World) -> None:
    path, client = link(operator, alpha, may_change=True), Client(headers={"Host": alpha.host})
    LookIn.objects.update(id=alpha.users["owner"])  # its number is that of a person
    assert client.get(path).status_code == 302
    answer = client.patch(
        f"/api/v1/admin/venues/{alpha.venue}/", {"name": "Another name"}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    with tenant_context(alpha.tenant):
        number = LookedIn.objects.get().pk
        change = Change.objects.filter(thing="venues_venue", after__name="Another name").get()
        assert (change.actor_kind, change.actor_id) == ("platform", number)
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    page = owner.open("/desk/team/record/?who=platform&thing=venues_venue")
    assert f"Forecourt (Samir Support) as Olga Owner {alpha.canary}" in page.text
    own = owner.open(f"/desk/team/record/?who={number}&thing=venues_venue")
    assert "Another name" not in own.text


def test_a_booking_and_a_look_name_the_platform_and_not_the_person(operator: User, alpha: World) -> None:
    furnish_bookings(alpha)
    client = entered(operator, alpha, may_change=True)
    client.get(f"/desk/bookings/{GUESTS}/")
    answer = client.post(f"/api/v1/admin/bookings/{GUESTS}/confirm/", {}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    with tenant_context(alpha.tenant):
        number = LookedIn.objects.get(operator="Samir Support").pk
        event = BookingEvent.objects.filter(booking_id=GUESTS).latest("pk")
        assert (event.actor_kind, event.actor_id) == ("staff", -number)
        assert set(Look.objects.exclude(email__contains="someone@").values_list("viewer_id", flat=True)) == {-number}
    caller = Caller(alpha.host, token=alpha.tokens["owner"])
    history = caller.client.get(f"/api/v1/admin/bookings/{GUESTS}/history/").json()
    told = history if isinstance(history, list) else history.get("results", history.get("events"))
    assert "Forecourt" in {each.get("actor") for each in told}


def test_owner_ends_it_and_asks_to_be_asked(operator: User, alpha: World) -> None:
    client = entered(operator, alpha)
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    page = owner.open("/desk/team/forecourt/")
    assert "at this moment" in page.text
    page = owner.send(page, page.form("/end/"))
    assert "at this moment" not in page.text
    assert is_over(client)
    asked = owner.send(page, page.form_with("rule"), "ask")
    assert "Nobody of Forecourt looks in before you allow it." in asked.text
    with pytest.raises(Forbidden, match="owner_is_asked"):
        link(operator, alpha)
    allowed = owner.send(asked, asked.form_with("rule"), "open")
    assert "You have allowed it until" in allowed.text
    assert link(operator, alpha)
    with tenant_context(alpha.tenant):
        LookInRule.objects.update(open_until=F("open_until") - timedelta(hours=24))
    with pytest.raises(Forbidden, match="owner_is_asked"):
        link(operator, alpha)
    with tenant_context(alpha.tenant):
        assert Change.objects.filter(thing="desk_lookinrule", actor_id=alpha.users["owner"]).count() == 2


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_only_owners_see_and_end_look_ins(operator: User, alpha: World, who: str) -> None:
    entered(operator, alpha)
    number = LookIn.objects.get().pk
    someone = Visitor(alpha.host)
    someone.sign_in(f"{who}@{alpha.canary}.example", PASSWORD)
    assert someone.open("/desk/team/forecourt/").status == 403
    token = someone.client.cookies["csrftoken"].value
    for path in ("/desk/team/forecourt/", f"/desk/team/forecourt/{number}/end/"):
        assert someone.client.post(path, {"rule": "ask", "csrfmiddlewaretoken": token}).status_code == 403
    with tenant_context(alpha.tenant):
        assert not LookInRule.objects.exists()
        assert LookedIn.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"reason": "short one"}, "reason"),
        ({"reason": "   a    b   "}, "reason"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 61}, "minutes"),
        ({"user_id": 10**9}, "person"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_begun(
    operator: User, alpha: World, wish: dict[str, Any], field: str
) -> None:
    values = {"user_id": alpha.users["owner"], "reason": REASON, "minutes": 15, **wish}
    with schema_context("public"), pytest.raises(Invalid) as refused:
        lookin.begin(operator, alpha.tenant, lookin.Wish(**values))
    assert list(refused.value.extra["errors"]) == [field]  # type: ignore[call-overload]
    assert not LookIn.objects.exists()
    assert acts() == []


@pytest.mark.parametrize("rank", [Rank.READER, Rank.FINANCE])
def test_who_may_not_begins_nothing(alpha: World, rank: str) -> None:
    user = make_operator("rita@forecourt.example", rank)
    client = Client(headers={"Host": PLATFORM}, HTTP_COOKIE=f"sessionid={session_of(user)}")
    path = f"/operators/look-in/{alpha.tenant.pk}/"
    sent = {"person": alpha.users["owner"], "reason": REASON, "minutes": 15}
    assert [client.get(path).status_code, client.post(path, sent).status_code] == [403, 403]
    assert client.post("/operators/look-in/1/end/").status_code == 403
    assert not LookIn.objects.exists()


def test_closed_pages_are_not_looked_into(operator: User, alpha: World) -> None:
    with schema_context("public"):
        provisioning.suspend(alpha.tenant, "Unpaid")
    with pytest.raises(Refused, match="tenant_state"):
        link(operator, alpha)


def test_form_makes_the_link_and_another_operator_ends_it(operator: User, alpha: World) -> None:
    someone = Visitor(PLATFORM, HTTP_COOKIE=f"sessionid={session_of(operator)}")
    page = someone.open(f"/operators/look-in/{alpha.tenant.pk}/")
    form = page.form_with("reason")
    assert form.fields["person"] == str(alpha.users["owner"])  # owners come first
    client = Client(headers={"Host": PLATFORM}, HTTP_COOKIE=f"sessionid={session_of(operator)}")
    path = f"/operators/look-in/{alpha.tenant.pk}/"
    wrong = client.post(path, {"customer": "nobody@example.org", "reason": "short", "minutes": 90})
    assert wrong.status_code == 400
    made = client.post(path, {"customer": f"guest@{alpha.canary}.example", "reason": REASON, "minutes": 5})
    assert made["Referrer-Policy"] == "no-referrer"
    assert "no-cache" in made["Cache-Control"]
    address = made.content.decode().partition(f"http://{alpha.host}")[2].partition('"')[0]
    there = Client(headers={"Host": alpha.host})
    assert there.get(address)["Location"] == "/bookings/"
    assert there.get("/bookings/").status_code == 200
    assert client.post(f"/operators/look-in/{LookIn.objects.get().pk}/end/").status_code == 302
    assert is_over(there, "/bookings/")


def test_reading_leaves_nothing_changed(operator: User, alpha: World) -> None:
    furnish_bookings(alpha)
    client = entered(operator, alpha)
    before = _without_looks(alpha)
    for path in ("/desk/", f"/desk/bookings/{GUESTS}/", "/desk/customers/", "/desk/calendar/", "/desk/money/takings/"):
        assert client.get(path).status_code == 200, path
    assert _without_looks(alpha) == before


def _without_looks(world: World) -> Any:
    found = contents(world)
    return {name: rows for name, rows in found.items() if "look" not in name}


def test_without_the_cookie_it_costs_no_query(alpha: World) -> None:
    from django.db import connection as database

    with CaptureQueriesContext(database) as queries:
        Client(headers={"Host": alpha.host}).get("/")
    assert not [query for query in queries if "operators_lookin" in query["sql"]]
