"""A newer release, for tests: the product's code with further migrations, which lie in a folder of the test's own.

The product's own migrations stay where they are: a package of the test's looks into their folder, too.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

from django.apps import apps
from django.conf import settings

from tests import databases, servers

HEAD = """
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from schemas.operations import FillIn, IndexConcurrently


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = {dependencies}
    {more}
    operations = [
{operations}
    ]
"""


@dataclass
class Release:
    """Migrations on top of those that the product has, by app label. `name` must be new in this process."""

    folder: Path
    name: str
    modules: dict[str, str] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)

    def add(self, app: str, name: str, operations: str, atomic: bool = True, more: str = "") -> None:
        """One more migration; `operations` is what stands in the brackets, `more` are attributes of the class."""
        package = self.folder / self.name / app
        if app not in self.modules:
            self._begin(app, package)
        text = HEAD.format(
            atomic=atomic,
            dependencies=[(app, self.newest[app])],
            more=more,
            operations=indent(dedent(operations).strip(), " " * 8),
        )
        (package / f"{name}.py").write_text(text)
        self.newest[app] = name

    def _begin(self, app: str, package: Path) -> None:
        package.mkdir(parents=True)
        (self.folder / self.name / "__init__.py").touch()
        own = Path(apps.get_app_config(app).path) / "migrations"
        (package / "__init__.py").write_text(f"__path__ = [*__path__, {str(own)!r}]\n")
        self.newest[app] = max(path.stem for path in own.glob("[0-9]*.py"))
        self.modules[app] = f"{self.name}.{app}"

    def use(self, chosen: object, monkeypatch: object) -> None:
        """From now on this process has the release; `chosen` is pytest-django's `settings`."""
        monkeypatch.syspath_prepend(str(self.folder))  # type: ignore[attr-defined]
        chosen.MIGRATION_MODULES = {**settings.MIGRATION_MODULES, **self.modules}  # type: ignore[attr-defined]

    def environment(self, database: str, failpoints: Path | None = None) -> dict[str, str]:
        """What a process of the release needs."""
        (self.folder / f"{self.name}_settings.py").write_text(
            f"from config.settings.test import *\nMIGRATION_MODULES = {{**MIGRATION_MODULES, **{self.modules!r}}}\n"
        )
        extra = {
            "DJANGO_SETTINGS_MODULE": f"{self.name}_settings",
            "PYTHONPATH": os.pathsep.join((servers.PYTHONPATH, str(self.folder))),
            "PGAPPNAME": "migrator under test",
        }
        return servers.environment(database, {**extra, **({"FAILPOINTS": str(failpoints)} if failpoints else {})})

    def migrator(self, database: str, *arguments: str, failpoints: Path | None = None) -> "subprocess.Popen[str]":
        """`migrate_schemas` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "migrate_schemas", *arguments],
            cwd=databases.ROOT,
            env=self.environment(database, failpoints),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def migrate(self, database: str, *arguments: str, failpoints: Path | None = None) -> tuple[int, str]:
        """The same to its end: its exit code, and what it said."""
        running = self.migrator(database, *arguments, failpoints=failpoints)
        said, _nothing = running.communicate(timeout=300)
        return running.returncode, said


def column(name: str) -> str:
    """An operation that adds a column of text to venues."""
    return f'migrations.AddField("venue", "{name}", models.CharField(max_length=20, default="", db_default="")),'
