from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments of customers to a tenant, in the tenant's schema."""

    name = "billing.payments"
    label = "payments"
