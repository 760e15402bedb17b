"""What is true of a business at this moment: who works on its data, and who gets them. Few queries, whatever it has."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from accounts.models import STAFF_ROLES, AccessToken
from billing.payments.issuing import business
from billing.subscriptions.models import StripeAccount
from bookings.models import Connection, Feed, Import, WebhookEndpoint
from bookings.notices import rules
from bookings.own import retention
from oauth.models import Application
from tenants import processors
from tenants.models import Tenant
from tenants.processors import Processor


@dataclass(frozen=True, slots=True)
class Facts:
    """`seller` is who the business is on its documents, in lines; `hooks` are hosts, `apps` names with their hosts.

    `account`, `guest` and `words` are how long these are kept, as the owner chose (docs/privacy/retention.md).
    """

    seller: str
    location: str
    stripe: Processor | None
    mail: Processor | None
    texts: Processor | None
    calendars: tuple[str, ...]
    has_feeds: bool
    hooks: tuple[str, ...]
    apps: tuple[str, ...]
    has_tokens: bool
    sites: tuple[str, ...]
    has_imports: bool
    watchers: tuple[Processor, ...]
    account: str
    guest: str
    words: str


def of(tenant: Tenant) -> Facts:
    """Call it in the tenant's schema."""
    is_connected = StripeAccount.objects.filter(tenant_id=tenant.pk, disconnected_at=None).exclude(account_id="")
    kept = retention.rule()
    watchers = (processors.errors(), processors.traces())
    return Facts(
        seller=_seller(tenant),
        location=processors.data_location(),
        stripe=processors.stripe() if is_connected.exists() else None,
        mail=processors.mail(),
        texts=processors.texts() if rules.has_sms() and rules.manners().sends_sms else None,
        calendars=_calendars(),
        has_feeds=Feed.objects.filter(revoked_at=None).exists(),
        hooks=_hosts(WebhookEndpoint.objects.exclude(state="disabled").values_list("url", flat=True)),
        apps=_apps(),
        has_tokens=AccessToken.objects.filter(user__role__in=STAFF_ROLES).exists(),
        sites=tuple(tenant.embedding_sites),
        has_imports=Import.objects.exists(),
        watchers=tuple(each for each in watchers if each is not None),
        account=retention.in_words(kept.account_months),
        guest=retention.in_words(kept.guest_months),
        words=retention.in_words(kept.word_months),
    )


def _seller(tenant: Tenant) -> str:
    known = business()
    return "\n".join(part for part in (known.legal_name or tenant.name, known.address) if part)


def _calendars() -> tuple[str, ...]:
    """Whose calendars know of bookings, by the kinds of connections that write or read."""
    kinds = Connection.objects.filter(Q(pushes=True) | Q(pulls=True)).order_by().values_list("provider", flat=True)
    return tuple(str(Connection.Provider(kind).label) for kind in sorted(set(kinds)))


def _apps() -> tuple[str, ...]:
    rows = Application.objects.filter(is_enabled=True).order_by("name", "pk")
    return tuple(_app(row) for row in rows)


def _app(row: Any) -> str:
    hosts = ", ".join(_hosts(row.redirect_uris.split()))
    return f"{row.name} ({hosts})" if hosts else row.name


def _hosts(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({urlsplit(each).hostname or each for each in addresses}))
