"""Alpha as a customer of the platform's, on a test clock of the sandbox's."""

from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.management import call_command
from django_tenants.utils import tenant_context

from billing.subscriptions import acts
from billing.subscriptions.models import Plan, Subscription
from schemas.clock import database_now
from tenants.models import OutgoingMail, Tenant
from tests.till import Till

DAY = 86400


@dataclass
class Subscriber:
    """A tenant with a trial, plans at Stripe, and a customer there whose time a test moves."""

    till: Till
    tenant: Tenant
    clock: str = ""
    customer: str = ""
    began: int = 0

    @classmethod
    def of(cls, till: Till) -> "Subscriber":
        """Alpha, just begun."""
        call_command("plans", stdout=StringIO())
        with tenant_context(till.tenant):
            acts.begin(till.tenant)
        made = cls(till, till.tenant, began=int(database_now().timestamp()))
        v1 = till.client.v1
        made.clock = v1.test_helpers.test_clocks.create({"frozen_time": made.began}).id
        made.customer = v1.customers.create({"name": "Alpha", "test_clock": made.clock}).id
        Subscription.objects.filter(tenant=till.tenant).update(stripe_customer=made.customer)
        made.card("pm_card_visa")
        return made

    def card(self, token: str) -> None:
        """The customer's card from now on."""
        v1 = self.till.client.v1
        method = v1.payment_methods.attach(token, {"customer": self.customer}).id
        v1.customers.update(self.customer, {"invoice_settings": {"default_payment_method": method}})

    def subscribe(self, code: str, **params: Any) -> str:
        """Subscribe by the month, as Checkout does; the subscription's id."""
        price = Plan.objects.get(code=code).stripe_monthly
        wanted: Any = {"customer": self.customer, "items": [{"price": price}], **params}
        return self.till.client.v1.subscriptions.create(wanted).id

    def advance(self, days: float) -> None:
        """Let so many days go by for the customer, counted from the beginning."""
        self.till.client.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": self.began + int(days * DAY)})

    def look(self) -> Subscription:
        """The row after Stripe was asked."""
        acts.refresh(self.tenant.pk)
        return Subscription.objects.select_related("plan").get(tenant=self.tenant)

    def meaning(self) -> tuple[str, str, bool]:
        """Status, plan, whether the public may book, after Stripe was asked."""
        row = self.look()
        return row.status, row.plan.code, Tenant.objects.get(pk=self.tenant.pk).takes_public_bookings

    def told(self) -> list[str]:
        """Subjects of the mails to the owner, without the tenant's name."""
        rows = OutgoingMail.objects.filter(schema_name=self.tenant.schema_name).order_by("pk")
        return [subject.partition(": ")[2] for subject in rows.values_list("subject", flat=True)]
