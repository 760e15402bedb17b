"""The map in docs/architecture.md names the modules that the import contracts name, and no others."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
MORE = {"bookings": {"forms"}, "billing": set(), "venues": set()}
"""Modules on the map without a layer of their own."""


def contracted(app: str) -> set[str]:
    """What the contract of an app names and is there: some layers are optional."""
    layers = next(each["layers"] for each in CONTRACTS if each.get("containers") == [app])
    names = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    return {name for name in names if (ROOT / app / name).is_dir() or (ROOT / app / f"{name}.py").is_file()}


def on_the_map(app: str) -> set[str]:
    """What stands in the part about an app; the contents of a package, after its colon, are left out."""
    parts = PAGE.partition("## Who knows whom inside bookings")[2].partition("\n## ")[0]
    bookings, _in, rest = parts.partition("In `venues`:")
    venues, _in, billing = rest.partition("In `billing`")
    part = {"bookings": bookings, "venues": venues, "billing": billing}[app]
    cells = [line.split("|")[2] for line in part.splitlines() if line.startswith("| ")] or [part]
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)|: `.*", "", "\n".join(cells))))


@pytest.mark.parametrize("app", MORE)
def test_the_map_names_the_modules_of_the_contracts(app: str) -> None:
    assert on_the_map(app) == contracted(app) | MORE[app]
