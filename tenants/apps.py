from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The tenants themselves, their hosts, and the table of due work: all in the public schema."""

    name = "tenants"
