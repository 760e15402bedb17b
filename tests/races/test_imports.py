"""A file of bookings is imported while customers book the same hours: never two, and every row is told."""

from concurrent.futures import ThreadPoolExecutor

from django_tenants.utils import tenant_context

from bookings.imports import working
from kernel import failpoints
from tests.races import checker
from tests.races.ground import BOOKINGS, HOURS, slot
from tests.races.test_negative_control import CONSTRAINT

IMPORTS = "/api/v1/admin/imports/"


def test_of_a_row_and_a_customer_exactly_one_has_the_hour(spoilt, tomorrow, figures, monkeypatch):
    """R01 with an import. Then the negative control: without lock and constraint the same race makes doubles."""
    ground, server, rigging = spoilt
    monkeypatch.setattr(failpoints, "_folder", rigging.folder)
    assert _raced(ground, server, tomorrow, "guarded", figures) == 0
    ground.sql(f"ALTER TABLE bookings_occupancy DROP CONSTRAINT {CONSTRAINT}")
    rigging.set("claims.lock", "skip")
    rigging.set("hold.checked", "meet 2")
    assert _raced(ground, server, tomorrow, "unguarded", figures, hours=HOURS[:1]) == 1


def _raced(ground, server, day, name, figures, hours=HOURS):
    """Doubles after each hour of a court was wanted by a row of a file and by a customer at once."""
    court, owner = ground.court(name), ground.client(server, "owner")
    bodies = [slot(court, ground.alpha.tenant.time_zone, day, hour) for hour in hours]
    rows = [f"{court},{body['start_datetime']},{body['end_datetime']},Club" for body in bodies]
    text = "\r\n".join(["resource,start_datetime,end_datetime,name", *rows])
    made = owner.post(IMPORTS, {"kind": "bookings", "content": text, "dry_run": False})
    assert made.status == 201, made.body
    before = checker.doubles(ground.database_url, ground.schema)
    clients = ground.clients(server)[: len(bodies)]
    # Row by row as the import comes to them: customers want its hours in its order.
    with ThreadPoolExecutor(4) as threads:
        booking = [threads.submit(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=True)]
        with tenant_context(ground.alpha.tenant):
            working.work(str(made.body["id"]))
        answers = [each.result() for each in booking]
    report = owner.get(f"{IMPORTS}{made.body['id']}/rows/").body
    told = [(row["state"], row["code"]) for row in report]
    figures(name, {f"{state} {code}".strip(): told.count((state, code)) for state, code in sorted(set(told))})
    assert [row["row"] for row in report] == list(range(2, len(bodies) + 2))
    if name == "guarded":
        for (state, code), answer in zip(told, answers, strict=True):
            pair = (state, code, answer.status)
            assert pair in {("created", "", 400), ("refused", "booked", 201), ("refused", "held", 201)}, pair
        assert ground.bookings_of(court) == len(bodies)
    return checker.doubles(ground.database_url, ground.schema) - before
