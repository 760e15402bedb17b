"""A newer release in the test's folder, and the command that brings schemas to it."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from tests.tenants.rollouts.newer import Release

Migrate = Callable[..., tuple[int, str]]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Nothing newer yet: add to it, then `use` it here or give its `environment` to a process."""
    return Release(tmp_path, f"newer_{uuid4().hex[:8]}")


@pytest.fixture
def failpoints_folder(tmp_path: Path) -> Path:
    """Where a process finds what it is to stumble over."""
    folder = tmp_path / "failpoints"
    folder.mkdir()
    return folder


@pytest.fixture
def migrate() -> Migrate:
    """`migrate_schemas` in this process: its exit code, and what it said."""

    def called(*arguments: str) -> tuple[int, str]:
        said = StringIO()
        try:
            call_command("migrate_schemas", *arguments, stdout=said)
        except CommandError as error:
            return 1, f"{said.getvalue()}{error}"
        return 0, said.getvalue()

    return called
