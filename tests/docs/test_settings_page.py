"""docs/operations.md names every environment variable that settings read, and every command of ours; and no other."""

import ast
import re
from pathlib import Path

from config.settings import carriers

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
SETTINGS = ("base", "databases", "outside", "development", "production", "serving", "statics", "watching", "website")
OURS = ("config", "operators", "desk", "billing", "tenants", "bookings", "venues", "platform")


def section(title: str) -> str:
    """The part of the page under a heading."""
    return OPERATIONS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def read_by_settings() -> set[str]:
    """Names in `os.environ.get("...")`, `os.environ["..."]` and `required("...")`."""
    found = set()
    for name in SETTINGS:
        for node in ast.walk(ast.parse((ROOT / f"platform/config/settings/{name}.py").read_text())):
            asked = None
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.environ.get", "environ.get", "required"}:
                asked = node.args[0]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                asked = node.slice
            if isinstance(asked, ast.Constant):
                found.add(str(asked.value))
    return found


def test_every_variable_that_settings_read_is_in_the_table_and_no_other() -> None:
    rows = [line.split("|")[1] for line in section("Settings").splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`([A-Z_]+)`", "\n".join(rows)))
    assert {"SECRET_KEY", "STRIPE_SECRET_KEY"} <= read_by_settings()
    of_carriers = {name for names in (*carriers.NEEDS.values(), *carriers.OPTIONS.values()) for name in names}
    assert named == read_by_settings() | of_carriers | {"DJANGO_SETTINGS_MODULE", "MAIL_PROVIDER"}


def test_every_command_is_in_the_table_and_no_other() -> None:
    files = {path for app in OURS for path in (ROOT / app).glob("**/management/commands/*.py")}
    commands = {path.stem for path in files} - {"__init__"}
    assert {"reconcile", "migrate_schemas"} <= commands
    assert set(re.findall(r"^\| `manage\.py ([a-z_]+)", section("Commands"), re.MULTILINE)) == commands
