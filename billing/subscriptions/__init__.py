"""What the platform has with its tenants: their Stripe account, plan, subscription, fees and invoices. [public]"""
