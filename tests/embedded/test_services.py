"""PostgreSQL and Redis start as whoever runs this, survive a crash of their owner, and leave nothing behind."""

import json
import os
import select
import signal
import socket
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
from redis import Redis

import embedded
from embedded import processes
from embedded.folders import owned, records_of
from embedded.postgres import CARELESS, _socket_folder
from embedded.processes import started


def write_something(database_url, redis_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    with Redis.from_url(redis_url) as client:
        client.set("kept", "7")


def read_it_back(database_url, redis_url):
    with psycopg.connect(database_url) as connection, Redis.from_url(redis_url) as client:
        return connection.execute("SELECT n FROM kept").fetchone(), client.get("kept")


def test_data_outlives_a_stop_and_no_process_does(folder):
    with embedded.services(folder / "a") as first:
        write_something(first.database_url, first.redis_url)
        pids = [server.child.pid for server in first.started]
        assert len(pids) == 2
    assert [started(pid) for pid in pids] == [None, None]
    assert not _socket_folder((folder / "a" / "postgres").resolve()).exists()
    with embedded.services(folder / "a") as second:
        assert read_it_back(second.database_url, second.redis_url) == ((7,), b"7")
        assert second.redis_url == first.redis_url


def test_the_database_is_forecourt_in_utf8_that_knows_letter_case_and_hears_no_tcp(folder):
    with embedded.services(folder / "a") as found, psycopg.connect(found.database_url) as connection:
        row = connection.execute(
            "SELECT current_database(), current_setting('server_encoding'), lower('ÄÖ'), 'Ö' ILIKE 'ö', "
            "current_setting('listen_addresses'), current_setting('max_connections')"
        ).fetchone()
    assert row == ("forecourt", "UTF8", "äö", True, "", "200")


def test_postgres_never_runs_as_root(folder):
    with embedded.services(folder / "a") as found:
        pid = found.started[0].child.pid
        uids = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("Uid:"))
    assert "0" not in uids.split()[1:]


def test_only_the_owner_can_reach_the_socket(folder):
    with embedded.services(folder / "a"):
        place = _socket_folder((folder / "a" / "postgres").resolve())
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_two_folders_are_two_instances(folder):
    with embedded.services(folder / "a") as a, embedded.services(folder / "b") as b:
        write_something(a.database_url, a.redis_url)
        with psycopg.connect(b.database_url) as connection, Redis.from_url(b.redis_url) as client:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
            assert client.get("kept") is None


def test_one_folder_has_one_owner_and_the_refusal_names_it(folder):
    with embedded.services(folder / "a"):
        with pytest.raises(embedded.FolderInUse) as refusal, embedded.services(folder / "a"):
            pass
        assert refusal.value.owner == str(os.getpid())


def synced(database_url):
    with psycopg.connect(database_url) as connection:
        return connection.execute("SHOW fsync").fetchone()[0]


def test_spare_services_step_aside(folder):
    with embedded.spare_services(folder / "a", CARELESS) as a, embedded.spare_services(folder / "a") as b:
        assert a.database_url != b.database_url
        assert [synced(a.database_url), synced(b.database_url)] == ["off", "on"]
        assert a.redis_url != b.redis_url
    assert sorted(path.name for path in folder.iterdir()) == ["a", "a-2"]


def test_the_servers_die_with_an_owner_that_is_killed(folder, holder):
    victim = holder(folder / "a")
    handles = [os.pidfd_open(pid) for pid in victim.servers]
    victim.kill()
    # A pidfd reads as ready when the process has ended.
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    ended = set()
    while len(ended) < len(handles):
        ready = poll.poll(15_000)
        assert ready, "a server outlived its owner"
        for handle, _ in ready:
            ended.add(handle)
            poll.unregister(handle)
            os.close(handle)
    assert victim.running() == []
    with embedded.services(folder / "a"):
        pass


def test_the_next_start_recovers_at_once_from_a_killed_owner(folder, holder):
    victim = holder(folder / "a")
    write_something(victim.database_url, victim.redis_url)
    victim.kill()
    with embedded.services(folder / "a") as again:
        assert read_it_back(again.database_url, again.redis_url) == ((7,), b"7")
        assert victim.running() == []


def test_the_next_start_ends_servers_that_were_left_running(folder):
    """As on a system without the parent-death signal: the servers run, their owner is gone, the records are there."""
    postgres, redis = embedded.postgres.Postgres(folder / "a"), embedded.redis.Redis(folder / "a")
    (folder / "a").mkdir()
    postgres.start()
    redis.start()
    write_something(postgres.url, redis.url)
    left = [postgres.child, redis.child]
    with embedded.services(folder / "a") as again:
        assert read_it_back(again.database_url, again.redis_url) == ((7,), b"7")
        assert [child.exit_code() for child in left] == [0, 0]
    assert [path.name for path in records_of(folder / "a").glob("*")] == []


def test_everything_killed_with_a_transaction_open_keeps_what_was_committed(folder, holder):
    victim = holder(folder / "a")
    write_something(victim.database_url, victim.redis_url)
    connection = psycopg.connect(victim.database_url)
    connection.execute("INSERT INTO kept VALUES (8)")
    for pid in [victim.process.pid, *victim.servers]:
        os.kill(pid, signal.SIGKILL)
    victim.process.wait()
    with embedded.services(folder / "a") as again:
        assert read_it_back(again.database_url, again.redis_url) == ((7,), b"7")
    connection.close()


@pytest.mark.parametrize("stranger", ["gone", "alive", "zombie"])
def test_a_stale_postmaster_pid_does_not_stop_the_start(folder, stranger):
    with embedded.services(folder / "a") as first:
        write_something(first.database_url, first.redis_url)
        lines = (folder / "a" / "postgres" / "postmaster.pid").read_text().partition("\n")[2]
    process = subprocess.Popen(["sleep", "1000"] if stranger == "alive" else ["true"])
    if stranger == "zombie":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    elif stranger == "gone":
        process.wait()
    (folder / "a" / "postgres" / "postmaster.pid").write_text(f"{process.pid}\n{lines}")
    try:
        with embedded.services(folder / "a") as again:
            assert read_it_back(again.database_url, again.redis_url) == ((7,), b"7")
        assert stranger != "alive" or process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_record_whose_id_belongs_to_somebody_else_touches_nobody(folder):
    stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        with owned(folder / "a") as own:
            records_of(own).mkdir()
            record = records_of(own) / "postgres.json"
            record.write_text(json.dumps({"pid": stranger.pid, "started": "1", "signal": 9}))
            assert processes.end_leftovers(records_of(own)) == []
        assert stranger.poll() is None
        assert not record.exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_cluster_that_was_never_finished_is_made_again(folder):
    for name in ("postgres", "postgres.unfinished"):
        (folder / "a" / name / "base").mkdir(parents=True)
    with embedded.services(folder / "a") as found, psycopg.connect(found.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_redis_takes_another_port_when_its_own_was_taken_meanwhile(folder):
    with embedded.services(folder / "a") as first:
        write_something(first.database_url, first.redis_url)
        port = first.started[1].port
    with socket.create_server(("127.0.0.1", port)), embedded.services(folder / "a") as again:
        assert again.started[1].port != port
        assert read_it_back(again.database_url, again.redis_url) == ((7,), b"7")


def test_servers_named_in_the_environment_are_used_and_none_is_started(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere:1/0")
    with embedded.services(folder / "a") as found:
        assert (found.database_url, found.redis_url) == ("postgresql://somewhere/else", "redis://somewhere:1/0")
        assert found.started == []
    assert not (folder / "a" / "postgres").exists()


def test_a_start_that_fails_says_what_postgres_said(folder):
    with embedded.services(folder / "a"):
        pass
    (folder / "a" / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(embedded.PostgresFailed, match="pg_control"), embedded.services(folder / "a"):
        pass
