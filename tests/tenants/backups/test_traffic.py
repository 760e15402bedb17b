"""While one tenant is put back, others are served as ever; its own visitors are asked to come again."""

import http.client
import threading
from collections import Counter
from pathlib import Path

import pytest

from tenants.backups import restoring, taking
from tests import servers
from tests.servers import Server
from tests.tenants.backups.test_taking import house
from tests.worlds import BETA, World, world_of

__all__ = ["house"]
HEARD_AFTER = 5.5
SERVED, TOLD_TO_COME_AGAIN, CUT = (200, False), (503, True), (0, False)


def asked(server: Server, world: World, stop: threading.Event, found: Counter[tuple[int, bool]]) -> None:
    """Ask for the venues again and again; statuses, and whether it was said when to come again."""
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {"Host": world.host, "Authorization": f"Token {world.tokens['guest']}"}
        try:
            connection.request("GET", "/api/v1/venues/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            found[answer.status, bool(answer.headers.get("Retry-After"))] += 1
        except OSError:
            found[CUT] += 1
        finally:
            connection.close()


def test_nobody_elses_request_fails(
    house: World, scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "HEARD_AFTER", HEARD_AFTER)
    beta, path = world_of(BETA), tmp_path / "alpha.tar.gz"
    taking.take(house.tenant, str(path))
    mine: Counter[tuple[int, bool]] = Counter()
    others: Counter[tuple[int, bool]] = Counter()
    stop = threading.Event()
    with servers.web(scratch) as server:
        crowd = [threading.Thread(target=asked, args=(server, beta, stop, others)) for _number in range(2)]
        crowd.append(threading.Thread(target=asked, args=(server, house, stop, mine)))
        for each in crowd:
            each.start()
        try:
            servers.wait_until(lambda: bool(mine[SERVED] and others[SERVED]), lambda: None)
            done = restoring.restore(path)
            before = mine[SERVED]
            servers.wait_until(lambda: mine[SERVED] > before, lambda: None)
        finally:
            stop.set()
            for each in crowd:
                each.join()
    assert set(others) == {SERVED}
    assert set(mine) == {SERVED, TOLD_TO_COME_AGAIN}
    assert done.closed_seconds is not None
