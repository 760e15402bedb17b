"""The dialect `core`, at `/api/`: for the booking page's own scripts and simple sites, also without an account.

A booking's state and its payment are two words here. Whoever has no account reads and cancels by the booking's token.
"""
