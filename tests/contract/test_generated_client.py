"""A client that `openapi-python-client` makes from the document, and nobody writes, books, pays and cancels."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract.integrator import House
from tests.contract.story import on_sale

SCHEMAS = {"v1": "/api/schema/", "partner": "/api/schema/partner/"}
NOT_JSON = {
    *("GET /api/v1/bookings/{booking_id}/ticket.svg", "GET /api/v1/documents/{number}.pdf"),
    "POST /api/v1/admin/imports/",
}
"""It knows no pictures, PDF and CSV; anything else that it leaves out is a fault of the document."""


class Generated:
    """A client of a dialect, made from the document as the server has it, and used by somebody with a token."""

    def __init__(self, house: House, folder: Path, dialect: str, prefix: str, token: str) -> None:
        self.package = f"forecourt_{dialect}"
        document, settings = folder / f"{dialect}.json", folder / "settings.yaml"
        with house.client(headers={"Accept": "application/json"}) as client:
            document.write_bytes(client.get(SCHEMAS[dialect]).content)
        settings.write_text("post_hooks: []\n")
        command = [str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--meta", "none"]
        command += ["--path", str(document), "--config", str(settings), "--output-path", str(folder / self.package)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        warned = [line for line in f"{done.stdout}{done.stderr}".splitlines() if line.startswith("WARNING")]
        self.skipped = {line.removeprefix("WARNING parsing ").partition(" within ")[0] for line in warned}
        self.models = self.module("models")
        self.client = self.module("client").AuthenticatedClient(
            base_url=house.server.url,
            token=token,
            prefix=prefix,
            headers={"Host": house.alpha.host},
            raise_on_unexpected_status=True,
            timeout=60,
        )

    def module(self, name: str) -> Any:
        """A module of the client."""
        return importlib.import_module(f"{self.package}.{name}")

    def call(self, name: str, *given: Any, **named: Any) -> tuple[Any, int]:
        """What a method of the client answers, and the status."""
        answer = self.module(f"api.{name}").sync_detailed(*given, client=self.client, **named)
        return answer.parsed, int(answer.status_code)


@pytest.fixture
def generate(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Generated]]:
    """Makes a client of a dialect."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[Generated] = []

    def make(dialect: str, prefix: str, token: str) -> Generated:
        made.append(Generated(house, tmp_path, dialect, prefix, token))
        return made[-1]

    yield make
    for each in made:
        each.client.get_httpx_client().close()
        for name in [name for name in sys.modules if name.partition(".")[0] == each.package]:
            del sys.modules[name]


def test_generated_client_books_pays_and_cancels(house: House, generate: Callable[..., Generated]) -> None:
    made = generate("v1", "Token", house.alpha.tokens["guest"])
    assert made.skipped <= NOT_JSON
    models, call = made.models, made.call

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


def test_generated_client_of_a_partner_reserves_confirms_and_gives_up(
    house: House, generate: Callable[..., Generated]
) -> None:
    product, space, token = on_sale(house)
    made = generate("partner", "Bearer", token)
    assert made.skipped == set()
    models, call, start = made.models, made.call, house.hour()

    asked = {"product_id": product, "space_id": space, "from_": start.isoformat(), "to": "1"}
    slots, status = call("availability_and_prices.slots_list", **asked)
    assert (status, slots[0].from_, slots[0].price) == (200, start, "25.00")
    wish = models.ReservationIn(product_id=product, space_id=space, slot=models.SlotWish(from_=start))
    booking, status = call("bookings.bookings_create", body=wish)
    assert (status, booking.status.value) == (201, "RESERVED_15_MIN")
    who = models.PatchedDetailsIn(
        email="gina@example.org",
        phone="+49 89 1234567",
        status=models.DetailsInStatusEnum.CONFIRMED,
        payment_enabled=False,
    )
    confirmed, status = call("bookings.bookings_update", booking.id, body=who)
    assert (status, confirmed.status.value) == (200, "CONFIRMED")
    given_up, status = call("bookings.bookings_destroy", booking.id)
    assert (status, given_up.status.value) == (200, "CANCEL")
