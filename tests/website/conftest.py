"""The platform's host, as strangers find it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from rest.counters import Counters
from tenants import hosts
from tests.flows.pages import Visitor
from tests.website.applying import PLATFORM


@pytest.fixture
def platform(db: None) -> Iterator[None]:
    """Nothing is remembered of hosts before or after, and we are in `public`."""
    hosts.forget()
    cache.clear()
    Counters.forget()  # what this process remembers to be full
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    yield
    hosts.forget()


@pytest.fixture
def stranger(platform: None) -> Visitor:
    """Somebody who has never been here."""
    return Visitor(PLATFORM)


@pytest.fixture
def plans(platform: None) -> None:
    """The house sells the usual plans."""
    call_command("plans", verbosity=0)
