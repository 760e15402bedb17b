"""Which hosts a certificate may be ordered for, and how many new ones at a time (T26).

An authority blocks the account of whoever orders too much (Let's Encrypt: 300 in three hours, and 50 a week for one
registered name), so new hosts are counted: of all, of what a tenant has registered, and of the tenant. A host that was
allowed once is renewed whatever the others do. A quarter of the hour is for tenants without a new host that day, so
that a few who bring and drop domains in a loop do not use it up.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django_tenants.utils import get_public_schema_name

from kernel import failpoints
from kernel.errors import TooMany
from schemas.clock import database_now
from schemas.keys import lock_key
from schemas.transactions import transact
from tenants import domainnames
from tenants.addresses import own_host
from tenants.hosts import tenant_of
from tenants.models import CertifiedHost, DomainClaim, Tenant
from tenants.slugs import RESERVED

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
A_DAY = 20
"""So many new hosts has one tenant in a day: twice as many as it may bring."""
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?:{LABEL}\.)*{LABEL}")


def may_have(typed: str) -> bool:
    """Whether a host is served here and may have a certificate; `TooMany` where it has to wait. In `public`.

    What cannot be a host of ours costs no query, what is none costs one.
    """
    host = typed.lower().removesuffix(".")
    if not could_be_ours(host):
        return False
    tenant = tenant_of(host)
    if tenant is None or tenant.state not in Tenant.AT_WORK:
        return False
    if tenant.schema_name == get_public_schema_name() or _has_one(host):
        return True
    if not tenant.is_ready or DomainClaim.objects.filter(tenant=tenant, domain=host, lost_since__isnull=False).exists():
        return False
    transact(lambda: _count(tenant, host))
    return True


def could_be_ours(host: str) -> bool:
    """Whether it is spelled like a name of the DNS, and not like one of our own that nobody is given."""
    if len(host) > domainnames.LONGEST or not NAME.fullmatch(host) or host.rpartition(".")[2].isdigit():
        return False
    slug = host.removesuffix(f".{settings.BASE_DOMAIN}")
    return slug == host or ("." not in slug and slug not in RESERVED)


def _has_one(host: str) -> bool:
    return CertifiedHost.objects.filter(host=host).exists()


def _count(tenant: Tenant, host: str) -> None:
    """One after the other, so that a rush is counted, too."""
    if not failpoints.hit("certificates.alone"):  # the negative control counts without it
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("certificates")])
    if _has_one(host):
        return
    now, top, rows = database_now(), domainnames.registered(host), CertifiedHost.objects.all()
    mine = _until(rows.filter(tenant_id=tenant.pk), A_DAY, DAY, now)
    is_first = not rows.filter(tenant_id=tenant.pk, allowed_at__gt=now - DAY).exists()
    most = settings.CERTIFICATES_PER_HOUR * (4 if is_first else 3) // 4
    waits = [mine, _until(rows, most, HOUR, now)]
    if host != own_host(tenant):  # of ours there are as many as businesses
        waits.append(_until(rows.filter(registered=top), settings.CERTIFICATES_PER_NAME, WEEK, now))
    failpoints.hit("certificates.counted")
    until = max((each for each in waits if each), default=None)
    if until:
        seconds = int((until - now).total_seconds()) + 1
        raise TooMany("too_many_certificates", "Too many new hosts for now.", retry_after=seconds)
    CertifiedHost.objects.create(tenant_id=tenant.pk, host=host, registered=top)


def _until(rows: QuerySet[CertifiedHost], most: int, window: timedelta, now: datetime) -> datetime | None:
    """When there is room for one more, None for now: once the first of the last `most` is older than the window."""
    newest = rows.filter(allowed_at__gt=now - window).order_by("-allowed_at")
    last = list(newest.values_list("allowed_at", flat=True)[:most])
    if len(last) < most:
        return None
    return last[-1] + window if last else now + window
