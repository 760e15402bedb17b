"""Which schema and which tenant this thread works for, and how to change that for a request."""

from typing import Any

from django.db import connection
from django_tenants.utils import get_public_schema_name

# django-tenants' backend has more to it than Django's types know.
_connection: Any = connection


def current_schema() -> str:
    """`public`, or a tenant's `t_<id>`."""
    return str(_connection.schema_name)


def is_platform() -> bool:
    """Whether it is the platform's own."""
    return current_schema() == str(get_public_schema_name())


def current_tenant() -> Any:
    """The tenant whose host was asked; inside `schema_context` only its `schema_name` is there."""
    return _connection.tenant


def enter(tenant: Any) -> None:
    """Work for this tenant from now on."""
    _connection.set_tenant(tenant)


def enter_public() -> None:
    """Work for the platform itself from now on."""
    _connection.set_schema_to_public()
