"""Packs and memberships that are bought: what is on sale, what a purchase gives, and its money and papers.

Below `bookings.papers` and `bookings.returns`, which ask here where a payment is no booking's (decision 0039). Starting
a purchase online is `bookings.buying`, money that came for one `bookings.delivering`, the desk `bookings.deskselling`.
"""
