"""Who is the merchant of a tenant's payments: the venue (direct charges), or the platform for it (destination)."""

from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from billing import accounts
from billing.payments.models import Payment
from billing.subscriptions.models import StripeAccount
from kernel.errors import Conflict, NotFound
from schemas.transactions import transact
from tenants.models import Tenant

ChargeType = StripeAccount.ChargeType


def choose(tenant: Tenant, charge_type: ChargeType) -> StripeAccount:
    """Have a tenant's charges made so from now on. The operator's choice: with `destination` the platform is liable.

    Every payment keeps the way in which it was begun, so refunds and disputes go where its money is. Raises
    `NotFound` where no account is connected, `Conflict("payments_under_way")` while somebody is paying.
    """

    def act() -> StripeAccount:
        account = accounts.account_of(tenant)
        if account is None or account.disconnected_at:
            raise NotFound("not_found", _("No Stripe account is connected."))
        account = StripeAccount.objects.select_for_update().get(pk=account.pk)
        if Payment.objects.filter(state__in=Payment.UNFINISHED).exists():
            raise Conflict("payments_under_way", _("Somebody is paying at the moment. Try again later."))
        account.charge_type = charge_type
        account.save(update_fields=["charge_type"])
        return account

    with tenant_context(tenant):
        return transact(act)
