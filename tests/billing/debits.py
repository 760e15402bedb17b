"""A customer who pays by SEPA direct debit."""

from typing import Any

from tests.till import Till

DEBIT = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
PAYER = {"name": "Gina", "email": "gina@example.org"}


def debit(till: Till, intent_id: str) -> str:
    """Confirm an intent with a bank account; its status."""
    bank: Any = {**DEBIT, "billing_details": PAYER}
    method = till.client.v1.payment_methods.create(bank, till.on)
    agreed = {"customer_acceptance": {"type": "offline"}}
    order: Any = {"payment_method": method.id, "return_url": "https://example.org", "mandate_data": agreed}
    return till.client.v1.payment_intents.confirm(intent_id, order, till.on).status
