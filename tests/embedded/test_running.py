"""`make run` keeps its processes up, says why it cannot start, and takes everything down with it."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from stripe import StripeClient

from embedded.folders import owned, secret_key
from embedded.ports import any_free_port
from embedded.processes import Program, started
from embedded.run import environment_for
from embedded.stripe_sandbox import NAMES, stripe
from embedded.supervisor import Supervisor
from embedded.together import Services

PATIENT_GRANDCHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
FAMILY = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {PATIENT_GRANDCHILD!r}])
print("grandchild", child.pid, flush=True)
time.sleep(1000)
"""


class Enough(Exception):
    pass


def python(name, code, patience=0.5):
    return Program(name, [sys.executable, "-c", code], patience=patience)


def supervise(programs, folder, capfdbinary, *until):
    """Run until the output holds all of ``until``; the output."""
    supervisor = Supervisor(programs, [], folder / "processes")
    seen = b""

    def look():
        nonlocal seen
        seen += capfdbinary.readouterr().out
        if all(text in seen for text in until):
            raise Enough

    try:
        with pytest.raises(Enough):
            supervisor.run(look)
    finally:
        supervisor.stop()
    return seen + capfdbinary.readouterr().out


def start_run(folder, **settings):
    environment = {**os.environ, "FORECOURT_VAR": str(folder), **settings}
    environment.pop("MAKELEVEL", None)
    command = [sys.executable, "-m", "embedded.run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_lines_come_whole_and_under_the_name_of_their_process(folder, capfdbinary):
    parts = "import sys, time; sys.stdout.write('one '); sys.stdout.flush(); print('line', flush=True); time.sleep(99)"
    lines = [b"web    | one line\n", b"worker | one line\n"]
    out = supervise([python("web", parts), python("worker", parts)], folder, capfdbinary, *lines)
    assert sorted(out.splitlines(keepends=True)) == lines


def test_a_process_that_crashes_is_started_again(folder, capfdbinary):
    code = f"from pathlib import Path; p = Path({str(folder / 'runs')!r}); first = not p.exists(); p.touch()\n"
    code += "import sys, time\nif first: sys.exit(3)\nprint('back again', flush=True); time.sleep(99)"
    out = supervise([python("web", code)], folder, capfdbinary, b"back again")
    assert b"web ended with 3: again in 1 s\n" in out


def test_stopping_ends_grandchildren_that_will_not_listen(folder, capfdbinary):
    out = supervise([python("web", FAMILY)], folder, capfdbinary, b"grandchild ")
    grandchild = int(out.partition(b"grandchild ")[2].split()[0])
    assert started(grandchild) is None


def test_a_taken_port_is_said_before_anything_starts(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start_run(folder, PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert not (folder / "run" / "postgres").exists()


def test_a_second_run_is_refused_and_names_the_first(folder):
    with owned(folder / "run"):
        done = start_run(folder)
    assert done.returncode == 1
    assert f"already running here (process {os.getpid()})" in done.stderr


def test_a_failed_start_says_which_step_failed_and_leaves_no_process(folder):
    done = start_run(folder, PORT=str(any_free_port()), DJANGO_SETTINGS_MODULE="no.such.settings")
    assert done.returncode == 1
    assert "collectstatic --no-input -v0 failed" in done.stderr
    assert list((folder / "run" / "processes").iterdir()) == []


def test_a_wrapped_command_passes_on_its_exit_code_and_finds_the_servers(folder):
    probe = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).close(); raise SystemExit(7)"
    command = [sys.executable, "-m", "embedded", str(folder / "a"), "--", sys.executable, "-c", probe]
    assert subprocess.run(command, check=False).returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_wrapped_command_ends_with_its_wrapper(folder, number):
    code = "import os; print(os.getpid(), flush=True); import time; time.sleep(1000)"
    command = [sys.executable, "-m", "embedded", str(folder / "a"), "--", sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrapper:
        inner = int(wrapper.stdout.readline())
        wrapper.send_signal(number)
        assert wrapper.wait(30) == 128 + number
    assert started(inner) is None


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(folder):
    made = []
    threads = [threading.Thread(target=lambda: made.append(secret_key(folder))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert len(made[0]) >= 50
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_without_a_key_there_is_a_stripe_sandbox_with_the_same_keys_and_address_in_every_run(folder, monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    seen = []
    for port in (8000, 9000):
        with stripe(folder, port) as sandbox:
            environment = environment_for(Services("postgresql://", "redis://"), sandbox, port)
            seen.append({name: environment[name] for name in NAMES})
            api = StripeClient(environment["STRIPE_SECRET_KEY"], base_addresses={"api": environment["STRIPE_API_HOST"]})
            endpoints = sorted(each.url for each in api.v1.webhook_endpoints.list().data)
        assert endpoints == [f"http://localhost:{port}/stripe/webhooks/{name}/" for name in ("connect", "platform")]
    assert seen[0] == seen[1]
    assert len(seen[0]["STRIPE_SECRET_KEY"].removeprefix("sk_test_")) == 32
    assert (folder / "stripe" / "keys.json").stat().st_mode & 0o777 == 0o600
    assert list((folder / "processes").iterdir()) == []


def test_with_a_key_of_the_users_own_nothing_stands_in_for_stripe(folder, monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_ofTheUser")
    with stripe(folder, 8000) as sandbox:
        environment = environment_for(Services("postgresql://", "redis://"), sandbox, 8000)
    assert sandbox is None
    assert environment["STRIPE_SECRET_KEY"] == "sk_test_ofTheUser"
    assert not (folder / "stripe").exists()
