"""A receipt of the guest's payment, and who sells, for the canaries. Numbers are equal in all worlds."""

from datetime import datetime
from uuid import UUID

from billing.payments.models import BusinessDetails, Document, DocumentCounter, DocumentLine
from tests.isolation.returned import PAYMENT
from tests.worlds import World

NUMBER = "RC-2020-0001"


def furnish_documents(world: World, booking_id: UUID, at: datetime) -> None:
    """In the world's schema."""
    canary = world.canary
    DocumentCounter.objects.create(series="RC-2020-", last=1)
    BusinessDetails.objects.create(
        pk=1,
        legal_name=canary,
        address=f"Street\n{canary}",
        vat_id=canary,
        tax_number=canary,
        bank_account=canary,
        foot=canary,
        tax_note=canary,
    )
    paper = Document.objects.create(
        kind="receipt",
        number=NUMBER,
        booking_id=booking_id,
        booking_reference=canary,
        payment_id=PAYMENT,
        issued_at=at,
        time_zone=world.tenant.time_zone,
        language="en",
        currency=world.tenant.currency,
        total_minor=2500,
        tax_minor=0,
        seller=canary,
        seller_vat_id=canary,
        buyer=canary,
        buyer_vat_id=canary,
        buyer_email=f"guest@{canary}.example",
        pay_to=canary,
        about=canary,
        remark=canary,
        foot=canary,
    )
    DocumentLine.objects.create(document=paper, position=1, label=canary, amount_minor=2500, tax_minor=0, tax_rate=0)
