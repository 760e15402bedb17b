"""Where one is signed in: told without a query more, ended one by one, and nobody else's business."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts import whereabouts
from accounts.models import Session, User
from accounts.whereabouts import device_of
from schemas.clock import database_now
from tests.flows.pages import Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def is_in(someone: Visitor) -> bool:
    return someone.open("/account/").path == "/account/"


def test_sessions_are_listed_by_device_and_one_is_ended(alpha: World, visitor: Come) -> None:
    here, phone = visitor("guest", HTTP_USER_AGENT=LAPTOP), visitor("guest", HTTP_USER_AGENT=PHONE)
    page = here.open("/account/sessions/")
    assert [text in page.text for text in ("Firefox, Linux", "Safari, iPhone", "this one")] == [True] * 3
    cookies = [each.client.cookies["sessionid"].value for each in (here, phone)]
    assert not [cookie for cookie in cookies if cookie in page.html]
    with tenant_context(alpha.tenant):
        [theirs] = [
            each for each in whereabouts.of(User.objects.get(pk=alpha.users["guest"])) if "iPhone" in each.device
        ]
    here.send(page, page.form(f"{theirs.name}/end/"))
    assert (is_in(here), is_in(phone)) == (True, False)


def test_nobody_ends_a_session_of_somebody_else(alpha: World, visitor: Come) -> None:
    guest, stranger = visitor("guest"), visitor("stranger")
    page = guest.open("/account/sessions/")
    with tenant_context(alpha.tenant):
        [theirs] = whereabouts.of(User.objects.get(pk=alpha.users["stranger"]))
    form = next(page.forms_to("/end/"))
    form.action = f"/account/sessions/{theirs.name}/end/"
    assert guest.send(page, form).status == 404
    assert is_in(stranger)


def test_what_another_password_ended_is_not_listed(alpha: World, visitor: Come) -> None:
    visitor("guest")
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
        assert len(whereabouts.of(user)) == 1
        user.sign_outs += 1
        user.save()
        assert whereabouts.of(user) == []


def test_the_moment_is_noted_once_a_minute_and_asks_for_no_query_more(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    guest.open("/account/sessions/")

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            guest.open("/account/password/")
        return [each["sql"] for each in queries if "django_session" in each["sql"]]

    assert [each.split()[0] for each in asked()] == ["SELECT"]
    with tenant_context(alpha.tenant):
        Session.objects.filter(user_id=alpha.users["guest"]).update(seen_at=database_now() - timedelta(minutes=5))
    assert [each.split()[0] for each in asked()] == ["SELECT", "UPDATE"]
    assert [each.split()[0] for each in asked()] == ["SELECT"]
    with tenant_context(alpha.tenant):
        seen = Session.objects.get(user_id=alpha.users["guest"]).seen_at
        assert seen is not None
        assert database_now() - seen < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PHONE, "Safari, iPhone"),
        (LAPTOP, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/17.5 Safari/605", "Safari, Mac"),
        ("", "Another device"),
        ("curl/8.0", "Another device"),
    ],
)
def test_device_in_words(agent: str, words: str) -> None:
    assert device_of(agent) == words
