"""The demo data, made once for a whole file of tests, in a database where commits are real."""

import json
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
from tests.conftest import own_database


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


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """The three tenants."""
    var = tmp_path_factory.mktemp("var")
    with own_database(template, django_db_blocker), override_settings(VAR=var):
        run()
        yield Demo(var / "demo.json")
