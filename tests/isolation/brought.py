"""A file that the owner brought, tried and not imported yet, each text with the world's canary, under equal ids."""

import json
from datetime import datetime

from bookings.models import Import, Imported, ImportRow
from outside import vault
from tests.worlds import World

BROUGHT = 1_000_001


def furnish_imports(world: World, now: datetime) -> None:
    """In the world's schema."""
    canary = world.canary
    source = Import.objects.create(
        id=BROUGHT,
        kind=Import.Kind.CUSTOMERS,
        state=Import.State.CHECKED,
        file_name=canary,
        ignored=[canary],
        total=1,
        overrules=[canary],
        name=canary,
        email=f"owner@{canary}.example",
        phone=canary,
        created_by_id=world.users["owner"],
        created_at=now,
    )
    said = vault.seal(json.dumps({"email": f"new@{canary}.example"}))
    ImportRow.objects.create(
        source=source, number=2, sealed=said, key="0" * 64, state="refused", code=canary, detail=canary, made=canary
    )
    Imported.objects.create(kind=Import.Kind.CUSTOMERS, key="1" * 64, made=canary, at=now)
