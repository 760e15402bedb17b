"""A thousand tenants: what each costs, and whether one of them notices that there are others.

Everything is measured with one tenant and again among all, in a PostgreSQL and a Redis of their own, whose data are
thrown away.
"""
