"""What is over is deleted once a day, in short transactions: here, and wherever a sweep is registered.

| what | kept |
|---|---|
| events of the inbox that ended, but for those given up | `inbox.KEPT` |
| letters that were sent or refused: to whom, when and the subject | `LETTERS_KEPT` |
| sessions, until they end; answers under an Idempotency-Key, a day | - |
| failed sign-ins, who and from where | `SIGN_INS_KEPT` |
| codes and tokens of apps, personal tokens | `oauth.ending` |
| links that were mailed | `accounts.links.KEPT` |
| files that were brought, and their reports | `bookings.imports.bringing.KEPT` |
| archives with which owners take everything along | `desk.everything.shelf.KEPT` |
| what strangers typed who signed up | `website.signing.KEPT` |
| hosts that had a certificate and are served no more | `CERTIFICATES_KEPT` |
| who reported abuse, and the report | `REPORTERS_KEPT`, `REPORTS_KEPT` |
| numbers of who was erased, for restores | `settings.BACKUPS_KEPT` |

A tenant's sweeps are due work of its own, spread over `SPREAD`, so that no tenant's trouble is another's and nothing
else feels them. Each may be called any number of times.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django_tenants.utils import get_public_schema_name

from accounts.models import Session
from oauth import ending
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from tenants import due, erasures, inbox
from tenants.models import AbuseReport, CertifiedHost, Domain, DueWork, OutgoingMail, Tenant

KIND = "clean_up"
OBJECT = "daily"
SPREAD = timedelta(hours=1)
LETTERS_KEPT = timedelta(days=400)
SIGN_INS_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(hours=24)
CERTIFICATES_KEPT = timedelta(days=90)
REPORTERS_KEPT = timedelta(days=183)
"""So long after the verdict somebody may complain about it (Digital Services Act, article 20)."""
REPORTS_KEPT = timedelta(days=3 * 365)
AT_ONCE = 1000

Sweep = Callable[[], int]
_of_tenants: dict[str, Sweep] = {}
_of_platform: dict[str, Sweep] = {}


def of_tenants(name: str) -> Callable[[Sweep], Sweep]:
    """Register a sweep that is called in every tenant's schema, once a day; it answers how much it deleted."""

    def register(sweep: Sweep) -> Sweep:
        _of_tenants[name] = sweep
        return sweep

    return register


def of_platform(name: str) -> Callable[[Sweep], Sweep]:
    """Register a sweep that is called in `public`, once a day; it answers how much it deleted."""

    def register(sweep: Sweep) -> Sweep:
        _of_platform[name] = sweep
        return sweep

    return register


def clean_platform() -> int:
    """Delete what is over in `public`; answers how many rows."""
    ended = OutgoingMail.objects.exclude(state=OutgoingMail.State.WAITING)
    old_letters = ended.filter(created_at__lt=Now() - LETTERS_KEPT)
    swept = sum(each() for each in _of_platform.values())
    served = Domain.objects.filter(domain=OuterRef("host"))
    certified = CertifiedHost.objects.filter(~Exists(served), allowed_at__lt=Now() - CERTIFICATES_KEPT)
    swept += sweep(erasures.over()) + _reports()
    return swept + inbox.prune() + sweep(old_letters) + sweep(certified) + sessions() + sign_ins()


def _reports() -> int:
    """What was judged long ago; of what was judged, first the address of whoever reported it."""
    judged = AbuseReport.objects.filter(judged_at__lt=Now() - REPORTERS_KEPT)
    judged.exclude(email="").update(email="")
    return sweep(judged.filter(judged_at__lt=Now() - REPORTS_KEPT))


def plan() -> int:
    """Have every tenant at work cleaned up within `SPREAD`; answers how many. One that waits for it already stays."""
    names = list(
        Tenant.objects.filter(state__in=Tenant.AT_WORK)
        .exclude(schema_name=get_public_schema_name())
        .order_by("pk")
        .values_list("schema_name", flat=True)
    )
    now = database_now()
    works = [
        DueWork(schema_name=name, kind=KIND, object_id=OBJECT, due_at=now + SPREAD * number / len(names))
        for number, name in enumerate(names)
    ]
    DueWork.objects.bulk_create(works, ignore_conflicts=True, batch_size=AT_ONCE)
    return len(names)


@due.handles(KIND, queue=due.Queue.BULK)
def clean_tenant(_object_id: str) -> None:
    """Delete what is over in a tenant's schema, by every sweep that is registered."""
    for each in _of_tenants.values():
        each()


@of_tenants("sessions")
def sessions() -> int:
    """Sessions that have ended."""
    return sweep(Session.objects.filter(expire_date__lt=Now()))


@of_tenants("answers")
def answers() -> int:
    """Answers that are kept for repeated requests, once they are a day old."""
    return sweep(IdempotencyRecord.objects.filter(created_at__lt=Now() - ANSWERS_KEPT))


@of_tenants("sign-ins")
def sign_ins() -> int:
    """Failed sign-ins and the record of sign-ins."""
    tables: tuple[Any, ...] = (AccessAttempt, AccessFailureLog, AccessLog)
    return sum(sweep(table.objects.filter(attempt_time__lt=Now() - SIGN_INS_KEPT)) for table in tables)


@of_tenants("tokens")
def tokens() -> int:
    """Codes and tokens that are over."""
    return sum(sweep(rows) for rows in ending.over())


def sweep(old: QuerySet[Any]) -> int:
    """Delete rows, so many in a transaction; answers how many they were."""
    gone = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        gone += old.model._default_manager.filter(pk__in=keys).delete()[0]
    return gone
