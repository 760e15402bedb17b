"""dj-stripe's tables in `public`: what the platform itself has at Stripe, readable with SQL. `rows` writes them.

Migrations: dj-stripe's own history takes a minute to replay (its 514 RemoveField operations), so `migrations/` has one
fresh 0001 instead (settings.MIGRATION_MODULES). After an upgrade of dj-stripe: delete it and run
`manage.py makemigrations djstripe`; `makemigrations --check` fails until then.
"""
