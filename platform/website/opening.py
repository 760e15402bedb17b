"""From a sign-up to a business that takes bookings: one transaction, under the lock of the sign-up.

All of it stands, or none: schema, owner, trial, and that the link was used. So a process that dies half way leaves a
link that still works, and of two tabs that press at once the second finds what the first has made (T33).
"""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django_tenants.utils import tenant_context

from accounts import links
from accounts.links import Purpose, Wish
from accounts.models import User
from billing.subscriptions import acts
from kernel import failpoints
from kernel.errors import Conflict, Gone
from schemas.clock import database_now
from tenants import provisioning
from tenants.addresses import address
from tenants.models import Tenant
from tenants.provisioning import Application
from website import naming, signing
from website.models import SignUp, SignUpLink, TermsAgreement
from website.naming import Standing

FIRST_PAGE = "desk-setup"


def open_up(token: str, password: str, slug: str = "") -> str:
    """Make the business; answers the address at its own host that lets the owner in, once, within two minutes.

    `slug` is another address than the one that was typed first. Raises `Gone`: `sign_up_used`, `sign_up_over`;
    `Conflict("slug_taken")` where the address cannot be had any more; `Invalid` with `errors` by field.
    """
    with transaction.atomic():
        sign_up = _locked(signing.look(token))
        if slug:
            sign_up.slug = slug
        if naming.standing_of(sign_up.slug) != Standing.FREE:
            raise Conflict("slug_taken", "The address is taken.")
        tenant = provisioning.create(_application(sign_up, password))
        acts.try_instead(tenant, sign_up.plan)
        failpoints.hit("sign_up.opening")
        sign_up.used_at, sign_up.schema_name = database_now(), tenant.schema_name
        sign_up.save(update_fields=["slug", "used_at", "schema_name"])
        TermsAgreement.objects.create(
            tenant=tenant,
            version=sign_up.terms,
            email=sign_up.email,
            language=sign_up.language,
            texts=sign_up.texts,
            agreed_at=sign_up.made_at,
        )
        return _way_in(tenant, sign_up)


def sign_in_of(sign_up: SignUp) -> str:
    """Where the owner of a business that is open signs in; empty where it is gone again."""
    tenant = Tenant.objects.filter(schema_name=sign_up.schema_name).first() if sign_up.schema_name else None
    return address(tenant, reverse("login", urlconf=settings.ROOT_URLCONF)) if tenant else ""


def _locked(link: SignUpLink) -> SignUp:
    rows = SignUp.objects.all()
    if not failpoints.hit("sign_up.lock"):  # the negative control of the race reads without the lock
        rows = rows.select_for_update()
    sign_up = rows.get(pk=link.sign_up_id)
    if sign_up.used_at is not None:
        raise Gone("sign_up_used", "The business is open.")
    if signing.is_over(link, database_now()):
        raise Gone("sign_up_over", "The link is too old.")
    failpoints.hit("sign_up.checked")
    return sign_up


def _application(sign_up: SignUp, password: str) -> Application:
    return Application(
        name=sign_up.name,
        slug=sign_up.slug,
        time_zone=sign_up.time_zone,
        currency=sign_up.currency,
        owner_email=sign_up.email,
        owner_password=password,
    )


def _way_in(tenant: Tenant, sign_up: SignUp) -> str:
    with tenant_context(tenant):
        owner = User.objects.get(email=sign_up.email)
        owner.language = sign_up.language
        owner.save(update_fields=["language"])
        page = reverse(FIRST_PAGE, urlconf=settings.ROOT_URLCONF)
        _link, token = links.mint(Wish(Purpose.ARRIVAL, owner.email, owner, next=page), database_now())
    return address(tenant, reverse("account-link", args=[token], urlconf=settings.ROOT_URLCONF))
