"""Every tenant's promise, proved again and again: one tenant after the other, whose proof is the oldest first.

`prove_some` works for some seconds and stops; with 1,000 tenants each is proved several times an hour. What is proved
is registered from above (`proves`): it gets no argument, runs in the tenant's schema and answers how many faults it
found. A proof that fails proves nothing: its tenant's last one grows old, and old proofs are told (`tenants.vitals`).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Min, Sum
from django.db.models.functions import Coalesce
from django_tenants.utils import schema_context

from schemas.current import enter_public
from tenants.models import Proof, Tenant

log = logging.getLogger(__name__)

EVERY_MINUTES = 10
"""No tenant is proved more often."""
LONGEST_SECONDS = 20
"""So long one proof may take; then it has failed."""
NEWCOMERS = """
    INSERT INTO public.tenants_proof (schema_name, begun_at, since, faults)
    SELECT schema_name, '2000-01-01', now(), 0 FROM public.tenants_tenant AS tenant
    WHERE state = ANY(%s) AND schema_name <> 'public'
      AND NOT EXISTS (SELECT FROM public.tenants_proof AS proof WHERE proof.schema_name = tenant.schema_name)
    ON CONFLICT DO NOTHING
"""
GONE = """
    DELETE FROM public.tenants_proof AS proof WHERE NOT EXISTS (
        SELECT FROM public.tenants_tenant AS tenant WHERE tenant.schema_name = proof.schema_name AND state = ANY(%s)
    )
"""
NEXT = """
    UPDATE public.tenants_proof SET begun_at = clock_timestamp() WHERE schema_name = (
        SELECT schema_name FROM public.tenants_proof
        WHERE begun_at < clock_timestamp() - make_interval(mins => %s)
        ORDER BY begun_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING schema_name
"""
WRITE = "UPDATE public.tenants_proof SET proved_at = clock_timestamp(), faults = %s WHERE schema_name = %s"

Prover = Callable[[], int]
_provers: list[Prover] = []


@dataclass(frozen=True, slots=True)
class Proven:
    """What all proofs say: faults found, the oldest proof (or since when one is owed), and of how many tenants."""

    faults: int
    oldest: datetime | None
    tenants: int


def proves(prover: Prover) -> Prover:
    """Register what looks for faults in the current tenant's schema."""
    _provers.append(prover)
    return prover


def prove_some(seconds: float) -> int:
    """Prove tenants whose turn it is, for so long; answers how many. Any number of provers may run at once."""
    enter_public()
    _know_tenants()
    began, proved = time.monotonic(), 0
    while time.monotonic() - began < seconds and (schema := _next()):
        proved += _prove(schema)
    return proved


def proven() -> Proven:
    """What is proved of all tenants at work, in one query."""
    found = Proof.objects.aggregate(
        faults=Sum("faults"), oldest=Min(Coalesce("proved_at", "since")), tenants=Count("schema_name")
    )
    return Proven(found["faults"] or 0, found["oldest"], found["tenants"])


def _know_tenants() -> None:
    at_work = [str(state) for state in Tenant.AT_WORK]
    with connection.cursor() as cursor:
        cursor.execute(NEWCOMERS, [at_work])
        cursor.execute(GONE, [at_work])


def _next() -> str:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [EVERY_MINUTES])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _prove(schema: str) -> bool:
    try:
        with schema_context(schema), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{LONGEST_SECONDS}s"])
            faults = sum(prover() for prover in _provers)
    except Exception as error:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        enter_public()
        log.error("proof of %s failed: %s", schema, type(error).__name__)
        return False
    if faults:
        log.error("proof of %s found %s faults", schema, faults)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [faults, schema])
    return True
