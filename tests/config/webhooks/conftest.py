"""The house with secrets for both endpoints, and nobody at work on what arrives."""

import pytest
from pytest_django.fixtures import Settings

from config import tasks
from tests.till import SECRETS


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    """Each endpoint has its own."""
    settings.STRIPE_WEBHOOK_SECRETS = dict(SECRETS)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Schemas for which a worker was woken, in order; none is."""
    schemas: list[str] = []
    monkeypatch.setattr(
        tasks.work_on_inbox, "apply_async", lambda headers, **_rest: schemas.append(headers["_schema_name"])
    )
    return schemas
