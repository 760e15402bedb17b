"""What API.md says of all calls of all dialects, sentence by sentence, over HTTP.

What is left out here has a file of its own: R07-R11 (`Idempotency-Key` of every unsafe call, bodies kept for 24 hours,
429 and 5xx not stored) in tests/bookings/api/test_v1_idempotency.py and tests/rest/; rate limits in tests/rest/;
tokens at other tenants' hosts, for every route and kind of credentials, in tests/isolation/.
"""

from datetime import UTC, timedelta, timezone

import pytest

from bookings.models import Booking
from tests.contract.integrator import V1, House


def count(house: House) -> int:
    """Bookings at Alpha."""
    with house.inside():
        return Booking.objects.count()


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema/core/", "/api/schema/partner/"])
def test_openapi_3_1_for_each_dialect_is_published_on_every_tenant_host(house: House, path: str) -> None:
    """`OpenAPI 3.1 for each dialect is published on every tenant host (/api/schema/, browsable docs at /api/docs/)`."""
    for world in (house.alpha, house.beta):
        with house.client(at=world, headers=JSON) as client:
            answer = client.get(path)
            assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
            page = client.get(path.replace("schema", "docs"), headers={"Accept": "text/html"})
            assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("field", ["tenant", "tenant_id", "host", "schema_name"])
def test_the_tenant_comes_from_the_host_never_from_the_body(house: House, field: str) -> None:
    """`The tenant comes from the host, never from the body.`"""
    wanted = {"tenant": house.beta.tenant.schema_name, "host": house.beta.host}.get(field, 2)
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/", json=house.wish(**{field: wanted}))
    assert (answer.status_code, answer.json()["currency"]) == (201, "EUR")
    with house.inside():
        assert Booking.objects.filter(pk=answer.json()["id"]).exists()


@pytest.mark.parametrize("field", ["start_datetime", "end_datetime"])
def test_naive_datetimes_are_refused_with_400(house: House, field: str) -> None:
    """`naive datetimes are refused with 400`."""
    before, wish = count(house), house.wish()
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/", json={**wish, field: wish[field][:19]})
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, "invalid", [field])
    assert count(house) == before


def test_any_offset_is_accepted(house: House) -> None:
    """`any offset is accepted`; times come out in the venue's."""
    start = house.hour()
    far, utc = start.astimezone(timezone(timedelta(hours=13))), (start + timedelta(hours=1)).astimezone(UTC)
    wish = {"start_datetime": far.isoformat(), "end_datetime": f"{utc:%Y-%m-%dT%H:%M:%SZ}"}
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/", json={"resource": house.alpha.court_1, **wish})
    assert answer.status_code == 201
    assert answer.json()["start_datetime"] == start.isoformat()
    assert answer.json()["end_datetime"] == (start + timedelta(hours=1)).isoformat()


def test_money_is_a_decimal_string_and_the_currency_upper_case(house: House) -> None:
    """`money is a decimal string with the currency's number of decimals; currency codes are upper-case`."""
    booking = house.booked()
    assert (booking["total_price"], booking["price_per_unit"], booking["currency"]) == ("25.00", "25.00", "EUR")


def test_unknown_fields_in_a_body_are_ignored_never_stored(house: House) -> None:
    """`unknown fields in a body are refused or ignored, never stored`."""
    booking = house.booked(nonsense="stored?", status="paid", total_price="0.01")
    assert (booking["status"], booking["total_price"]) == ("pending", "25.00")
    assert "nonsense" not in booking


def test_idempotency_key_repeats_the_answer_and_refuses_another_body(house: House) -> None:
    """`Idempotency-Key works on POST, PATCH, PUT, DELETE (...; other body 422 ...)`."""
    wish, before = house.wish(), count(house)
    with house.client("guest", headers={"Idempotency-Key": "contract-1"}) as client:
        first, second = (client.post(f"{V1}/bookings/", json=wish) for _ in range(2))
        other = client.post(f"{V1}/bookings/", json={**wish, "notes": "another body"})
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert second.headers["Location"] == first.headers["Location"] == f"{V1}/bookings/{first.json()['id']}/"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert count(house) == before + 1


def test_errors_are_code_and_detail_and_errors_by_field(house: House) -> None:
    """`Errors: {"code", "detail", "errors"?}`, as JSON."""
    with house.client("guest") as client:
        for answer, keys in (
            (client.post(f"{V1}/bookings/", json={}), {"code", "detail", "errors"}),
            (client.get(f"{V1}/bookings/00000000-0000-0000-0000-00000000ffff/"), {"code", "detail"}),
            (client.get(f"{V1}/nothing/"), {"code", "detail"}),
            (client.put(f"{V1}/bookings/", json={}), {"code", "detail"}),
            (client.post(f"{V1}/bookings/", content=b"{", headers=JSON), {"code", "detail"}),
        ):
            assert (answer.headers["Content-Type"], set(answer.json())) == ("application/json", keys)


JSON = {"Content-Type": "application/json", "Accept": "application/json"}
SIGNS: list[dict[str, str]] = [
    {},
    {"Authorization": f"Token {'0' * 40}"},
    {"Authorization": f"Bearer {'0' * 40}"},
    {"Authorization": "Token"},
]


@pytest.mark.parametrize("headers", SIGNS, ids=["none", "token", "bearer", "half"])
def test_missing_or_bad_credentials_are_401_with_www_authenticate(house: House, headers: dict[str, str]) -> None:
    """`Missing or bad credentials: 401 with WWW-Authenticate.`"""
    before = count(house)
    with house.client(None, headers=headers) as client:
        answers = [client.get(f"{V1}/bookings/"), client.post(f"{V1}/bookings/", json=house.wish())]
    for answer in answers:
        assert (answer.status_code, set(answer.json())) == (401, {"code", "detail"})
        assert answer.headers["WWW-Authenticate"].partition(" ")[0] in {"Token", "Bearer"}
    assert count(house) == before


def test_a_token_of_tenant_a_on_tenant_bs_host_is_401(house: House) -> None:
    """`A token of tenant A on tenant B's host: 401.`"""
    with house.client("guest", at=house.beta) as client:
        assert client.get(f"{V1}/bookings/").status_code == 401


def test_an_object_of_another_tenant_is_404(house: House) -> None:
    """`An object of another tenant: 404.`"""
    booking = house.booked()
    signed = {"Authorization": f"Token {house.beta.tokens['owner']}"}
    with house.client(None, at=house.beta, headers=signed) as client:
        assert client.get(f"{V1}/bookings/{booking['id']}/").status_code == 404
        answer = client.post(f"{V1}/bookings/{booking['id']}/cancel/")
    assert answer.status_code == 404
    with house.inside():
        assert Booking.objects.get(pk=booking["id"]).cancelled_at is None
