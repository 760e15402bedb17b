"""Making tenants as a sign-up makes them, and what each takes of the disk."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection

from bench.opened import signed_up
from tenants.template import TEMPLATE
from website import opening

FIRST, LAST = 20, 100
TOLD_EVERY = 10.0
TIDIED = """
VACUUM ANALYZE pg_attribute, pg_attrdef, pg_class, pg_constraint, pg_depend, pg_index, pg_namespace, pg_sequence,
    pg_trigger, pg_type, tenants_tenant, tenants_domain, tenants_duework
"""
FOLDER = "SELECT current_setting('data_directory'), (SELECT oid FROM pg_database WHERE datname = current_database())"
OWN = """
SELECT (sum(pg_total_relation_size(oid)) FILTER (WHERE relkind <> 'i'))::float,
       (count(*) + 2 * count(*) FILTER (WHERE reltoastrelid <> 0))::float
FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'i', 'S')
"""
"""Bytes and files of a schema's tables, indexes and sequences; long values have a table and an index of their own."""

Say = Callable[[str], None]


@dataclass
class Founded:
    """Hosts in the order of their making, and how long each took in milliseconds."""

    hosts: list[str] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)

    def more(self, number: int, say: Say) -> None:
        """Make tenants until there are so many."""
        began = told = time.monotonic()
        first = len(self.hosts)
        while len(self.hosts) < number:
            self._one(len(self.hosts))
            now, done = time.monotonic(), len(self.hosts) - first
            if now - told > TOLD_EVERY:
                told, rate = now, done / (now - began)
                left = (number - len(self.hosts)) / rate
                say(f"  {len(self.hosts)} of {number}, {rate:.1f} a second, {left:.0f} s left")

    def _one(self, number: int) -> None:
        token = signed_up(number)
        began = time.perf_counter()
        opening.open_up(token, secrets.token_hex())
        self.taken.append((time.perf_counter() - began) * 1000)
        connection.close()  # as at the end of a request
        self.hosts.append(f"measured-{number}-x.{settings.BASE_DOMAIN}")

    def of_the_first(self, share: float) -> float:
        """Milliseconds of the first ones, but for the very first, which finds nothing prepared."""
        return at(self.taken[1 : FIRST + 1], share)

    def of_the_last(self, share: float) -> float:
        """Milliseconds of the last ones."""
        return at(self.taken[-LAST:], share)


def at(taken: list[float], share: float) -> float:
    """The value that such a share of all does not exceed."""
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True)
class Disk:
    """What the database takes."""

    size: float
    files: float

    @classmethod
    def now(cls) -> "Disk":
        """As it is, everything written."""
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_database_size(current_database())::float")
            ((size,),) = cursor.fetchall()
            cursor.execute(FOLDER)
            ((folder, oid),) = cursor.fetchall()
        return cls(size, len(os.listdir(f"{folder}/base/{oid}")))


def own() -> Disk:
    """What a new tenant's own tables take, without a row in them."""
    with connection.cursor() as cursor:
        cursor.execute(OWN, [TEMPLATE])
        ((size, files),) = cursor.fetchall()
    return Disk(size, files)


def settle() -> None:
    """The planner knows what there is, and less is left for autovacuum to do while we measure."""
    with connection.cursor() as cursor:
        cursor.execute(TIDIED)
    connection.close()
