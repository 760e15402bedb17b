"""Money between customers and a tenant, one set of tables per tenant schema."""

from billing.payments.models.business import BusinessDetails
from billing.payments.models.documents import Document, DocumentCounter, DocumentLine
from billing.payments.models.ledger import Entry, Payout, PayoutItem, Posting
from billing.payments.models.payments import Dispute, Payer, Payment, Refund

__all__ = [
    "BusinessDetails",
    "Dispute",
    "Document",
    "DocumentCounter",
    "DocumentLine",
    "Entry",
    "Payer",
    "Payment",
    "Payout",
    "PayoutItem",
    "Posting",
    "Refund",
]
