"""``python -m bench.thousand``, which is ``make bench ARGS=--tenants``: exit code 1 where a limit is broken."""

import os
import sys
import time
from pathlib import Path

import django

VAR = Path(os.environ.get("FORECOURT_VAR", "var"))
FEWEST = 25


def main() -> int:
    """With one tenant, then with all; print, save and judge."""
    number = int(os.environ.get("TENANTS", "1000"))
    if number < FEWEST:
        sys.stderr.write(f"TENANTS must be {FEWEST} or more.\n")
        return 2
    django.setup()
    from django.core.management import call_command

    from bench.thousand import figures, founding, running, visits
    from bench.thousand.founding import Disk, Founded
    from schemas.postgresql.base import MOST_SCHEMAS

    began, url = time.monotonic(), os.environ["DATABASE_URL"]
    call_command("migrate_schemas", verbosity=0)
    founded = Founded()
    founded.more(1, say)
    slug = founded.hosts[0].partition(".")[0]
    say("with one tenant ...")
    alone = {**visits.measure(founded.hosts, url), **running.measure(slug)}
    founded.more(founding.FIRST + 1, say)
    before, own = Disk.now(), founding.own()
    say(f"{number} tenants ...")
    founded.more(number, say)
    after, added = Disk.now(), number - founding.FIRST - 1
    founding.settle()
    say(f"among {number} tenants ...")
    among = {**visits.measure(founded.hosts, url), **running.measure(slug)}
    say("one new column for all ...")
    bare, ours, in_all = running.new_column(url, among["nothing"])
    alone |= dict.fromkeys(("visit", "first_visit"), among["request"])
    alone |= {"web_again": among["web_after_first"], "column": bare}
    alone |= {"create": founded.of_the_first(0.5), "create_p95": founded.of_the_first(0.95)}
    alone |= {"disk": own.size / 1e6, "files": own.files}
    among |= {"web_again": among["web_memory"], "column": ours}
    among |= {"create": founded.of_the_last(0.5), "create_p95": founded.of_the_last(0.95)}
    among |= {"disk": (after.size - before.size) / 1e6 / added, "files": (after.files - before.files) / added}
    found = figures.between(alone, among)
    VAR.mkdir(parents=True, exist_ok=True)
    figures.save(found, number, VAR / "thousand.json")
    say(f"\n{figures.table(found)}\n")
    web = (among["web_memory"] - alone["web_memory"]) * 1024 / number
    met = min(number, MOST_SCHEMAS)
    session = (among["session_memory"] - alone["session_memory"]) * 1024 / met
    say(f"each tenant more: {web:.0f} kB of a web process, {session:.0f} kB of each session that has met it")
    say(f"disk: {after.size / 1e9:.2f} GB in {after.files:,.0f} files; one new column for all: {in_all:.0f} s")
    say(f"{time.monotonic() - began:.0f} s; figures: {VAR / 'thousand.json'}")
    broken = figures.broken(found)
    say("\n  ".join(["BROKEN LIMITS", *broken]) if broken else "All limits hold.")
    return 1 if broken else 0


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
