"""One business for one sign-up, one sign-up for one address, and a process that dies half way leaves nothing behind."""

from functools import partial

from django.db import connection

from tests.races.crowd import CUT, Client, settled, together
from tests.worlds import PASSWORD
from website import signing
from website.models import SignUpLink
from website.signing import Typed

CSRF = "c" * 32
TABS = 6
APPLICANTS = 20
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}
TENANTS = "SELECT count(*) FROM public.tenants_tenant WHERE slug = %s AND state = 'ready'"
SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 't\\_%%' AND %s::text IS NOT NULL"


def applied(slug, number=0):
    """The path of the link of a fresh sign-up."""
    connection.set_schema_to_public()
    row = signing.apply(Typed("Padel Nord", slug, f"nora-{number}@club.example", "Europe/Berlin", "EUR"))
    token = "t" * 30 + f"{slug}{number}"
    SignUpLink.objects.filter(sign_up=row).update(digest=signing.digest_of(token))
    return f"/sign-up/link/{token}/"


def pressing(server, path):
    """Somebody at a page with the password typed: call it to press the button."""
    client = Client(server.port, "localhost", **FORM)
    client.open()
    return press(client, path)


def press(client, path):
    """The button, on a connection that is opened where it is not; call it."""
    return partial(client._send, "POST", path, f"password={PASSWORD}".encode(), {})


def test_of_tabs_that_press_at_once_one_makes_the_business_and_the_others_find_it(ground, server):
    for number in range(3):
        slug = f"tabs-{number}x"
        path = applied(slug)
        answers = together([pressing(server, path) for _tab in range(TABS)])
        assert sorted(answer.status for answer in answers) == [200] * (TABS - 1) + [302]
        assert all(f"{slug}.localhost" in answer.raw.decode() for answer in answers if answer.status == 200)
        assert ground.sql(TENANTS, slug) == [(1,)]


def test_without_the_lock_the_second_tab_is_told_that_the_address_is_taken(spoilt):
    """The negative control: both look before anybody has written, and only the unique index is left."""
    ground, server, rigging = spoilt
    rigging.set("sign_up.lock", "skip")
    rigging.set("sign_up.checked", "meet 2")
    path = applied("tabs-bare")
    answers = together([pressing(server, path) for _tab in range(2)])
    assert sorted(answer.status for answer in answers) == [302, 400]
    assert ground.sql(TENANTS, "tabs-bare") == [(1,)]


def test_of_many_applicants_for_one_address_exactly_one_gets_it(ground, server):
    """T19: the others are shown another address, and nothing of theirs is used up."""
    paths = [applied("one-for-all", number) for number in range(APPLICANTS)]
    [(before,)] = ground.sql(SCHEMAS, "")
    answers = together([pressing(server, path) for path in paths])
    assert sorted(answer.status for answer in answers) == [302] + [400] * (APPLICANTS - 1)
    assert all('value="one-for-all-venue"' in answer.raw.decode() for answer in answers if answer.status == 400)
    assert ground.sql(TENANTS, "one-for-all") == [(1,)]
    assert ground.sql(SCHEMAS, "") == [(before + 1,)]
    used = "SELECT count(*) FROM public.website_signup WHERE slug = 'one-for-all' AND used_at IS NOT NULL AND %s = ''"
    assert ground.sql(used, "") == [(1,)]


def test_process_that_dies_half_way_leaves_nothing_and_the_same_link_opens_the_business(ground, mortal):
    """T33: at the last moment before the commit."""
    server, rigging = mortal
    path = applied("killed-midway")
    [(before,)] = ground.sql(SCHEMAS, "")
    rigging.set("sign_up.opening", "exit")
    assert pressing(server, path)().status == CUT
    assert ground.sql(TENANTS, "killed-midway") == [(0,)]
    assert ground.sql(SCHEMAS, "") == [(before,)]
    answer = settled(press(Client(server.port, "localhost", **FORM), path))
    assert (answer.status, "killed-midway.localhost" in answer.headers["location"]) == (302, True)
    assert ground.sql(TENANTS, "killed-midway") == [(1,)]
    assert ground.sql(SCHEMAS, "") == [(before + 1,)]
