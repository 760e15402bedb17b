"""PgBouncer for tests and measurements, run as our own child on a free port of 127.0.0.1.

No wheel brings it. The one of this machine is used (``PGBOUNCER``, or the path); else Debian's package and the
libraries that it lacks are fetched with ``apt-get download`` and unpacked under ``var/``: nothing is installed.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import psycopg
from psycopg.conninfo import conninfo_to_dict

from embedded.folders import PROJECT
from embedded.listening import Listener
from embedded.ports import HOST
from embedded.postgres import _account_for
from embedded.processes import Program

UNPACKED = PROJECT / "var" / "pgbouncer"
SETTINGS = {
    "pool_mode": "session",
    "server_reset_query": "DISCARD ALL",
    "ignore_startup_parameters": "extra_float_digits",
    "max_client_conn": "1000",
    "default_pool_size": "20",
    "query_wait_timeout": "2",
    "server_lifetime": "300",
}
"""Those of deploy/pgbouncer/pgbouncer.ini that matter to whoever connects."""


class PgBouncerFailed(Exception):
    """It is not to be had, or did not start; the message ends with its log."""


def binary() -> Path:
    """One that starts, fetched if need be. Raises PgBouncerFailed."""
    own = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if own and _starts(Path(own)):
        return Path(own)
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with (UNPACKED / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes that need it one fetches it
        return _fetched()


def environment(program: Path) -> dict[str, str]:
    """With the libraries that were unpacked beside a program, if it was."""
    libraries = sorted({str(path.parent) for path in UNPACKED.glob("root/**/lib*.so*")})
    beside = {"LD_LIBRARY_PATH": ":".join(libraries)} if program.is_relative_to(UNPACKED) else {}
    return {**os.environ, **beside}


def _fetched() -> Path:
    program = UNPACKED / "root/usr/sbin/pgbouncer"
    if _starts(program):
        return program
    if not _unpacked("pgbouncer") and os.getuid() == 0:  # a machine that has never looked
        subprocess.run(["apt-get", "-qq", "update"], stdout=sys.stderr, check=False)
        _unpacked("pgbouncer")
    if not _starts(program):
        told = subprocess.run(["apt-cache", "depends", "pgbouncer"], capture_output=True, text=True, check=False).stdout
        named = {line.split()[-1] for line in told.splitlines() if "Depends: lib" in line}
        _unpacked(*sorted(named - {"libc6"}))
    if not _starts(program):
        raise PgBouncerFailed("PgBouncer is not here, and apt-get brought none: install it, or set PGBOUNCER=path")
    return program


def _unpacked(*packages: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as folder:
        try:
            done = subprocess.run(["apt-get", "-qq", "download", *packages], cwd=folder, check=False)
        except FileNotFoundError:
            return False
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(UNPACKED / "root")], check=True)
    return done.returncode == 0


def _starts(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], env=environment(program), capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


class PgBouncer(Listener):
    """One in front of the PostgreSQL of a URL, its files under ``folder``/pgbouncer."""

    name, label, failure = "pgbouncer", "PgBouncer", PgBouncerFailed

    def __init__(self, folder: Path, database_url: str, settings: Mapping[str, str] = MappingProxyType({})):
        super().__init__(folder)
        parts = conninfo_to_dict(database_url)
        self.host, self.behind = parts["host"], parts.get("port") or 5432
        self.settings = {**SETTINGS, **settings}
        self.binary = binary()
        self.account = _account_for(self.data, self.binary)

    def url_of(self, database: str) -> str:
        """A database behind it."""
        return f"postgresql://postgres@{HOST}:{self.port}/{database}"

    def told(self, question: str) -> list[dict[str, object]]:
        """What its own console says: ``SHOW POOLS`` and the like."""
        with psycopg.ClientCursor(self._console()) as cursor:
            cursor.execute(question)
            names = [column.name for column in cursor.description or ()]
            found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.connection.close()
        return found

    def program(self) -> Program:
        settings = {
            "listen_addr": HOST,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(self.data / "users"),
            "admin_users": "postgres",
            **self.settings,
        }
        lines = ["[databases]", f"* = host={self.host} port={self.behind}", "", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        configuration = self.data / "pgbouncer.ini"
        (self.data / "users").write_text('"postgres" ""\n')
        configuration.write_text("\n".join(lines) + "\n")
        for path in (configuration, self.data / "users"):
            path.chmod(0o644)
        command = [str(self.binary), str(configuration)]
        return Program("pgbouncer", command, environment(self.binary), Path("/"), account=self.account, patience=1.0)

    def answers(self) -> bool:
        try:
            return bool(self.told("SHOW VERSION"))
        except psycopg.OperationalError:
            return False

    def _console(self) -> psycopg.Connection:
        return psycopg.connect(self.url_of("pgbouncer"), autocommit=True, connect_timeout=2)
