"""Backups of tenants: taken, looked through, put back."""
