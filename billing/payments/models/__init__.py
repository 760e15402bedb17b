"""Money between customers and a tenant, one set of tables per tenant schema."""

from billing.payments.models.business import BookkeepingSettings, BusinessDetails, LedgerAccount
from billing.payments.models.documents import Document, DocumentCounter, DocumentLine
from billing.payments.models.ledger import Entry, Payout, PayoutItem, Posting, Reconciliation
from billing.payments.models.payments import Dispute, Payer, Payment, Refund

__all__ = [
    "BookkeepingSettings",
    "BusinessDetails",
    "Dispute",
    "Document",
    "DocumentCounter",
    "DocumentLine",
    "Entry",
    "LedgerAccount",
    "Payer",
    "Payment",
    "Payout",
    "PayoutItem",
    "Posting",
    "Reconciliation",
    "Refund",
]
