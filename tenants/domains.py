"""Domains that tenants bring: asked for, proven by a TXT record, proven again every day, made the main one, given up.

A name is served from the moment on at which its record says the tenant's token (`Domain`, `tenants.hosts`). A record
that is gone is warned of at once and ends the serving after `GRACE`; somebody else gets the name by their own record
alone, and while the former one is still there, it stays where it is (T25).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kernel import failpoints
from kernel.errors import Conflict, NotFound, Refused
from outside import names
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import domainnames, due, features, hosts, mail
from tenants.addresses import at, own_host
from tenants.claims import DomainClaim
from tenants.models import Domain, DueWork, Tenant

KIND, TOLD = "domain_proof", "domain_taken"
SERVED = "domain_served"
"""The kind of due work for whoever has to know of a host that is new."""
LABEL = "_forecourt-challenge"
MOST = 10
GRACE = timedelta(days=7)
WAITED_FOR = timedelta(days=30)
"""So long a record is looked for by itself."""
OFTEN, DAILY = timedelta(minutes=15), timedelta(days=1)
PAGE = "/desk/domains/"
Trouble = DomainClaim.Trouble


@dataclass(frozen=True, slots=True)
class Seen:
    """What the DNS says: the challenge's records, None where nobody answers, and whether the name leads to us."""

    texts: tuple[str, ...] | None
    points_here: bool | None


def claims_of(tenant: Tenant) -> QuerySet[DomainClaim]:
    """What a tenant has asked for."""
    return DomainClaim.objects.filter(tenant_id=tenant.pk)


def one(tenant: Tenant, claim_id: int) -> DomainClaim:
    """One of them; `NotFound` for another tenant's."""
    found = claims_of(tenant).filter(pk=claim_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such domain."))
    return found


def ask(tenant: Tenant, typed: str) -> DomainClaim:
    """Begin with a domain; the same one again is the same. In the tenant's schema.

    Raises `Invalid` as `domainnames.as_written` does, and `Conflict("too_many_domains")`.
    """
    name = domainnames.as_written(typed)
    features.check("domains")

    def act() -> DomainClaim:
        Tenant.objects.select_for_update().get(pk=tenant.pk)  # so that two at once are counted
        known = claims_of(tenant).filter(domain=name).first()
        if known is not None:
            return known
        if claims_of(tenant).count() >= MOST:
            raise Conflict("too_many_domains", _("No more than %(most)d domains.") % {"most": MOST})
        now = database_now()
        made = DomainClaim.objects.create(tenant=tenant, domain=name, token=secrets.token_hex(16), asked_at=now)
        due.schedule(KIND, made.pk, now + OFTEN)
        return made

    return transact(act)


def record_of(claim: DomainClaim) -> str:
    """The name of the TXT record that is looked for."""
    return f"{LABEL}.{claim.domain}"


@due.handles(KIND, queue=due.Queue.SYNC)
def look(claim_id: str) -> None:
    """Look whether a domain is proven; as often as it is called."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    claim = claims_of(tenant).filter(pk=claim_id).first()
    if claim is not None:
        check(tenant, claim.pk)


def check(tenant: Tenant, claim_id: int) -> DomainClaim:
    """Ask the DNS, and serve the domain or not by what it says; when it is looked at next. Network; `NotFound`."""
    claim = one(tenant, claim_id)
    seen = _asked(tenant, claim)
    failpoints.hit("domains.seen")
    try:
        found = transact(lambda: _judged(tenant, claim.pk, seen))
    except IntegrityError:  # somebody else's at this very moment
        found = transact(lambda: _judged(tenant, claim.pk, seen))
    hosts.forget()
    return found


def _asked(tenant: Tenant, claim: DomainClaim) -> Seen:
    try:
        said: tuple[str, ...] | None = tuple(names.texts(record_of(claim)))
    except names.Unreachable:
        said = None
    try:
        ours = names.addresses(own_host(tenant)) | frozenset(settings.WEB_ADDRESSES)
        points: bool | None = bool(names.addresses(claim.domain) & ours)
    except names.Unreachable:
        points = None
    return Seen(said, points)


def _judged(tenant: Tenant, claim_id: int, seen: Seen) -> DomainClaim:
    """All who ask for the name are locked, so that two who prove it at once come one after the other."""
    name = one(tenant, claim_id).domain
    rows = {row.pk: row for row in DomainClaim.objects.select_for_update().filter(domain=name).order_by("pk")}
    if claim_id not in rows:
        raise NotFound("not_found", _("There is no such domain."))
    claim, now = rows.pop(claim_id), database_now()
    claim.checked_at = now
    was_reached = claim.proven_at is not None and claim.points_here
    if seen.points_here is not None:
        claim.points_here = seen.points_here
    if seen.texts is None:
        claim.trouble = Trouble.UNREACHABLE
    elif claim.token not in seen.texts:
        _missing(tenant, claim, Trouble.OTHER_RECORD if seen.texts else Trouble.NO_RECORD, now)
    elif _is_kept_by_another(list(rows.values()), claim, seen.texts, now):
        claim.trouble = Trouble.TAKEN
    else:
        _proven(tenant, claim, now)
    if claim.proven_at and claim.points_here and not was_reached:
        due.schedule(SERVED, tenant.pk, now)
    if claim.points_here is False:
        _not_main(tenant, claim.domain)
    claim.save()
    _again(claim, now)
    return claim


def _is_kept_by_another(others: list[DomainClaim], claim: DomainClaim, texts: tuple[str, ...], now: datetime) -> bool:
    """Whether the name stays with somebody else; a former one whose record is gone gives way at once."""
    holder = next((row for row in others if row.proven_at), None)
    if holder is not None and holder.token not in texts:
        holder.proven_at, holder.lost_since, holder.trouble = None, None, Trouble.OTHER_RECORD
        holder.save()
        _close(holder.tenant, holder.domain)
        DueWork.objects.get_or_create(
            schema_name=holder.tenant.schema_name, kind=TOLD, object_id=str(holder.pk), defaults={"due_at": now}
        )
    elif holder is not None:
        return True
    return bool(Domain.objects.filter(domain=claim.domain).exclude(tenant_id=claim.tenant_id).exists())


def _proven(tenant: Tenant, claim: DomainClaim, now: datetime) -> None:
    claim.trouble, claim.lost_since = Trouble.NONE, None
    claim.proven_at = claim.proven_at or now
    if not Domain.objects.filter(tenant_id=tenant.pk, domain=claim.domain).exists():
        Domain.objects.create(tenant=tenant, domain=claim.domain, is_primary=False)


def _missing(tenant: Tenant, claim: DomainClaim, trouble: str, now: datetime) -> None:
    claim.trouble = trouble
    if claim.proven_at is None:
        return
    if claim.lost_since is None:
        claim.lost_since = now
        _warn(tenant, claim, now)
    elif claim.lost_since <= now - GRACE:
        claim.proven_at = claim.lost_since = None
        claim.asked_at = now
        _close(tenant, claim.domain)
        _tell_closed(tenant, claim, now)


def _again(claim: DomainClaim, now: datetime) -> None:
    if claim.proven_at is not None:
        due.schedule(KIND, claim.pk, now + DAILY)
    elif now - claim.asked_at < WAITED_FOR:
        due.schedule(KIND, claim.pk, now + OFTEN)


def make_main(tenant: Tenant, name: str) -> None:
    """Have letters and the other hosts lead to this one; `NotFound`, and `Refused("domain_not_ready")`."""

    def act() -> None:
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        wanted = Domain.objects.filter(tenant_id=tenant.pk, domain=name).first()
        if wanted is None:
            raise NotFound("not_found", _("There is no such domain."))
        claim = claims_of(tenant).filter(domain=name).first()
        if name != own_host(tenant) and (claim is None or not claim.points_here or claim.lost_since):
            raise Refused("domain_not_ready", _("This domain does not lead here yet."))
        _lead_to(tenant, name)

    transact(act)
    hosts.forget()


def remove(tenant: Tenant, claim_id: int) -> str:
    """Serve a domain no longer, and forget that it was asked for; answers its name. In the tenant's schema."""

    def act() -> str:
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        claim = one(tenant, claim_id)
        _close(tenant, claim.domain)
        DueWork.objects.filter(schema_name=tenant.schema_name, kind=KIND, object_id=str(claim.pk)).delete()
        claim.delete()
        return claim.domain

    name = transact(act)
    hosts.forget()
    return name


def _close(tenant: Tenant, name: str) -> None:
    _not_main(tenant, name)
    Domain.objects.filter(tenant_id=tenant.pk, domain=name).delete()


def _not_main(tenant: Tenant, name: str) -> None:
    """Nobody is led to a name that does not lead here: the platform's own takes its place."""
    if Domain.objects.filter(tenant_id=tenant.pk, domain=name, is_primary=True).exists():
        _lead_to(tenant, own_host(tenant))


def _lead_to(tenant: Tenant, name: str) -> None:
    Domain.objects.filter(tenant_id=tenant.pk).exclude(domain=name).update(is_primary=False)
    Domain.objects.filter(tenant_id=tenant.pk, domain=name).update(is_primary=True)


@due.handles(TOLD, queue=due.Queue.MAIL)
def tell_taken(claim_id: str) -> None:
    """Tell the owners that somebody else has proven what was theirs."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    claim = claims_of(tenant).filter(pk=claim_id).first()
    if claim is not None:
        transact(lambda: _tell_closed(tenant, claim, database_now()))


@mail.in_house_language()
def _warn(tenant: Tenant, claim: DomainClaim, now: datetime) -> None:
    told = _(
        "The record that proves %(domain)s is gone from the DNS. Your pages stay there for %(days)d more days."
        "\n\nHow to set it again:\n%(link)s\n"
    )
    name, link = domainnames.as_read(claim.domain), at(own_host(tenant), PAGE)
    mail.tell_owners(
        f"domain-lost:{claim.pk}:{now.isoformat()}",
        _("The proof of %(domain)s is missing") % {"domain": name},
        told % {"domain": name, "days": GRACE.days, "link": link},
        now,
    )


@mail.in_house_language()
def _tell_closed(tenant: Tenant, claim: DomainClaim, now: datetime) -> None:
    told = _(
        "The record that proves %(domain)s is gone from the DNS, so your pages are not shown there any more."
        " They are at their own address, which letters name again.\n\nHow to prove the domain anew:\n%(link)s\n"
    )
    name, link = domainnames.as_read(claim.domain), at(own_host(tenant), PAGE)
    mail.tell_owners(
        f"domain-closed:{claim.pk}:{now.isoformat()}",
        _("%(domain)s does not show your pages any more") % {"domain": name},
        told % {"domain": name, "link": link},
        now,
    )
