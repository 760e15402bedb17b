"""A client that `openapi-python-client` makes from the document, and nobody writes, books, pays and cancels."""

import importlib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract.integrator import House

NOT_JSON = {
    *("GET /api/v1/bookings/{booking_id}/ticket.svg", "GET /api/v1/documents/{number}.pdf"),
    "POST /api/v1/admin/imports/",
}
"""It knows no pictures, PDF and CSV; anything else that it leaves out is a fault of the document."""


@pytest.fixture
def generated(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that imports a module of the client, made from the document as the server has it."""
    document, made = tmp_path / "v1.json", tmp_path / "forecourt_v1"
    with house.client(headers={"Accept": "application/json"}) as client:
        document.write_bytes(client.get("/api/schema/").content)
    settings = tmp_path / "settings.yaml"
    settings.write_text("post_hooks: []\n")
    program = str(Path(sys.executable).parent / "openapi-python-client")
    command = [program, "generate", "--path", str(document), "--output-path", str(made), "--meta", "none"]
    done = subprocess.run([*command, "--config", str(settings)], capture_output=True, text=True, check=True)
    warned = [line for line in f"{done.stdout}{done.stderr}".splitlines() if line.startswith("WARNING")]
    skipped = {line.removeprefix("WARNING parsing ").partition(" within ")[0] for line in warned}
    assert skipped <= NOT_JSON, done.stdout
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda name: importlib.import_module(f"forecourt_v1.{name}")
    for name in [each for each in sys.modules if each.partition(".")[0] == "forecourt_v1"]:
        del sys.modules[name]


def test_generated_client_books_pays_and_cancels(house: House, generated: Any) -> None:
    models, token = generated("models"), house.alpha.tokens["guest"]
    client = generated("client").AuthenticatedClient(
        base_url=house.server.url,
        token=token,
        prefix="Token",
        headers={"Host": house.alpha.host},
        raise_on_unexpected_status=True,
        timeout=60,
    )

    def call(name: str, *given: Any, **named: Any) -> Any:
        answer = generated(f"api.{name}").sync_detailed(*given, client=client, **named)
        return answer.parsed, int(answer.status_code)

    start = house.hour()
    slots, status = call("availability_and_prices.availability", resource=house.alpha.court_1, date=start.date())
    assert (status, slots.timezone) == (200, "Europe/Berlin")
    assert start in [slot.start_datetime for slot in slots.slots]

    wish = models.BookingIn(
        resource=house.alpha.court_1, start_datetime=start, end_datetime=start + timedelta(hours=1), participant_count=2
    )
    booking, status = call("bookings.bookings_create", body=wish, idempotency_key="generated-1")
    assert (status, booking.status, booking.total_price) == (201, "pending", "25.00")
    again, status = call("bookings.bookings_create", body=wish, idempotency_key="generated-1")
    assert (status, again.id) == (201, booking.id)
    refused, status = call("bookings.bookings_create", body=wish)
    assert (status, refused.code, refused["booking"]) == (400, "held_by_you", str(booking.id))

    intent, status = call("paying.bookings_create_payment_intent", booking.id, body=models.PayIn())
    assert (status, intent.amount, intent.currency) == (200, "25.00", "EUR")
    assert house.till.pay(intent.payment_intent_id) == "succeeded"
    money, status = call("paying.bookings_payments_refresh", booking.id)
    assert (status, money.status, money.paid) == (200, "paid", "25.00")

    body = models.CancelIn(reason=models.CancelReasonEnum.USER_REQUEST, notes="Schedule conflict")
    cancelled, status = call("bookings.bookings_cancel", booking.id, body=body)
    assert (status, cancelled.id, cancelled.status) == (200, booking.id, "cancelled")
    wanted = [models.BookingsListStatusItem.CANCELLED, models.BookingsListStatusItem.REFUNDED]
    listed, status = call("bookings.bookings_list", resource=house.alpha.court_1, status=wanted)
    assert (status, booking.id in [row.id for row in listed]) == (200, True)
    client.get_httpx_client().close()
