"""The link of a look-in that many open at the same moment lets one in, and owners hear of it once."""

from functools import partial

from django_tenants.utils import schema_context

from operators import lookin
from operators.models import Rank
from tests.operating import make_operator
from tests.races.crowd import together

OPENING = 6


def test_link_opened_many_times_at_once_lets_one_in(spoilt):
    """All of them have found the link good before the first writes: they meet there."""
    ground, server, rigging = spoilt
    operator = make_operator("samir@forecourt.example", Rank.SUPPORT)
    wish = lookin.Wish(ground.alpha.users["owner"], "Ticket 4711: the price of court 1", 15)
    with schema_context("public"):
        _made, token = lookin.begin(operator, ground.alpha.tenant, wish)
    rigging.set("look_in.looked", f"meet {OPENING}")
    clients = [ground.connected(server, ground.alpha) for _ in range(OPENING)]
    answers = together([partial(client._send, "GET", f"/look-in/{token}/", b"", {}) for client in clients])
    ground.hang_up()
    assert sorted(answer.status for answer in answers) == [302] + [404] * (OPENING - 1)
    assert ground.sql("SELECT count(*) FROM desk_lookedin") == [(1,)]
    letters = ground.sql("SELECT count(*) FROM public.tenants_outgoingmail WHERE key LIKE 'look-in:%%'")
    assert letters == [(1,)]
