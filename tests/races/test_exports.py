"""Files of 10,000 bookings of two tenants at once, over a real server; and one that breaks off."""

import csv
import io
import json
from datetime import timedelta
from functools import partial

from django_tenants.utils import tenant_context

from bookings.models import Booking
from schemas.clock import database_now
from tests.races.crowd import CUT, together
from venues.models import Resource

LIST = "/api/v1/admin/bookings/"
EXPORT = "/api/v1/admin/exports/bookings/"
ROWS = 10_000


def test_files_of_two_tenants_at_once_keep_to_their_own_and_one_that_breaks_off_is_not_whole(spoilt, figures):
    """T06: every stream pauses between its pieces, while the same threads and connections serve the other tenant."""
    ground, server, rigging = spoilt
    for world in (ground.alpha, ground.beta):
        _fill(world)
    worlds = [ground.alpha, ground.beta] * 2
    clients = [ground.connected(server, world, world.tokens["owner"]) for world in worlds]
    calls = [partial(client.get, f"{EXPORT}?format={form}") for client, form in zip(clients, _forms(), strict=True)]
    readers = [ground.client(server, "owner", world) for world in worlds[:2]]
    rigging.set("export.piece", "sleep 0.02")
    *files, seen_a, seen_b = together([*calls, *(partial(_pages, reader) for reader in readers)])
    rigging.clear()
    assert [file.status for file in files] == [200] * 4
    assert (seen_a, seen_b) == (_court_of(ground.alpha), _court_of(ground.beta))
    for world, file, form in zip(worlds, files, _forms(), strict=True):
        rows = _rows_of(file.raw.decode("utf-8-sig"), form)
        assert [row["reference_code"] for row in rows] == [f"X{number}" for number in range(ROWS)]
        assert {row["notes"] for row in rows} == {f"{world.canary} ä"}
        assert {row["name"] for row in rows} == {"'=cmd" if form == "csv" else "=cmd"}
    figures("bytes of a file", len(files[0].raw))
    rigging.set("export.piece", "raise")
    broken = clients[0].get(f"{EXPORT}?format=jsonl")
    assert [json.loads(row)["error"]["code"] for row in broken.raw.splitlines()] == ["incomplete"]
    rigging.set("export.piece", "raise")
    broken = clients[0].get(EXPORT)
    assert broken.raw.splitlines()[1:] == [b"INCOMPLETE: This file broke off. Please export again."]
    rigging.set("export.piece", "exit")
    assert clients[1].get(f"{EXPORT}?format=jsonl").status == CUT
    assert broken.headers["x-total-count"] == files[0].headers["x-total-count"] == str(ROWS)


def _forms():
    return ["csv", "csv", "jsonl", "jsonl"]


def _pages(client):
    return {row["resource_name"] for page in range(1, 9) for row in client.get(f"{LIST}?page={page}").body}


def _court_of(world):
    with tenant_context(world.tenant):
        return {Resource.objects.get(pk=world.court_1).name}


def _rows_of(text, form):
    return list(csv.DictReader(io.StringIO(text))) if form == "csv" else [json.loads(row) for row in text.splitlines()]


def _fill(world):
    with tenant_context(world.tenant):
        start = database_now() - timedelta(days=3000)
        like = {
            "resource_id": world.court_1, "participants": 1, "state": "expired", "payment_state": "unpaid",
            "price_per_unit_minor": 2500, "pricing_unit": "hour", "total_minor": 2500,
            "currency": world.tenant.currency, "time_zone": world.tenant.time_zone, "created_at": start,
            "updated_at": start, "notes": f"{world.canary} ä", "name": "=cmd",
        }  # fmt: skip
        Booking.objects.bulk_create(
            Booking(
                reference_code=f"X{number}", start=start + timedelta(hours=number),
                end=start + timedelta(hours=number + 1), **like,
            )
            for number in range(ROWS)
        )  # fmt: skip
