"""Language catalogues with Babel, so that no machine needs GNU gettext.

``python -m embedded.catalogues`` collects the texts of Python code and templates into ``locale/<language>/LC_MESSAGES/
django.po``, keeping what is translated, and compiles.
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from embedded.folders import PROJECT
from embedded.stamps import sources

LANGUAGES = ("de",)
PYTHON = tuple(f"{place}/**/*.py" for place in ("desk", "bookings", "venues", "tenants", "billing", "platform"))
TEMPLATES = ("templates/**/*.html", "templates/**/*.txt", "*/templates/**/*.html", "platform/*/templates/**/*.html")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
WIDTH = 120


def compile_all() -> None:
    """Write the ``.mo`` of every ``.po`` that is newer than it."""
    for source in sources("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        unfinished = target.with_suffix(".mo.part")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.rename(target)


def collect() -> None:
    """Bring every language's catalogue up to date with the texts in the code; texts that are gone are dropped."""
    template = Catalog(project="Forecourt", charset="utf-8")
    for path in sources(*PYTHON, *TEMPLATES):
        for line, message, comments, context in _texts(path):
            place = [(str(path.relative_to(PROJECT)), line)]
            flags = ("python-format",) if path.suffix != ".py" and "%(" in str(message) else ()
            template.add(message, locations=place, flags=flags, auto_comments=comments, context=context)
    for language in LANGUAGES:
        target = PROJECT / "locale" / language / "LC_MESSAGES" / "django.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        catalogue = Catalog(locale=language, project="Forecourt", charset="utf-8")
        if target.exists():
            with target.open("rb") as file:
                catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with target.open("wb") as file:
            write_po(file, catalogue, width=WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
        sys.stdout.write(
            f"{target.relative_to(PROJECT)}: {_untranslated(catalogue)} of {len(catalogue)} untranslated\n"
        )


def _texts(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into lines that gettext can read as code; the indentation in them means nothing.
        from django.utils.translation.template import templatize

        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"])


def _untranslated(catalogue: Catalog) -> int:
    return sum(1 for message in catalogue if message.id and not message.string)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    collect()
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
