"""What a tenant takes from its customers: payments, refunds, disputes, the ledger, payouts, documents. [tenant]"""
