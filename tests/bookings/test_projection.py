"""What a booking is called outside: API.md's table line by line, and the function against the expression."""

from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db.models import DateTimeField, Value

from bookings.models import Booking
from bookings.projection import (
    CORE,
    CORE_STATUSES,
    PARTNER,
    PARTNER_STATUSES,
    V1,
    V1_STATUSES,
    Phase,
    core_status,
    partner_status,
    phase,
    phase_sql,
    phases_called,
    v1_status,
)
from bookings.states import PaymentState, State
from schemas.clock import database_now
from tests.worlds import World

HOUR = timedelta(hours=1)
OPEN = {"state": "held", "email": ""}
LIVE = {"state": "confirmed"}
TABLE = [
    ("held, live", OPEN, "pending", "RESERVED_15_MIN", "pending", "unpaid"),
    ("held, details are in", {**OPEN, "email": "a@b.c"}, "pending", "PENDING", "pending", "unpaid"),
    ("pending", {"state": "pending"}, "pending", "PENDING", "pending", "unpaid"),
    ("confirmed and unpaid", LIVE, "confirmed", "CONFIRMED", "confirmed", "unpaid"),
    ("not_required", {**LIVE, "payment_state": "not_required"}, "confirmed", "CONFIRMED", "confirmed", "not_required"),
    ("deposit_paid", {**LIVE, "payment_state": "deposit_paid"}, "confirmed", "CONFIRMED", "confirmed", "deposit_paid"),
    ("confirmed and paid", {**LIVE, "payment_state": "paid"}, "paid", "PAID", "confirmed", "paid"),
    (
        "confirmed and partially_refunded",
        {**LIVE, "payment_state": "partially_refunded"},
        *("paid", "PAID", "confirmed", "partially_refunded"),
    ),
    ("completed", {"state": "completed"}, "completed", "CONFIRMED", "confirmed", "unpaid"),
    ("completed, paid", {"state": "completed", "payment_state": "paid"}, "completed", "PAID", "confirmed", "paid"),
    ("over, and no task has run", {**LIVE, "end": -HOUR}, "completed", "CONFIRMED", "confirmed", "unpaid"),
    ("over and paid", {**LIVE, "end": -HOUR, "payment_state": "paid"}, "completed", "PAID", "confirmed", "paid"),
    ("no_show", {"state": "no_show"}, "no_show", "CONFIRMED", "confirmed", "unpaid"),
    ("no_show, paid", {"state": "no_show", "payment_state": "paid"}, "no_show", "PAID", "confirmed", "paid"),
    ("cancelled", {"state": "cancelled"}, "cancelled", "CANCEL", "cancelled", "unpaid"),
    (
        "cancelled, less than all returned",
        {"state": "cancelled", "payment_state": "partially_refunded"},
        *("cancelled", "CANCEL", "cancelled", "partially_refunded"),
    ),
    (
        "cancelled and refunded",
        {"state": "cancelled", "payment_state": "refunded"},
        *("refunded", "REFUNDED", "cancelled", "refunded"),
    ),
    ("refunded", {**LIVE, "payment_state": "refunded"}, "refunded", "REFUNDED", "confirmed", "refunded"),
    ("expired", {"state": "expired", "payment_state": "failed"}, "cancelled", "CANCEL", "cancelled", "unpaid"),
    ("held, over", {**OPEN, "hold": -HOUR}, "cancelled", "CANCEL", "cancelled", "unpaid"),
]


def booking(now: datetime, **fields: object) -> Booking:
    """A booking of an hour to come, as the table has it; `hold` and `end` count from now."""
    values = {"state": "confirmed", "payment_state": "unpaid", "email": "a@b.c", "hold": HOUR, "end": HOUR, **fields}
    end = now + values.pop("end")  # type: ignore[operator]
    hold = values.pop("hold")
    reason = {"pending_reason": "payment"} if values["state"] == "pending" else {}
    hold_expires_at = None if hold is None else now + hold  # type: ignore[operator]
    return Booking(start=end - HOUR, end=end, hold_expires_at=hold_expires_at, currency="EUR", **values, **reason)


@pytest.mark.parametrize("line", TABLE, ids=[line[0] for line in TABLE])
def test_a_line_of_the_table(line: tuple) -> None:
    _name, fields, v1, partner, core, paid = line
    now = datetime.fromisoformat("2026-06-01T10:00:00+00:00")
    row = booking(now, **fields)
    assert (v1_status(row, now), partner_status(row, now), *core_status(row, now)) == (v1, partner, core, paid)


def test_every_phase_has_a_name_in_every_dialect() -> None:
    for table, names in ((V1, V1_STATUSES), (PARTNER, PARTNER_STATUSES), (CORE, CORE_STATUSES)):
        assert set(table) == set(Phase)
        assert {*table.values()} == {*names}
        assert {each for name in names for each in phases_called(table, [name])} == {str(each) for each in Phase}


def test_function_and_expression_say_the_same_of_every_combination(in_alpha: World) -> None:
    """Also at the very instant at which a hold or a visit ends."""
    now = database_now()
    moments = (-HOUR, timedelta(0), HOUR)
    made: list[Booking] = []
    for state, paid, hold, end, email in product(State, PaymentState, (None, *moments), moments, ("", "a@b.c")):
        if state == State.HELD and hold is None:
            continue
        row = booking(now, state=str(state), payment_state=str(paid), hold=hold, end=end, email=email)
        row.reference_code = f"P{len(made)}"
        row.resource_id = in_alpha.court_1
        row.price_per_unit_minor = row.total_minor = 0
        row.created_at = row.updated_at = now
        made.append(row)
    Booking.objects.bulk_create(made)
    at = Value(now, output_field=DateTimeField())
    told = dict(Booking.objects.filter(reference_code__startswith="P").values_list("pk", phase_sql(at)))
    assert len(told) == len(made) > 1400
    assert {row.pk: str(phase(row, now)) for row in made} == told
    assert {*told.values()} == {str(each) for each in Phase}
