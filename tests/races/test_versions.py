"""Lost updates: several people saw the same booking and change it at the same moment (`If-Match`)."""

from collections import Counter
from functools import partial

import pytest

from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot

CROWD = 6
ONE = {(200, ""): 1, (412, "precondition_failed"): CROWD - 1}


def noted(client, path, number):
    return partial(client.patch, path, {"notes": f"by {number}"})


def moved(client, path, number):
    return partial(client.post, f"{path}reschedule/", {"participant_count": 3})


def cancelled(client, path, number):
    return partial(client.post, f"{path}cancel/", {"notes": f"by {number}"})


@pytest.fixture
def crowd(ground, rigged, tomorrow):
    """`crowd(call, hour)`: what six are answered who saw the same version, and how much was done to the booking."""
    server, rigging = rigged
    court = ground.court("seen-by-many", pays_on_site=True, pays_online=False)

    def at_once(call, hour):
        guest = ground.client(server, "guest")
        made = guest.post(BOOKINGS, slot(court, ground.alpha.tenant.time_zone, tomorrow, hour))
        assert made.status == 201, made.body
        path, before = f"{BOOKINGS}{made.body['id']}/", _acts(ground, made.body["id"])
        seen = guest.get(path).headers["etag"]
        clients = [ground.client(server, "guest") for _number in range(CROWD)]
        # All of them are inside before anybody has the lock, so that it has to be looked at behind it.
        rigging.set("claims.lock", f"meet {CROWD}")
        answers = together([partial(call(client, path, n), If_Match=seen) for n, client in enumerate(clients)])
        rigging.clear()
        return Counter((answer.status, answer.code) for answer in answers), _acts(ground, made.body["id"]) - before

    return at_once


def _acts(ground, booking):
    return ground.sql("SELECT count(*) FROM bookings_bookingevent WHERE booking_id = %s", booking)[0][0]


@pytest.mark.parametrize(("call", "hour"), [(noted, 9), (moved, 11), (cancelled, 13)])
def test_of_six_who_saw_the_same_one_changes_it(crowd, figures, call, hour):
    answers, acts = crowd(call, hour)
    figures("answers", dict(answers))
    assert (answers, acts) == (ONE, 1)


def test_without_a_look_behind_the_lock_updates_are_lost(crowd, rigged, monkeypatch):
    """The negative control."""
    rigging = rigged[1]
    monkeypatch.setattr(rigging, "clear", lambda: None)
    rigging.set("versions.check", "skip")
    assert crowd(noted, 15) == ({(200, ""): CROWD}, CROWD)
