"""Holding what we know against what Stripe knows, tenant by tenant, and putting right what can be.

Webhooks may be lost, workers killed, rows changed by hand: `manage.py reconcile` finds what differs, has the thing
looked at by the same functions that events call, and looks again. A second run finds nothing (RELIABILITY.md, 9).
"""
