"""Servers and people for the races. One web server for all of them, and one that can be made to stumble."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from schemas.clock import database_now
from tests import servers
from tests.conftest import use_database
from tests.races import checker
from tests.races.ground import Ground
from tests.races.rigging import Rigging
from tests.servers import Server
from tests.worlds import ALPHA, BETA, world_of

Figures = Callable[[str, object], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a race."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("race")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the races measured."""
    reports = [report for found in terminalreporter.stats.values() for report in found if hasattr(report, "when")]
    measured = [report for report in reports if report.when == "teardown" and report.user_properties]
    if measured:
        terminalreporter.section("figures of the races")
    for report in measured:
        facts = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {facts}")


@pytest.fixture(scope="session")
def arena(django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """The database of the races, furnished."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template = request.getfixturevalue("template")
        with servers.copied(template, "races") as database:
            yield furnished(database)


def furnished(database: str) -> Ground:
    """A copied database with its crowd."""
    with pointed_at(database):
        ground = Ground(database, world_of(ALPHA), world_of(BETA))
        ground.furnish()
    return ground


@contextmanager
def pointed_at(database: str) -> Iterator[None]:
    """Django in this process works on another database."""
    before = str(settings.DATABASES["default"]["NAME"])
    use_database(database)
    yield
    use_database(before)


@pytest.fixture
def ground(arena: Ground, django_db_blocker: object) -> Iterator[Ground]:
    """The arena, with Django in this process pointed at it. Whatever a test did there, the invariants hold after it."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with pointed_at(arena.database):
            yield arena
        arena.hang_up()
    assert arena.violations() == []


@pytest.fixture(scope="session")
def server(arena: Ground) -> Iterator[Server]:
    """Two processes of twelve threads on the arena."""
    with servers.web(arena.database, threads=12) as running:
        yield running


@pytest.fixture(scope="session")
def riggable(arena: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Rigging]]:
    """A second web server on the arena that obeys failpoints."""
    folder = tmp_path_factory.mktemp("failpoints")
    with servers.web(arena.database, {"FAILPOINTS": str(folder)}, threads=6) as running:
        yield running, Rigging(folder)


@pytest.fixture
def rigged(riggable: tuple[Server, Rigging]) -> Iterator[tuple[Server, Rigging]]:
    """The same for one test, with nothing rigged before and after it."""
    riggable[1].clear()
    yield riggable
    riggable[1].clear()


@pytest.fixture
def mortal(ground: Ground, tmp_path: Path) -> Iterator[tuple[Server, Rigging]]:
    """A web server on the arena that a test may kill processes of, and nobody else has: with a second death within 5 s
    of the first it gives up (granian's crash loop).
    """
    with servers.web(ground.database, {"FAILPOINTS": str(tmp_path)}, threads=6) as running:
        yield running, Rigging(tmp_path)


@pytest.fixture
def spoilt(ground: Ground, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Ground, Server, Rigging]]:
    """A database to spoil, its people, and a server on it that obeys failpoints: for negative controls."""
    with servers.copied(request.getfixturevalue("template"), "spoilt") as database:
        found = furnished(database)
        with pointed_at(database), servers.web(database, {"FAILPOINTS": str(tmp_path)}, threads=12) as server:
            yield found, server, Rigging(tmp_path)
        found.hang_up()


@pytest.fixture
def tomorrow(ground: Ground) -> date:
    """The first day that is bookable from morning to night, wherever the venue is."""
    return database_now().date() + timedelta(days=2)


@pytest.fixture
def figures(ground: Ground, record_property: Figures) -> Iterator[Figures]:
    """Say what was measured: `figures("attempts", 2000)`. Deadlocks are added."""
    before = checker.deadlocks(ground.database_url)
    yield record_property
    record_property("deadlocks", checker.deadlocks(ground.database_url) - before)
