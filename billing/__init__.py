"""Money: the gateway to Stripe, what tenants take from their customers, what the platform takes from tenants.

Two Django apps, because django-tenants routes by app: `billing.payments` lives in every tenant's schema,
`billing.subscriptions` in `public`. Neither knows what a booking is: `bookings.checkout` asks them for money.
"""
