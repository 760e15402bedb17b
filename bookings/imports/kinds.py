"""What files may have: the columns of each kind, which of them must be there, and an example of each."""

import csv
import io
from dataclasses import dataclass

from bookings.exports.writing import BOM
from bookings.models import Import

Kind = Import.Kind


@dataclass(frozen=True)
class Columns:
    """The columns of a kind with an example of each, in order; `required` must be in the header."""

    examples: dict[str, str]
    required: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Other names of the house for the same: what an export writes can be imported."""

    @property
    def known(self) -> tuple[str, ...]:
        """All that something is made of."""
        return (*self.examples, *self.also)


COLUMNS: dict[str, Columns] = {
    Kind.CUSTOMERS: Columns(
        {
            "email": "anna@example.org",
            "name": "Anna Example",
            "phone": "+49 89 123456",
            "groups": "Members",
            "external_id": "C-1",
        },
        required=("email",),
    ),
    Kind.RESOURCES: Columns(
        {
            "venue": "main", "name": "Court 7", "slug": "court-7", "kind": "court", "part_of": "", "capacity": "4",
            "units": "1", "grid_minutes": "30", "min_minutes": "60", "max_minutes": "120", "buffer_before_minutes": "0",
            "buffer_after_minutes": "0", "lead_minutes": "0", "horizon_days": "90", "pays_online": "no",
            "pays_on_site": "yes", "is_outdoor": "no", "needs_approval": "no", "price": "25.00", "price_unit": "hour",
            "description": "Clay, with lights", "external_id": "R-7",
        },
        required=("venue", "name"),
    ),
    Kind.CLOSURES: Columns(
        {
            "venue": "main", "resource": "court-7", "date": "2030-05-01", "start_time": "08:00", "end_time": "12:00",
            "reason": "Maintenance", "external_id": "X-1",
        },
        required=("venue",),
        also=("start_datetime", "end_datetime"),
    ),
    Kind.BOOKINGS: Columns(
        {
            "resource": "court-7", "date": "2030-05-01", "start_time": "18:00", "end_time": "19:00",
            "name": "Anna Example", "email": "anna@example.org", "phone": "+49 89 123456", "participant_count": "2",
            "price": "20.00", "paid": "0.00", "paid_way": "cash", "notes": "", "external_id": "B-1",
        },
        required=("resource",),
        also=("start_datetime", "end_datetime", "total_price", "venue"),
    ),
}  # fmt: skip


def template(kind: str) -> bytes:
    """A file with the names of the columns and an example, as spreadsheets open it."""
    columns = COLUMNS[kind]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([columns.examples.keys(), columns.examples.values()])
    return f"{BOM}{text.getvalue()}".encode()
