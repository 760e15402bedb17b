"""Drafting a look, publishing it, and taking that back. Visitors see what is published, within seconds.

The tenant's row is locked for each of them, so that two who publish at once do so one after the other.
"""

from collections.abc import Iterator, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import hosts
from tenants.looks import Brand, BrandDraft, BrandEdition, Look
from tenants.models import Tenant

EDITIONS_KEPT = 20


def draft_of(tenant: Tenant) -> BrandDraft:
    """What is being worked on: the draft, or an unsaved one that is as what is published."""
    draft = BrandDraft.objects.filter(tenant_id=tenant.pk).first()
    if draft is not None:
        return draft
    published = Brand.objects.filter(tenant_id=tenant.pk).first() or Brand()
    return BrandDraft(tenant_id=tenant.pk, **published.values())


def change(tenant: Tenant, values: Mapping[str, object]) -> BrandDraft:
    """Set some columns of the draft; whoever calls has checked them. A draft like what is published is none."""

    def act() -> BrandDraft:
        _alone(tenant)
        draft = draft_of(tenant)
        for name, value in values.items():
            setattr(draft, name, value)
        draft.changed_at = database_now()
        if draft.values() == _published(tenant).values():
            BrandDraft.objects.filter(tenant_id=tenant.pk).delete()
        else:
            draft.save()
        return draft

    return transact(act)


def discard(tenant: Tenant) -> None:
    """Forget the draft."""
    transact(lambda: BrandDraft.objects.filter(tenant_id=tenant.pk).delete())


def publish(tenant: Tenant, who: User | None) -> None:
    """Show the draft to everybody; raises `Refused("nothing_to_publish")`."""

    def act() -> None:
        _alone(tenant)
        draft = BrandDraft.objects.filter(tenant_id=tenant.pk).first()
        if draft is None:
            raise Refused("nothing_to_publish", _("Nothing was changed since the last publishing."))
        _record(tenant, draft, who)
        _show(tenant, draft)
        draft.delete()

    transact(act)
    hosts.forget()


def undo(tenant: Tenant, who: User) -> None:
    """Show what was published before; raises `Refused("nothing_to_undo")`. What is undone becomes the draft again."""

    def act() -> None:
        _alone(tenant)
        standing = list(editions(tenant).filter(undone_at=None)[:2])
        if len(standing) < len(("last", "before")):
            raise Refused("nothing_to_undo", _("Nothing was published before."))
        last, before = standing
        last.undone_at, last.undone_by = database_now(), who.pk
        last.save(update_fields=["undone_at", "undone_by"])
        _show(tenant, before)
        if not BrandDraft.objects.filter(tenant_id=tenant.pk).exists():
            BrandDraft.objects.create(tenant_id=tenant.pk, changed_at=database_now(), **last.values())

    transact(act)
    hosts.forget()


def editions(tenant: Tenant) -> QuerySet[BrandEdition]:
    """What was published, the last one first."""
    return BrandEdition.objects.filter(tenant_id=tenant.pk).order_by("-pk")


def begin(tenant: Tenant, look: Look) -> None:
    """The first look of a new tenant, in the transaction that makes it."""
    _record(tenant, look, None)
    _show(tenant, look)


def differences(tenant: Tenant, draft: Look) -> list[tuple[str, object, object]]:
    """What publishing would change: column, as it is, as it would be."""
    published, wanted = _published(tenant).values(), draft.values()
    return [(name, published[name], wanted[name]) for name in wanted if wanted[name] != published[name]]


def digests(tenant: Tenant) -> Iterator[str]:
    """Of every picture that a look of this tenant, present, drafted or past, may show."""
    for model in (Brand, BrandDraft, BrandEdition):
        for row in model._default_manager.filter(tenant_id=tenant.pk).values_list(*Look.PICTURES):
            yield from filter(None, row)


def _published(tenant: Tenant) -> Brand:
    return Brand.objects.filter(tenant_id=tenant.pk).first() or Brand(tenant_id=tenant.pk)


def _show(tenant: Tenant, look: Look) -> None:
    Brand.objects.update_or_create(tenant_id=tenant.pk, defaults=look.values())


def _record(tenant: Tenant, look: Look, who: User | None) -> None:
    by = who.pk if who else None
    BrandEdition.objects.create(tenant_id=tenant.pk, published_at=database_now(), published_by=by, **look.values())
    old = editions(tenant).values_list("pk", flat=True)[EDITIONS_KEPT:]
    BrandEdition.objects.filter(pk__in=list(old)).delete()


def _alone(tenant: Tenant) -> None:
    Tenant.objects.select_for_update().get(pk=tenant.pk)
