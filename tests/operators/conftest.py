"""The demo data, made once; each file of tests has a copy, in which commits are real."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from django_tenants.utils import tenant_context

from tenants.models import Tenant
from tests import servers
from tests.conftest import own_database, pointed_at


@dataclass(frozen=True)
class Demo:
    """The demo as a visitor finds it: `file` is demo.json."""

    file: Path

    @property
    def content(self) -> dict[str, Any]:
        """What the file says now."""
        content: dict[str, Any] = json.loads(self.file.read_text())
        return content

    @property
    def tenants(self) -> list[Tenant]:
        """In the file's order."""
        return [Tenant.objects.get(slug=tenant["slug"]) for tenant in self.content["tenants"]]

    def inside(self) -> Iterator[Tenant]:
        """Each tenant in turn, with its schema as the current one."""
        for tenant in self.tenants:
            with tenant_context(tenant):
                yield tenant


def run(*arguments: str) -> str:
    """`manage.py demo_data`, and what it says on stdout."""
    said = StringIO()
    call_command("demo_data", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture(scope="session")
def made(
    django_db_setup: None, django_db_blocker: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The demo's database, which is only copied, and its file."""
    var = tmp_path_factory.mktemp("made")
    with django_db_blocker.unblock(), servers.copied(template, "demo") as database:
        with pointed_at(database), override_settings(VAR=var):
            run()
        yield database, var / "demo.json"


@pytest.fixture(scope="module")
def demo(made: tuple[str, Path], django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The three tenants, for one file of tests."""
    database, file = made
    var = tmp_path_factory.mktemp("var")
    shutil.copy2(file, var)  # with its mode: it holds passwords
    with own_database(database, django_db_blocker), override_settings(VAR=var):
        yield Demo(var / "demo.json")
