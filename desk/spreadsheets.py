"""Tables as files that spreadsheets read: CSV as RFC 4180 has it, after a byte order mark."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from bookings.exports.writing import BOM, MEDIA_TYPES, Form


def written(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The file: names of columns, then rows. What people wrote is `guarded` by whoever hands it in."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return f"{BOM}{text.getvalue()}".encode()


def attached(content: bytes, name: str, content_type: str = MEDIA_TYPES[Form.CSV]) -> HttpResponse:
    """An answer that browsers save as `name`, with `.csv` behind it."""
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}.csv"'}
    )
