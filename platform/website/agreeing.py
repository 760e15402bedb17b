"""Which texts a business has agreed to, and agreeing to new ones: by an owner, at the desk.

Nobody is locked out meanwhile: owners are asked on every page of the desk until one of them has agreed.
"""

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from kernel.errors import Conflict
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import hosts
from tenants.models import Tenant
from website import legal, texts
from website.models import TermsAgreement


@hosts.reads("agreed_to")
def newest(tenant: OuterRef) -> Subquery:
    """The version that a business has agreed to last; None for one that was never asked, as operators made it."""
    rows = TermsAgreement.objects.filter(tenant=tenant).order_by("-version")
    return Subquery(rows.values("version")[:1])


def of(tenant: Tenant) -> QuerySet[TermsAgreement]:
    """All of a business, the newest first."""
    return TermsAgreement.objects.filter(tenant_id=tenant.pk).order_by("-agreed_at", "-pk")


def is_due(tenant: Tenant) -> bool:
    """Whether a tenant, as its host was read, has agreed to earlier texts than those of now. It asks nothing."""
    return getattr(tenant, "agreed_to", None) not in {None, legal.VERSION}


def agree(tenant: Tenant, by: User, version: str, language: str) -> None:
    """Note that an owner agrees to a version that was shown; a second time changes nothing.

    Raises `Conflict("terms_changed")` where it is not the version of now.
    """
    if version != legal.VERSION:
        raise Conflict("terms_changed", _("There is a newer version by now. Please look at it again."))

    def act() -> None:
        now = database_now()
        row = TermsAgreement(
            tenant_id=tenant.pk,
            version=version,
            email=by.email,
            language=language,
            texts=texts.keep(language, now),
            agreed_at=now,
        )
        TermsAgreement.objects.bulk_create([row], ignore_conflicts=True)

    transact(act)
    hosts.forget()
