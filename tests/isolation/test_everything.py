"""The archive with which an owner leaves has nothing of another tenant in it, in no file, PDF or directory."""

import io

from django_tenants.utils import tenant_context
from pypdf import PdfReader

from tests.desk.everything.scenes import made, opened
from tests.worlds import World


def told(content: bytes) -> str:
    """What a file says."""
    if not content.startswith(b"%PDF-"):
        return content.decode(errors="replace")
    pdf = PdfReader(io.BytesIO(content))
    return "\n".join([str(pdf.metadata), *(page.extract_text() for page in pdf.pages)])


def test_archive_of_one_tenant_has_no_canary_of_another(worlds: tuple[World, World]) -> None:
    for mine, other in (worlds, worlds[::-1]):
        with tenant_context(mine.tenant), opened(made(mine)) as file:
            found = {name: told(file.read(name)) for name in file.namelist()}
            assert not [name for name, text in found.items() if other.canary in name + text]
            assert not [name for name, text in found.items() if other.tenant.slug in text]
            with_own = {name for name, text in found.items() if mine.canary in text}
            assert {"venues.jsonl", "bookings.jsonl", "people.jsonl", "bookings.csv", "customers.csv"} <= with_own
            assert {"domain-claims.jsonl", "record.jsonl", "documents.jsonl"} <= with_own
            assert [name for name in with_own if name.startswith("documents/")]
            assert [name for name in with_own if name.startswith("booking-files/")]
