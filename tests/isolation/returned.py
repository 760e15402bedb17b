"""A payment of the guest's that was refunded in part and is disputed, for the canaries. Ids are equal in all worlds."""

from datetime import datetime
from uuid import UUID

from billing.payments.models import Dispute, Payer, Payment, Refund
from tests.worlds import World

PAYMENT, REFUND = UUID(int=101), UUID(int=102)
DISPUTE = "du_1"


def furnish_returns(world: World, booking_id: UUID, at: datetime) -> None:
    """In the world's schema."""
    canary = world.canary
    Payer.objects.create(user_id=world.users["guest"], account_id=f"acct_{canary}", customer_id=f"cus_{canary}")
    payment = Payment.objects.create(
        id=PAYMENT,
        booking_id=booking_id,
        number=1,
        purpose="booking",
        state="succeeded",
        amount_minor=2500,
        refunded_minor=500,
        currency=world.tenant.currency,
        charge_type="direct",
        account_id=f"acct_{canary}",
        is_live=False,
        intent_id=f"pi_{canary}",
        session_id=f"cs_{canary}",
        charge_id=f"ch_{canary}",
        method=f"visa {canary}",
        failure=canary,
        created_at=at,
        updated_at=at,
        succeeded_at=at,
        applied_at=at,
    )
    Refund.objects.create(
        id=REFUND,
        payment=payment,
        booking_id=booking_id,
        amount_minor=500,
        reason="by_hand",
        note=canary,
        asked_by_id=world.users["owner"],
        state="succeeded",
        refund_id=f"re_{canary}",
        failure=canary,
        created_at=at,
        updated_at=at,
    )
    Dispute.objects.create(
        dispute_id=DISPUTE,
        payment=payment,
        booking_id=booking_id,
        amount_minor=2000,
        currency=world.tenant.currency,
        reason=canary,
        status=f"lost {canary}"[:30],
        opened_at=at,
        closed_at=at,
    )
