"""Bringing files as the owner does, and doing what a worker does with them."""

from dataclasses import dataclass
from typing import Any

from bookings.imports import working
from tests.conftest import Caller

IMPORTS = "/api/v1/admin/imports/"
BOM = "\ufeff"


@dataclass
class Desk:
    """Somebody of the cast with a file."""

    api: Caller
    who: str = "owner"

    def bring(self, kind: str, text: str, **more: Any) -> Any:
        """The answer to a file."""
        return self.api(self.who).post(IMPORTS, {"kind": kind, "content": text, **more})

    def tried(self, kind: str, text: str, **more: Any) -> int:
        """The import of a file that a worker has tried."""
        answer = self.bring(kind, text, **more)
        assert answer.status_code == 201, answer.content
        working.work(str(answer.json()["id"]))
        return int(answer.json()["id"])

    def done(self, kind: str, text: str, **more: Any) -> int:
        """The import of a file that a worker has imported."""
        return self.tried(kind, text, dry_run=False, **more)

    def go(self, import_id: int) -> Any:
        """Say yes, and have a worker come."""
        answer = self.api(self.who).post(f"{IMPORTS}{import_id}/run/")
        working.work(str(import_id))
        return answer

    def seen(self, import_id: int) -> dict[str, Any]:
        """The import."""
        found: dict[str, Any] = self.api(self.who).get(f"{IMPORTS}{import_id}/").json()
        return found

    def report(self, import_id: int) -> list[tuple[int, str, str]]:
        """Row, state and code."""
        rows = self.api(self.who).get(f"{IMPORTS}{import_id}/rows/").json()
        return [(row["row"], row["state"], row["code"]) for row in rows]


def csv(*rows: str) -> str:
    """A file of rows."""
    return "\r\n".join(rows) + "\r\n"
