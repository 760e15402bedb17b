"""What the platform took of tenants' payments, and gave back: one row a fee."""

from django.db.models import Value
from django.db.models.functions import Greatest

from billing.gateway import fees as gateway
from billing.subscriptions.models import PlatformFee, StripeAccount
from schemas.transactions import transact


def refresh(fee_id: str, account_id: str = "") -> None:
    """Ask Stripe how a fee is and write it down. Network; any number of times, in any order.

    `account_id` is the event's account; the fee's own decides whose it is. What went back only ever grows.
    """
    fee = gateway.retrieve(fee_id)
    account = StripeAccount.objects.filter(account_id=fee.account_id or account_id).first()

    def write() -> None:
        row, is_new = PlatformFee.objects.get_or_create(
            fee_id=fee.id,
            defaults={
                "tenant_id": account.tenant_id if account else None,
                "account_id": fee.account_id or account_id,
                "charge_id": fee.charge_id,
                "amount_minor": fee.amount_minor,
                "refunded_minor": fee.refunded_minor,
                "currency": fee.currency,
                "at": fee.at,
            },
        )
        if not is_new:
            grown = Greatest("refunded_minor", Value(fee.refunded_minor))
            PlatformFee.objects.filter(pk=row.pk).update(refunded_minor=grown)

    transact(write)
