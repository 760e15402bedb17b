"""What things cost: rates, vouchers, packs, groups, policies."""
