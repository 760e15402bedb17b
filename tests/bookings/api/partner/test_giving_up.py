"""`DELETE /bookings/{id}` and `status: "CANCEL"` of partners (API.md)."""

from datetime import timedelta

import pytest

from bookings.models import Booking
from tests.bookings.api.desk import paid, starts_in
from tests.bookings.api.partner.kit import GINA, partner, token_of
from tests.bookings.scenes import digest, let_lapse


@pytest.mark.parametrize("way", ["delete", "patch"])
def test_before_confirmation_it_is_free(shop, way):
    booking = shop.reserved()
    body = {"status": "CANCEL"} if way == "patch" else None
    answer = getattr(shop, way)(f"bookings/{booking}", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")
    again = getattr(shop, way)(f"bookings/{booking}", body)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert shop.reserved() != booking


def test_before_confirmation_writing_is_enough(shop):
    writer = partner(shop.world, "booking:read", "booking:write")
    answer = writer.delete(f"bookings/{writer.reserved()}")
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")


@pytest.mark.parametrize("way", ["delete", "patch"])
def test_after_confirmation_it_needs_its_scope_and_runs_the_policy(shop, home, way):
    booking = shop.confirmed()
    paid(home, booking, "25.00")
    assert shop.app is not None
    body = {"status": "CANCEL"} if way == "patch" else None
    writer = type(shop)(shop.world, token_of(shop.app, "booking:read", "booking:write"))
    before = digest()
    refused = getattr(writer, way)(f"bookings/{booking}", body)
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
        *(403, "insufficient_scope"),
        "booking:cancel",
    )
    assert 'error="insufficient_scope", scope="booking:cancel"' in refused["WWW-Authenticate"]
    assert digest() == before
    starts_in(booking, timedelta(hours=1))
    canceller = type(shop)(shop.world, token_of(shop.app, "booking:cancel"))
    answer = getattr(canceller, way)(f"bookings/{booking}", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")
    row = Booking.objects.get(pk=booking)
    assert (row.fee_minor, row.refund_due_minor) == (2500, 0)
    assert getattr(canceller, way)(f"bookings/{booking}", body).json() == answer.json()


def test_who_may_only_cancel_changes_nothing_else(shop):
    booking = shop.reserved()
    assert shop.app is not None
    canceller = type(shop)(shop.world, token_of(shop.app, "booking:cancel"))
    before = digest()
    answer = canceller.patch(f"bookings/{booking}", GINA)
    assert (answer.status_code, answer.json()["scope"]) == (403, "booking:write")
    assert digest() == before


def test_once_it_has_begun_it_is_409(shop):
    booking = shop.confirmed()
    starts_in(booking, -timedelta(minutes=10))
    answer = shop.delete(f"bookings/{booking}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


def test_what_ran_out_is_given_up_already(shop):
    booking = shop.reserved()
    let_lapse(Booking.objects.get())
    before = digest()
    assert shop.delete(f"bookings/{booking}").json()["status"] == "CANCEL"
    assert digest() == before
