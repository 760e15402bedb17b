"""Customers as the team sees them."""
