"""Limits on real servers: many at once, spread over two processes, and no more get through than may."""

from collections import Counter
from functools import partial

from redis import Redis

from tests import servers
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slots

MOST, CROWD = 5, 24
LIMITS = f"hold.caller={MOST}/600,hold.tenant=1000/600"


def test_of_many_holds_at_once_no_more_than_the_limit_get_through(ground, tomorrow, figures):
    """T29: somebody else's calls, and the other tenant's, are not fewer for it."""
    court = ground.court("limited", pays_online=True)
    bodies = slots([court], ground.alpha.tenant.time_zone, tomorrow)
    with Redis.from_url(servers.queue_url()) as redis:
        redis.flushdb()
    with servers.web(ground.database, {"RATE_LIMITS": LIMITS}, threads=12) as server:
        clients = [ground.client(server, "guest") for _number in range(CROWD)]
        answers = together([partial(client.post, BOOKINGS, next(bodies)) for client in clients])
        figures("answers", dict(Counter((answer.status, answer.code) for answer in answers)))
        assert Counter(answer.status for answer in answers) == {201: MOST, 429: CROWD - MOST}
        refused = [answer for answer in answers if answer.status == 429]
        assert {answer.code for answer in refused} == {"rate_limited"}
        assert all(0 < int(answer.headers["retry-after"]) <= 600 for answer in refused)
        assert {answer.headers["ratelimit-remaining"] for answer in refused} == {"0"}
        assert ground.bookings_of(court) == MOST
        assert ground.client(server, "stranger").post(BOOKINGS, next(bodies)).status == 201
        assert ground.client(server, "guest", ground.beta).post(BOOKINGS, {}).status == 400
        ground.hang_up()
