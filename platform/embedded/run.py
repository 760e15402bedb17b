"""``python -m embedded.run``, which is ``make run``: the whole platform on this machine until a signal ends it."""

import contextlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from embedded import assets, node, processes
from embedded.child import die_with
from embedded.folders import PROJECT, VAR, FolderInUse, owned, records_of, secret_key
from embedded.ports import HOST, is_free
from embedded.postgres import PostgresFailed
from embedded.processes import Program
from embedded.redis import RedisFailed
from embedded.stamps import Stamp, digest, sources
from embedded.stripe_sandbox import NAMES, SandboxFailed, StripeSandbox, stripe
from embedded.supervisor import Server, Supervisor, say
from embedded.together import Services, running

FOLDER = VAR / "run"
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WEB_PROCESSES, WEB_THREADS = 2, 32
"""Whoever waits for a lock holds a thread for up to 2.5 s: a crowd at one court must leave some for the others."""
WORKER_PATIENCE = 25.0
"""Work that runs may end: longer than a worker's soft shutdown (`config.settings.clock`)."""
SLOW_START = 60.0
MIGRATION_SOURCES = (
    "**/migrations/**/*.py",
    "platform/config/settings/*.py",
    "requirements/base.txt",
    "tenants/**/*.py",
)
STATIC_SOURCES = ("static/**/*", "requirements/base.txt", "platform/config/settings/*.py")
PLAN_SOURCES = ("billing/subscriptions/*.py", "billing/gateway/products.py")


class Stop(BaseException):
    """A signal asked us to end."""


class StepFailed(Exception):
    """A command that prepares the platform failed; it has said why."""


def main() -> int:
    began = time.monotonic()
    port = int(os.environ.get("PORT", "8000"))
    if "MAKELEVEL" in os.environ:
        die_with(os.getppid(), signal.SIGTERM)
    _listen_for_the_end()
    try:
        with owned(FOLDER) as folder:
            processes.end_leftovers(records_of(folder))
            if not is_free(port):
                return _refuse(f"Port {port} is taken. Free it, or choose another one: PORT={port + 1} make run")
            say("Starting PostgreSQL, Redis and the Stripe sandbox ...")
            with running(folder) as services, stripe(folder, port) as sandbox:
                environment = environment_for(services, sandbox, port)
                with _shared(folder, environment):
                    _prepare(folder, environment)
                    _mind(folder, [*services.started, *([sandbox] if sandbox else [])], environment, began)
    except Stop:
        say("Stopped.")
        return 0
    except FolderInUse as taken:
        return _refuse(f"`make run` is already running here (process {taken.owner}). Stop it with: make stop")
    except (PostgresFailed, RedisFailed, SandboxFailed, StepFailed, assets.BuildFailed, node.NoNode) as problem:
        return _refuse(str(problem))
    return 0


def environment_for(services: Services, sandbox: StripeSandbox | None, port: int) -> dict[str, str]:
    """What every process of the product gets; values that the user has set win."""
    # Who works on the pages sees each change at once, and what browsers keep is not what they look at.
    is_collected = "0" if os.environ.get("DEBUG") == "1" else "1"
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        "SECRET_KEY": "",
        "STATIC_COLLECTED": is_collected,
    }
    ours = {
        **services.environment(),
        **(sandbox.environment() if sandbox else {}),
        "PORT": str(port),
        "PYTHONPATH": os.pathsep.join((str(PROJECT / "platform"), str(PROJECT))),
        "PYTHONUNBUFFERED": "1",
    }
    environment = {**defaults, **os.environ, **ours}
    environment["SECRET_KEY"] = environment["SECRET_KEY"] or secret_key(VAR)
    return environment


@contextlib.contextmanager
def _shared(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Tell other commands (make shell, make demo) where the running services are."""
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PORT", "STATIC_COLLECTED", *NAMES)
    path = folder / "environment.json"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({name: environment[name] for name in names if name in environment}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _prepare(folder: Path, environment: dict[str, str]) -> None:
    """Assets, schemas, plans and demo data; each costs little when there is nothing to do."""
    assets.build()
    if environment["STATIC_COLLECTED"] == "1":
        collected = Stamp(folder / "collected", digest([*sources(*STATIC_SOURCES), VAR / "assets" / "app.css"]))
        if not collected.is_current() or not (VAR / "static" / "staticfiles.json").exists():
            _manage(folder, environment, "Compressing style sheets and scripts", "collectstatic", "--no-input", "-v0")
            collected.set()
    migrated = Stamp(folder / "migrated", digest(sources(*MIGRATION_SOURCES)))
    if os.environ.get("DATABASE_URL") or not migrated.is_current():  # what a foreign server holds is not ours to know
        _manage(folder, environment, "Migrating", "migrate_schemas")
        migrated.set()
    if _is_sandboxed(environment):  # a user's own account is the user's
        planned = Stamp(folder / "planned", digest(sources(*PLAN_SOURCES)))
        if os.environ.get("DATABASE_URL") or not planned.is_current():
            _manage(folder, environment, "Writing the plans", "plans")
            planned.set()
    _manage(folder, environment, "Looking after the demo data", "demo_data")


def _manage(folder: Path, environment: dict[str, str], what: str, *command: str) -> None:
    say(f"{what} ...")
    program = Program(command[0], [sys.executable, "manage.py", *command], environment, PROJECT)
    if processes.run(program, records_of(folder)) != 0:
        raise StepFailed(f"manage.py {' '.join(command)} failed")


def _mind(folder: Path, servers: list[Server], environment: dict[str, str], began: float) -> None:
    supervisor = Supervisor(_programs(folder, environment), servers, records_of(folder))
    announcement = _Announcement(environment, began)
    try:
        supervisor.run(announcement.when_ready)
    finally:
        supervisor.stop()


def _programs(folder: Path, environment: dict[str, str]) -> list[Program]:
    here = Path(sys.executable).parent
    web = [str(here / "granian"), "--interface", "wsgi", "--host", HOST, "--port", environment["PORT"]]
    web += ["--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS), "--backpressure", "512"]
    web += ["--workers-kill-timeout", "4", "--respawn-failed-workers", "--no-ws", "config.wsgi:application"]
    celery = [str(here / "celery"), "--quiet", "--app", "config.celery"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-mingle", "--without-gossip"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(folder / "beat-schedule")]
    return [
        Program("web", web, environment, PROJECT),
        Program("worker", worker, environment, PROJECT, patience=WORKER_PATIENCE),
        Program("beat", beat, environment, PROJECT),
    ]


class _Announcement:
    """Says once where everything is, when /readyz answers 200."""

    def __init__(self, environment: dict[str, str], began: float):
        self._port = int(environment["PORT"])
        self._environment = environment
        self._began, self._started = began, time.monotonic()
        self._done = False
        self._complained = False

    def when_ready(self) -> None:
        if self._done:
            return
        waited = time.monotonic() - self._began
        if self._is_ready():
            self._done = True
            say(_addresses(self._environment, waited))
        elif time.monotonic() - self._started > SLOW_START and not self._complained:
            self._complained = True
            say(f"http://{HOST}:{self._port}/readyz does not answer 200 yet: the lines above may say why")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _addresses(environment: dict[str, str], seconds: float) -> str:
    """The block to read: every address and login of ``var/demo.json``, and where payments go."""
    lines = ["", f"Forecourt is ready after {seconds:.1f} s. Ctrl-C stops it."]
    with contextlib.suppress(FileNotFoundError):
        demo = json.loads((VAR / "demo.json").read_text())
        operator = demo["platform"]["operator"]
        lines += ["", f"  Platform   {demo['platform']['url']}", f"    operator    {_login(operator)}"]
        lines += ["    its code    make code"]
        for tenant in demo["tenants"]:
            lines += ["", f"  {tenant['name']}   {tenant['url']}"]
            roles = ("owner", "manager", "front_desk")
            lines += [f"    {role.replace('_', ' '):<11} {_login(tenant[role])}" for role in roles if role in tenant]
            lines += [f"    customer    {_login(customer)}" for customer in tenant["customers"][:1]]
        address = f"http://{HOST}:{environment['PORT']}"
        lines += ["", f"  The first one also answers on {address}; tokens for scripts: {VAR / 'demo.json'}"]
        if not environment.get("EMAIL_HOST") and not environment.get("MAIL_PROVIDER"):
            lines += ["", f"  Mail       {demo['platform']['url'].rstrip('/')}/dev/mail/"]
    lines += ["", f"  Payments   {_till(environment)}"]
    return "\n".join([*lines, ""])


def _till(environment: dict[str, str]) -> str:
    if _is_sandboxed(environment):
        return (
            f"a Stripe sandbox on {environment['STRIPE_API_HOST']}: nothing is real, pay with card 4242 4242 4242 4242"
        )
    kind = "LIVE" if "_live_" in environment["STRIPE_SECRET_KEY"] else "test"
    return f"Stripe, with your {kind} key"


def _is_sandboxed(environment: dict[str, str]) -> bool:
    return environment.get("STRIPE_API_HOST", "").startswith(f"http://{HOST}:")


def _login(person: dict[str, str]) -> str:
    return f"{person['email']}  {person['password']}"


def _listen_for_the_end() -> None:
    for number in ENDING_SIGNALS:
        # nohup keeps its meaning; a shell script's `make run &` ignores SIGINT without meaning to.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Once: a second Ctrl-C must not interrupt the stopping, which is bounded anyway."""
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    say("\nStopping ...")
    raise Stop


def _refuse(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
