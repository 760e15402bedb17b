"""Failpoints are for tests: nothing else can turn them on."""

import os
import subprocess
import sys

import pytest

from kernel import failpoints
from tests.servers import PYTHONPATH

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "made up " * 10,
    "BASE_DOMAIN": "forecourt.example",
    "EMAIL_HOST": "mail.forecourt.example",
    "VAULT_KEYS": "made up too " * 10,
}
HIT = """
import django
django.setup()
from kernel import failpoints
print("skipped" if failpoints.hit("here") else "passed")
"""


def _hit(folder, settings):
    return subprocess.run(
        [sys.executable, "-c", HIT],
        env={**os.environ, "PYTHONPATH": PYTHONPATH, "FAILPOINTS": str(folder), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["skip", "exit", "raise", "sleep 100", "meet 2"])
def test_failpoints_are_inert_in_production(tmp_path, command):
    (tmp_path / "here").write_text(command)
    found = _hit(tmp_path, PRODUCTION)
    assert (found.returncode, found.stdout.split()) == (0, ["passed"]), found.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["here"]


def test_failpoints_obey_under_test_settings(tmp_path):
    """The control: the same process under test settings dies as it is told."""
    (tmp_path / "here").write_text("exit")
    found = _hit(tmp_path, {"DJANGO_SETTINGS_MODULE": "config.settings.test"})
    assert (found.returncode, found.stdout) == (failpoints.EXIT_CODE, "")
    assert [file.name for file in tmp_path.iterdir()] == ["here.reached"]


def test_failpoints_are_off_in_this_process():
    assert failpoints.hit("claims.lock") is False
