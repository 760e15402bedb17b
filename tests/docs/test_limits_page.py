"""docs/api.md says the limits that hold; CHANGELOG.md has the version that the documents say."""

import re
from pathlib import Path

from django.conf import settings

from config.settings import limits

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs/api.md").read_text().partition("\n## Limits\n")[2].partition("\n## ")[0]
COLUMNS = ("caller", "app", "address", "tenant")


def test_every_limit_stands_on_the_page_as_it_is() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in SECTION.splitlines() if line.startswith("| `")]
    named = {
        f"{kind.strip('`')}.{by}": most if "/" in most else f"{most}/60"
        for kind, _what, *figures in rows
        for by, most in zip(COLUMNS, figures, strict=True)
        if most
    }
    assert named == limits.chosen("")


def test_the_changelog_begins_with_the_version_of_the_documents() -> None:
    newest = re.search(r"^## (\S+) \((\d{4}-\d{2}-\d{2})\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == settings.SPECTACULAR_SETTINGS["VERSION"]
