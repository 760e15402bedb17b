"""`manage.py citus`: whether tenants' schemas could be spread over several nodes, and whether they are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import sharding


class Command(BaseCommand):
    """Read-only: it says what stands in the way, and what is not where it belongs."""

    help = "Says what Citus would refuse of our schemas, and where there is Citus, what is not as it must be."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only the second half is asked for at the start of processes."""
        parser.add_argument("--check", action="store_true", help="only what is not as it must be where there is Citus")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; fail where there is any."""
        found = sharding.differences()
        if not options["check"]:
            found = [*sharding.obstacles(), *found]
            if not sharding.has_citus():
                self.stdout.write("This database has no Citus: one machine has it all.")
        for each in found:
            self.stdout.write(str(each))
        if found:
            raise CommandError(f"{len(found)} to be put right.")
        self.stdout.write("Nothing is in the way.")
