"""Where things are, how long they are, and what never enters the repository."""

import json
import re
from pathlib import Path

import pytest

from tests.databases import ROOT
from tests.guards.sources import files

LONGEST = 500
LONG = 300
# Files over 300 lines, each with the reason why it is one thing. Shorten the list, not the reasons.
KNOWN_LONG = {
    "bookings/availability.py": "the one predicate, read as a whole",
    "platform/operators/demo/munich.py": "a catalogue of texts, no logic",
    "bookings/lifecycle.py": "a booking's life in order, in one file (STYLE.md)",
}
WRITTEN = ("**/*.py", "static_src/**/*.js", "static_src/**/*.css", "templates/**/*.html")


def written() -> list[Path]:
    """What people write and read; migrations are made by a command."""
    return [path for path in files(*WRITTEN) if "migrations" not in path.parts]


def length(path: Path) -> int:
    """Lines of a file."""
    return len((ROOT / path).read_text().splitlines())


def test_platform_is_a_shelf_and_not_a_package() -> None:
    assert not (ROOT / "platform/__init__.py").exists(), (
        "Delete platform/__init__.py: as a package it shadows Python's own `platform` and breaks uuid and Django."
    )
    assert "/platform/__init__.py" in (ROOT / ".gitignore").read_text().splitlines()


def test_nothing_is_tested_from_inside_platform() -> None:
    assert not (ROOT / "tests/platform").exists(), (
        "tests/platform would shadow Python's `platform` too: name the folder after the package, like tests/accounts."
    )
    inside = [str(path) for path in files("platform/**/test_*.py", "platform/**/tests/*", "platform/**/conftest.py")]
    assert not inside, f"Move tests to tests/<package>/: {inside}"


def test_no_drawers() -> None:
    drawers = {"utils", "util", "helpers", "common", "core", "misc", "lib", "shared"}
    found = [str(path) for path in files("**/*.py") if drawers & {path.stem, *path.parent.parts}]
    assert not found, f"A drawer says nothing: name the module for what it is, with a noun. {found}"


def test_no_file_is_longer_than_500_lines() -> None:
    found = {str(path): length(path) for path in written() if length(path) > LONGEST}
    assert not found, f"Split it along its nouns; {LONGEST} lines is a stop: {found}"


def test_product_files_over_300_lines_are_known() -> None:
    found = {str(path) for path in written() if length(path) > LONG and path.parts[0] != "tests"}
    assert found <= KNOWN_LONG.keys(), (
        f"{LONG} lines is a smell: split it along its nouns, or say why not in KNOWN_LONG. {found - KNOWN_LONG.keys()}"
    )


SECRETS = {
    "a Stripe key": r"\b[rs]k_(live|test)_[0-9A-Za-z]{20,}",
    "a Stripe webhook secret": r"\bwhsec_[0-9A-Za-z+/]{24,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40,})",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "a password in a URL": r"\b(postgres(ql)?|rediss?|amqp|smtp)://[^\s:@/{}]*:[^\s@/{}$]+@",
}


def test_no_secret_is_committed() -> None:
    found = []
    for path in files("**/*", ".ci/*", ".npmrc", ".env*"):
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {name}" for name, pattern in SECRETS.items() if re.search(pattern, text)]
    assert not found, "Take it out, revoke it, and read it from the environment (docs/operations.md): " + "; ".join(
        found
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a Stripe key", "key = 'sk_" + "test_" + "a1B2" * 6 + "'"),
        ("a Stripe webhook secret", "whsec" + "_" + "Ab1+" * 8),
        ("a private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("an AWS key", "AKIA" + "ABCDEFGH12345678"),
        ("a GitHub token", "ghp" + "_" + "a" * 36),
        ("a Slack token", "xoxb" + "-1234567890-abc"),
        ("a SendGrid key", "SG" + "." + "a" * 22 + "." + "b" * 43),
        ("a password in a URL", "postgresql" + "://forecourt:hunter2@db/forecourt"),
    ],
)
def test_secrets_are_recognised(name: str, text: str) -> None:
    assert re.search(SECRETS[name], text)


def test_only_test_settings_have_a_secret_key_of_their_own() -> None:
    for name in ("base", "development", "production"):
        text = (ROOT / f"platform/config/settings/{name}.py").read_text()
        assert not re.search(r"SECRET_KEY\s*=\s*[\"']", text), f"Read SECRET_KEY from the environment in {name}.py."


def test_requirements_name_no_registry() -> None:
    for path in files("requirements/*"):
        text = (ROOT / path).read_text()
        found = re.findall(r"^.*(?:--(?:extra-)?index-url|--find-links|https?://).*$", text, re.MULTILINE)
        assert not found, f"{path} names the registry of one machine; take it out, `make lock` leaves it out: {found}"


def test_requirements_are_pinned() -> None:
    for path in files("requirements/*.txt"):
        lines = [line.partition("#")[0].strip() for line in (ROOT / path).read_text().splitlines()]
        loose = [line for line in lines if line and not line.startswith("-r ") and "==" not in line]
        assert not loose, f"Pin them with `make lock`: {path} {loose}"


def test_package_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    found = [name for name, package in packages.items() if "resolved" in package]
    assert not found, f"Make the lock again with `omit-lockfile-registry-resolved=true` in .npmrc: {found}"
    without = [name for name, package in packages.items() if name and "integrity" not in package]
    assert not without, f"Every package has its integrity hash in package-lock.json: {without}"


def test_nothing_committed_names_a_folder_of_one_machine() -> None:
    home = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users/\w+)/")
    texts = files("**/*.py", "**/*.md", "**/*.toml", "**/*.json", "Makefile", "scripts/*", ".ci/*")
    found = [str(path) for path in texts if path.name != "test_house.py" and home.search((ROOT / path).read_text())]
    assert not found, f"Use a path relative to the repository: {found}"
