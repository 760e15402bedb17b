"""``python -m bench``, which is ``make bench``: exit code 1 where a limit is broken."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import django
import psycopg
from psycopg.conninfo import make_conninfo

DATABASE = "forecourt_bench"
CLIENTS = {"chain": (1, 4), "preview": (1, 4), "series": (1, 4)}
USUAL_CLIENTS = (1, 4, 16)
MOST_PER_SECOND = {"create": 1500, "series": 100, "webhook": 3000}
"""More than this nobody makes here, so that no slot is asked for twice."""

WEBHOOK_SECRET = "whsec_" + "measured" * 4

VAR = Path(os.environ.get("FORECOURT_VAR", "var"))


def main() -> int:
    """Build the ground, measure, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="The same work as bare SQL and through HTTP.")
    parser.add_argument("--seconds", type=int, default=3, help="length of each of the 67 runs (default: 3)")
    parser.add_argument("--desk", action="store_true", help="only the pages of the desk, with 100,000 bookings")
    parser.add_argument("--tenants", action="store_true", help="only a thousand tenants (TENANTS), about 15 minutes")
    parser.add_argument("--pooler", action="store_true", help="only what PgBouncer costs and saves")
    asked = parser.parse_args()
    if asked.tenants:
        return _thousand()
    url = _fresh_database()
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    os.environ["STRIPE_WEBHOOK_SECRET_CONNECT"] = WEBHOOK_SECRET
    django.setup()
    if asked.desk:
        from django.core.management import call_command

        call_command("migrate_schemas", verbosity=0)
        return 0 if _desk() else 1
    if asked.pooler:
        return 0 if _pooler(url, asked.seconds) else 1
    measured = _measure(url, asked.seconds)
    desk = 0 if _desk() else 1
    return max(measured, desk, _thousand())


def _desk() -> bool:
    """The pages of a large business; whether all keep their limit."""
    from bench import large, web

    _say(f"{large.BOOKINGS:,} bookings of one business ...")
    made = large.make()
    with tempfile.TemporaryDirectory() as name, web.serving(made.host, Path(name) / "web.log") as server:
        found = large.medians(made, server.port)
    _say(f"{large.told(found)}\n")
    broken = large.broken(found)
    _say("\n".join(["BROKEN LIMITS", *broken]) if broken else "All pages of the desk keep their limit.")
    return not broken


def _thousand() -> int:
    """Tenants by the thousand, in services of their own, whose data are gone afterwards; the exit code."""
    VAR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="thousand-") as folder:
        command = [sys.executable, "-m", "embedded", folder, "--", sys.executable, "-m", "bench.thousand"]
        own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        return subprocess.run(command, env=own, check=False).returncode


def _pooler(url: str, seconds: int) -> bool:
    """The same pages through PgBouncer and without; whether it keeps its limits."""
    from django.core.management import call_command
    from django.db import connection

    from bench import pooled

    call_command("migrate_schemas", verbosity=0)
    found = pooled.measure(url, seconds)
    connection.close()
    _say(f"{pooled.told(found)}\n")
    broken = pooled.broken(found)
    _say("\n".join(["BROKEN LIMITS", *broken]) if broken else "The pooler keeps its limits.")
    return not broken


def _fresh_database() -> str:
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    return make_conninfo(url, dbname=DATABASE)


def _measure(url: str, seconds: int) -> int:
    # Only now, because these import models.
    from django.db import connection

    from bench import clock, ground, imported, money, opened, recorded, report, tidied, web, work
    from bench.bare import Load, Pgbench

    began = time.monotonic()
    _say(f"{ground.BOOKINGS + ground.CHAIN_BOOKINGS:,} bookings of the next {ground.DAYS} days ...")
    place = ground.make()
    recorder = recorded.Recorder(place)
    calls = {
        "day": work.days(place),
        "page": work.slot_pages(place),
        "month": work.months(place, place.club),
        "chain": work.months(place, place.chain),
        "quote": work.quotes(place),
        "preview": work.previews(place),
        "statement": money.statements(place.books),
        "list": work.pages(place.desk),
        "detail": work.details(place.desk),
        "search": work.searches(place.desk),
    }
    fresh = {
        "create": work.creations(place),
        "series": work.series(place),
        "webhook": money.deliveries(place.host, WEBHOOK_SECRET),
    }
    scripts = {name: recorder.reads(found) for name, found in calls.items()}
    scripts["create"] = recorder.creations(islice(fresh["create"], work.VARIANTS))
    scripts["series"] = recorder.series(islice(fresh["series"], work.SERIES_VARIANTS))
    scripts["webhook"] = recorder.events(islice(fresh["webhook"], work.VARIANTS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    lines: list[report.Line] = []
    with tempfile.TemporaryDirectory() as name, web.serving(place.host, Path(name) / "web.log") as server:
        folder = Path(name)
        pgbench = Pgbench(url, place.tenant.schema_name, folder)
        for kind, found in scripts.items():
            files = recorded.write(found, folder, kind)
            for clients in CLIENTS.get(kind, USUAL_CLIENTS):
                load = Load(clients, seconds)
                _say(f"{report.NAMES[kind]}, {clients} clients ...")
                sql = pgbench.run(files, load)
                made = calls.get(kind) or list(islice(fresh[kind], MOST_PER_SECOND[kind] * seconds))
                http = server.run(made, place, load)
                lines.append(report.Line(kind, clients, found[-1].statements, sql, http))
        memory = server.largest_process_mb()
    _say(f"{report.NAMES[imported.WORK]} ...")
    line, import_mb = imported.line(place.tenant, place.club.resources[0], url)
    lines.append(line)
    _say(f"{report.NAMES[opened.WORK]} ...")
    line, opened_seconds = opened.line(url)
    lines.append(line)
    _say("the clock ...")
    lines += clock.lines(url, seconds)
    with tempfile.TemporaryDirectory() as name:
        lapsed = tidied.seconds(place.tenant, Path(name))
    sentence, holds = report.verdict(lines, memory, import_mb, lapsed, opened_seconds)
    VAR.mkdir(parents=True, exist_ok=True)
    report.save(lines, memory, import_mb, lapsed, opened_seconds, VAR / "bench.json")
    _say(f"\n{report.table(lines)}\n")
    _say(f"web process: {memory:.0f} MB resident; {web.WORKERS} processes of {web.THREADS} threads")
    _say(f"import of a calendar of 5,000 events: {import_mb:.0f} MB more at most")
    _say(report.tidied(lapsed))
    _say(f"new business, from the button to the first page of the desk: p95 {opened_seconds:.2f} s")
    _say(f"{sentence}\n{time.monotonic() - began:.0f} s; figures: {VAR / 'bench.json'}")
    return 0 if holds else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
