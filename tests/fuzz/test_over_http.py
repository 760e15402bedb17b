"""Some of it once more over the wire, against the web server itself: what it adds to answers is described, too."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import servers
from tests.conftest import pointed_at
from tests.fuzz.requests import Bad, Visitor, fuzz, operations_at
from tests.servers import Server
from tests.worlds import ALPHA, world_of


@pytest.fixture(scope="module")
def server(fuzzed_database: str, django_db_blocker: Any) -> Iterator[Server]:
    """The web server on a copy: what is done there stays."""
    with (
        django_db_blocker.unblock(),
        servers.copied(fuzzed_database, "fuzzed") as name,
        servers.web(name, workers=1) as web,
        pointed_at(name),
    ):
        yield web


@pytest.mark.parametrize(
    ("dialect", "kind"), [("core", "anonymous"), ("core", "token"), ("core", "session"), ("partner", "bearer")]
)
def test_answers_over_the_wire_are_as_described(server: Server, dialect: str, kind: str) -> None:
    bad = []
    for operation in operations_at(server.url, dialect):
        try:
            fuzz(operation, Visitor(world_of(ALPHA), kind, server.url))
        except Bad as found:
            bad.append(str(found))
    assert not bad, "\n\n".join(bad)
