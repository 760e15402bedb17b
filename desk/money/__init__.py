"""Money: takings, balances, refunds, disputes, taxes, the books."""
