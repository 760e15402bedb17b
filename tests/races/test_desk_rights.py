"""Rights that shrink while somebody works: the next request of every window, token and app of theirs obeys at once."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts import required, whereabouts
from accounts.models import AccessToken, Role, User
from bookings.models import GiftCredit
from bookings.records import Actor
from oauth.models import AccessToken as AppToken
from oauth.models import Application, digest
from rest.scopes import SCOPES
from schemas.clock import database_now
from tenants.models import Tenant
from tests.bookings.scenes import confirmed, slot
from tests.races.crowd import Client
from tests.races.ground import Ground
from tests.races.windows import Window
from tests.servers import Server
from tests.worlds import PASSWORD
from venues.models import VenueAssignment

LIVE = {"HX-Request": "true"}
HOSTS_KEPT = 10.0
"""A process knows a host for five seconds, so a suspension takes so long to be known everywhere."""
READS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/desk/?venue=main", {}), ("/desk/?venue=main", LIVE), ("/desk/calendar/?venue=main", {}),
    ("/desk/calendar/feed/?venue=main", {}), ("/desk/bookings/export.csv?when=all", {}),
    ("/desk/money/takings/?format=csv", {}), ("/desk/reports/revenue/?format=csv", {}),
    ("/desk/vouchers/codes.csv", {}), ("/desk/settings/everything/archive.zip", {}), ("/desk/bookings/{booking}/", {}),
)  # fmt: skip
API = ("/api/v1/admin/bookings/", "/api/v1/admin/bookings/{booking}/")


WORKING = [200, 200, 200, 200, 200, 200, 200, 200, 403, 200]
OUT = [302] * len(READS)


@dataclass
class Member:
    """A manager of the main venue with two windows, a token of their own and an app that they allowed."""

    ground: Ground
    server: Server
    user: User
    booking: str
    token: str
    bearer: str
    here: Window
    there: Window
    forms: list[dict[str, str]] = field(default_factory=list)

    def path(self, path: str) -> str:
        """With what it is about."""
        return path.format(booking=self.booking)

    def read(self, window: Window) -> list[int]:
        """What each page and file answers."""
        return [window.client.get(self.path(path), **headers).status_code for path, headers in READS]

    def gives(self, window: Window) -> int:
        """What is answered to a form that was open all the time."""
        form = {**self.forms[window is self.there], "amount": "5", "note": self.user.email}
        return window.client.post("/desk/gift-credit/", form).status_code

    def calls(self) -> list[int]:
        """What their programs are answered."""
        own = Client(self.server.port, self.ground.alpha.host, self.token)
        app = Client(self.server.port, self.ground.alpha.host, Authorization=f"Bearer {self.bearer}")
        found = [each.get(self.path(path)).status for each in (own, app) for path in API]
        own.close()
        app.close()
        return found

    def given(self) -> int:
        """How often they gave credit."""
        with tenant_context(self.ground.alpha.tenant):
            return GiftCredit.objects.filter(note=self.user.email).count()


@pytest.fixture
def member(ground: Ground, server: Server, request: pytest.FixtureRequest) -> Member:
    """Somebody of the team, at work."""
    name = f"m{abs(hash(request.node.name)) % 10**9}"
    ends = database_now() + timedelta(days=1)
    with tenant_context(ground.alpha.tenant):
        user = User.objects.create_user(f"{name}@team.example", PASSWORD, name=name, role=Role.MANAGER)
        VenueAssignment.objects.create(user=user, venue_id=ground.alpha.venue)
        token, bearer = AccessToken.issue(user), f"bearer-{name}"
        app = Application.objects.create(
            client_id=name,
            client_secret=name,
            name=name,
            scopes=list(SCOPES),
            client_type=Application.CLIENT_CONFIDENTIAL,
            grants=[Application.CODE],
        )
        AppToken.objects.create(
            application=app, user=user, token_checksum=digest(bearer), scope=" ".join(SCOPES), expires=ends
        )
        court = ground.court(name)
        booking = str(confirmed(court, slot(10), Actor.of(user)).pk)
    here, there = Window(server, ground.alpha), Window(server, ground.alpha)
    for window in (here, there):
        assert window.sign_in(user.email, PASSWORD).status == 200
    found = Member(ground, server, user, booking, token, bearer, here, there)
    found.forms = [window.open("/desk/gift-credit/").form_with("amount").fields for window in (here, there)]
    assert (found.read(here), found.read(there), found.calls()) == (WORKING, WORKING, [200] * 4)
    return found


@pytest.fixture
def owner(ground: Ground, server: Server) -> Window:
    """Who decides."""
    window = Window(server, ground.alpha)
    assert window.enter("owner").path == "/desk/"
    return window


def confirm(owner: Window, member: Member, act: str, **typed: object) -> None:
    """The owner does something about them on their page."""
    path = f"/desk/team/{member.user.pk}/{act}"
    page = owner.open(path)
    [form] = [each for each in page.forms if each.method == "post" and (not each.action or each.action == path)][:1]
    done = owner.send(page, form, **typed)
    assert done.status == 200, done.text


def test_taken_off_the_team_nothing_opens(member: Member, owner: Window) -> None:
    confirm(owner, member, "remove/")
    assert (member.read(member.here), member.gives(member.there), member.given()) == (OUT, 302, 0)
    assert member.calls() == [401] * 4


def test_switched_off_nothing_opens(member: Member, owner: Window) -> None:
    confirm(owner, member, "switch-off/")
    assert (member.read(member.here), member.gives(member.there), member.given()) == (OUT, 302, 0)
    assert member.calls() == [401] * 4


def test_with_a_smaller_role_one_signs_in_anew_and_programs_may_no_more(member: Member, owner: Window) -> None:
    page = owner.open(f"/desk/team/{member.user.pk}/")
    owner.send(page, page.form_with("role"), role="front_desk", venues=[])
    assert (member.read(member.here), member.gives(member.there), member.given()) == (OUT, 302, 0)
    own = Client(member.server.port, member.ground.alpha.host, member.token)
    assert own.post("/api/v1/admin/rates/", {"resource": member.ground.alpha.court_1, "amount": "1.00"}).status == 403
    own.close()
    member.here.sign_in(member.user.email, PASSWORD)
    fresh = {**member.forms[0], "csrfmiddlewaretoken": member.here.client.cookies["csrftoken"]}
    answer = member.here.client.post("/desk/gift-credit/", {**fresh, "amount": "5", "note": member.user.email})
    assert (answer.status_code, member.given()) == (403, 0)


def test_moved_to_another_venue_nothing_of_the_first_is_there(member: Member, owner: Window) -> None:
    page = owner.open(f"/desk/team/{member.user.pk}/")
    owner.send(page, page.form_with("role"), role="manager", venues=[member.ground.alpha.annex])
    assert (member.read(member.here), member.gives(member.there), member.given()) == (OUT, 302, 0)
    for bearer in ({"Authorization": f"Token {member.token}"}, {"Authorization": f"Bearer {member.bearer}"}):
        client = Client(member.server.port, member.ground.alpha.host, **bearer)
        assert client.get(f"/api/v1/admin/bookings/{member.booking}/").status == 403
        assert member.booking not in client.get("/api/v1/admin/bookings/").raw.decode()
        client.close()
    member.here.sign_in(member.user.email, PASSWORD)
    assert member.here.client.get(f"/desk/bookings/{member.booking}/").status_code == 404
    assert member.booking not in member.here.open("/desk/bookings/?when=all").html


def test_another_password_ends_the_other_window(member: Member) -> None:
    page = member.there.open("/account/password/")
    form = page.form_with("current")
    member.there.send(page, form, current=PASSWORD, password="another-horse-battery")
    assert (member.read(member.here), member.gives(member.here), member.given()) == (OUT, 302, 0)
    assert member.read(member.there) == WORKING


def test_session_that_is_ended_elsewhere_is_over(member: Member) -> None:
    page = member.there.open("/account/sessions/")
    with tenant_context(member.ground.alpha.tenant):
        ends = [f"/account/sessions/{each.name}/end/" for each in whereabouts.of(member.user)]
    form = next(form for form in page.forms if form.action in ends)
    member.there.send(page, form)
    assert sorted([member.read(member.here), member.read(member.there)]) == sorted([OUT, WORKING])


def test_second_factor_that_is_asked_meanwhile_is_asked_of_every_request(member: Member) -> None:
    alpha = member.ground.alpha.tenant
    with tenant_context(alpha):
        required.set_rule("managers", database_now() - timedelta(minutes=1))
    try:
        assert (member.read(member.here), member.gives(member.there), member.given()) == (OUT, 302, 0)
    finally:
        with tenant_context(alpha):
            required.set_rule("", database_now())
    assert member.read(member.here) == WORKING


def test_business_that_is_suspended_is_shut_to_all(member: Member) -> None:
    alpha = Tenant.objects.filter(pk=member.ground.alpha.tenant.pk)
    alpha.update(state=Tenant.State.SUSPENDED)
    try:
        over = time.monotonic() + HOSTS_KEPT
        while {*member.read(member.here), *member.read(member.there), *member.calls()} != {403}:
            assert time.monotonic() < over
            time.sleep(0.5)
        assert (member.gives(member.there), member.given()) == (403, 0)
    finally:
        alpha.update(state=Tenant.State.READY)
