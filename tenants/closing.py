"""An owner closes the business: nothing new is taken from then on, and after `GRACE` all of it is deleted.

Until then everything that stands goes on, and any owner takes it back with one button. What the business still owes
its customers comes first (`stands_in_the_way`): it is asked before it closes, and twice more before it is deleted, by
the clock (`pass_time`): once to shut its hosts, and when nothing can be under way any more, once again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from kernel import failpoints
from kernel.errors import Conflict
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import closing_letters, due, gate, hosts, mail, provisioning
from tenants.addresses import own_host
from tenants.closings import Closing
from tenants.models import Domain, GivenUpDomain, GivenUpName, Tenant

log = logging.getLogger(__name__)

GRACE = timedelta(days=30)
PUT_OFF = timedelta(days=14)
"""So much later it is tried again where money was still owed on the day."""
SEALED_FOR = timedelta(minutes=5)
"""So long nothing new can begin before all is deleted: longer than any request, and than any piece of due work."""
PLAN = "closing_plan"
"""Due work: the plan of a business that closes is not renewed, or is again (`object_id` is the tenant's)."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What has to be settled with customers first: `code` names the kind, `text` says how much of it there is."""

    code: str
    text: str


Look = Callable[[], list[Obstacle]]
_looks: list[Look] = []


def stands_in_the_way(look: Look) -> Look:
    """Register who knows, in a tenant's schema, what the business owes its customers. Reading only."""
    _looks.append(look)
    return look


def obstacles(but: Look | None = None) -> list[Obstacle]:
    """All that has to be settled before the business whose schema is current may go, `but` for what one look says."""
    autodiscover_modules("tasks")  # as `due` does: a command has not imported what a worker has
    return [obstacle for look in _looks if look is not but for obstacle in look()]


def final_moment(now: datetime) -> datetime:
    """When the business whose schema is current is deleted, or would be if it were closed now. One query."""
    set_already = Closing.objects.filter(tenant__schema_name=current_schema()).values_list("final_at", flat=True)
    return set_already.first() or now + GRACE


def close(tenant: Tenant) -> Closing:
    """Take nothing new from now on, and be gone in `GRACE`; asked twice it is one. In the tenant's schema.

    Raises `Conflict("customers_first")` while something is owed to customers, and then changes nothing.
    """

    def act() -> Closing:
        locked = _locked(tenant)
        known = Closing.objects.filter(tenant=locked).first()
        if known is not None:
            return known
        if not locked.is_ready:
            raise gate.closed()
        failpoints.hit("closing.looking")
        if obstacles():
            raise Conflict(
                "customers_first", _("Please settle first what your customers are owed. Nothing has changed.")
            )
        now = database_now()
        made = Closing.objects.create(tenant=locked, asked_at=now, final_at=now + GRACE)
        closing_letters.asked(locked, made, now)
        due.schedule(PLAN, tenant.pk, now)
        return made

    made = transact(act)
    hosts.forget()
    return made


def take_back(tenant: Tenant) -> None:
    """Go on as if it had never been closed; also within `SEALED_FOR` of its being shut. In the tenant's schema.

    Raises `Conflict("not_closing")` where it is not: another owner was faster. And `Conflict("closing_final")` where
    it is being deleted at this moment.
    """

    def act() -> None:
        locked, now = _locked(tenant), database_now()
        closing = Closing.objects.filter(tenant=locked).first()
        if closing is None:
            raise Conflict("not_closing", _("The business is not being closed."))
        if closing.sealed_at is not None:
            if closing.sealed_at <= now - SEALED_FOR:
                raise Conflict("closing_final", _("It is too late: everything is being deleted."))
            _unseal(locked)
        closing.delete()
        closing_letters.taken_back(locked, now)
        due.schedule(PLAN, tenant.pk, now)

    transact(act)
    hosts.forget()


def pass_time() -> int:
    """What the clock does about all that close, in `public`: remind, shut, delete; answers how many were deleted.

    As often as it is called, also by two at once; one that fails is tried again the next time, and keeps nobody.
    """
    coming = Q(final_at__lte=Now() + closing_letters.EARLY) | Q(sealed_at__isnull=False)
    gone = 0
    for closing in Closing.objects.filter(coming).select_related("tenant").order_by("final_at"):
        try:
            gone += _moved_on(closing)
        except Exception as error:
            # Class name only: messages may quote personal data.
            log.exception("closing of %s failed: %s", closing.tenant.schema_name, type(error).__name__)
    return gone


def _moved_on(closing: Closing) -> bool:
    tenant, now = closing.tenant, database_now()
    with tenant_context(tenant):
        if closing.sealed_at is None:
            if tenant.is_ready:
                transact(lambda: _remind_or_seal(tenant))
                hosts.forget()
            return False
        if closing.sealed_at > now - SEALED_FOR or not transact(lambda: _is_settled(tenant)):
            return False
    provisioning.delete(tenant)
    log.warning("%s has closed and is deleted", tenant.schema_name)
    return True


def _remind_or_seal(tenant: Tenant) -> None:
    """A letter, or its hosts are shut: what is written here, under the lock, is what `take_back` finds."""
    locked, now = _locked(tenant), database_now()
    closing = Closing.objects.filter(tenant=locked, sealed_at=None).first()
    if closing is None or not locked.is_ready:
        return
    left = _left()
    if closing.final_at > now:
        closing_letters.soon(locked, closing, [each.text for each in left], now)
    elif left:
        _put_off(locked, closing, left)
    else:
        failpoints.hit("closing.sealing")
        closing.sealed_at = now
        closing.save(update_fields=["sealed_at"])
        Tenant.objects.filter(pk=locked.pk).update(state=Tenant.State.LEAVING)
        keep_name(locked)


def _is_settled(tenant: Tenant) -> bool:
    """The second look, when nothing is under way any more. What came in between opens it again."""
    locked = _locked(tenant)
    closing = Closing.objects.filter(tenant=locked, sealed_at__isnull=False).first()
    if closing is None:
        return False
    left = _left()
    if left:
        closing.sealed_at = None
        _unseal(locked)
        _put_off(locked, closing, left)
    return not left


def _unseal(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk, state=Tenant.State.LEAVING).update(state=Tenant.State.READY)
    GivenUpName.objects.filter(slug=tenant.slug).delete()


def _put_off(tenant: Tenant, closing: Closing, left: list[Obstacle]) -> None:
    now = database_now()
    closing.final_at = now + PUT_OFF
    closing.held_up = ", ".join(each.code for each in left)
    closing.save(update_fields=["final_at", "sealed_at", "held_up"])
    closing_letters.put_off(tenant, closing, [each.text for each in left], now)
    log.warning("closing of %s is put off: %s", tenant.schema_name, closing.held_up)


def keep_name(tenant: Tenant) -> None:
    """Have its hosts say that it is gone, and nobody take its name for `NAME_RESTS`. In the caller's transaction."""
    name, _made = GivenUpName.objects.update_or_create(
        slug_skeleton=tenant.slug_skeleton, defaults={"slug": tenant.slug, "gone_at": database_now()}
    )
    brought = Domain.objects.filter(tenant=tenant).exclude(domain=own_host(tenant)).order_by("domain")
    GivenUpDomain.objects.filter(domain__in=brought.values("domain")).delete()
    GivenUpDomain.objects.bulk_create(
        GivenUpDomain(name=name, domain=domain) for domain in brought.values_list("domain", flat=True)
    )


@mail.in_house_language()
def _left() -> list[Obstacle]:
    return obstacles()


def _locked(tenant: Tenant) -> Tenant:
    found: Tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    return found
