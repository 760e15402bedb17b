"""`manage.py data_map`: where every field lies, whose it is, what for and what ends it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.privacy import datamap, drawing


class Command(BaseCommand):
    """Writes the map to standard output; says on the error output what nobody has decided on."""

    help = (
        "Write where every field of every table lies, whether it names somebody and whom, what it is for and what ends"
        " it: `data_map > docs/privacy/data.md`. DATA_LOCATION says where data at rest lie."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How it is written."""
        parser.add_argument("--format", choices=sorted(drawing.FORMATS), default="markdown", help="default: markdown")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write it, unless a field is missing."""
        if missing := datamap.unnamed():
            raise CommandError(f"Not in the map yet: {', '.join(missing)}. See desk/privacy/tables.py and columns.py.")
        self.stdout.write(drawing.written(options["format"]), ending="")
