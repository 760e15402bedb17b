"""What a stranger does in an afternoon, call by call, in each dialect; the documents' examples are held against it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx

from tests.contract.integrator import V1, House
from tests.oauth.asking import BACK, PARTNER, registered
from venues.models import Product, Resource


class Told(NamedTuple):
    """A call as a document names it, what was sent, and the answer."""

    call: str
    sent: Any
    answer: httpx.Response


def v1(house: House) -> Iterator[Told]:
    """Look, ask for the price, book, pay, change, give up; and be told of it."""
    wish = house.wish(participant_count=2, notes="Two rackets")
    day = datetime.fromisoformat(wish["start_datetime"])
    with house.client("guest") as guest, house.client("owner") as owner:
        query = {"resource": str(house.alpha.court_1), "date": f"{day:%Y-%m-%d}"}
        yield Told("GET /api/v1/availability/", None, guest.get(f"{V1}/availability/", params=query))
        quoted = {name: wish[name] for name in ("resource", "start_datetime", "end_datetime", "participant_count")}
        yield Told("POST /api/v1/quotes/", quoted, guest.post(f"{V1}/quotes/", json=quoted))
        made = guest.post(f"{V1}/bookings/", json=wish)
        yield Told("POST /api/v1/bookings/", wish, made)
        path, named = f"{V1}/bookings/{made.json()['id']}/", f"{V1}/bookings/{{booking_id}}/"
        yield Told("GET /api/v1/bookings/", None, guest.get(f"{V1}/bookings/", params={"page_size": 1}))
        card = {"save_card": False}
        paying = guest.post(f"{path}create-payment-intent/", json=card)
        yield Told(f"POST {named}create-payment-intent/", card, paying)
        house.till.pay(paying.json()["payment_intent_id"])
        yield Told(f"POST {named}payments/refresh/", None, guest.post(f"{path}payments/refresh/"))
        yield Told(f"GET {named}", None, guest.get(path))
        later = {"start_datetime": (day + timedelta(hours=1)).isoformat(), "preview": True}
        yield Told(f"POST {named}reschedule/", later, guest.post(f"{path}reschedule/", json=later))
        yield Told(f"GET {named}cancellation-preview/", None, guest.get(f"{path}cancellation-preview/"))
        why = {"reason": "user_request", "notes": "Schedule conflict"}
        yield Told(f"POST {named}cancel/", why, guest.post(f"{path}cancel/", json=why))
        hook = {"url": "https://hooks.example/forecourt", "types": ["booking.created", "booking.paid"]}
        yield Told("POST /api/v1/webhook-endpoints/", hook, owner.post(f"{V1}/webhook-endpoints/", json=hook))


def core(house: House) -> Iterator[Told]:
    """A simple site books for somebody without an account."""
    start = house.hour()
    who = {"customer_name": "Gina Guest", "customer_email": "gina@example.org", "customer_phone": "+49 89 1234567"}
    wish = {"service_id": house.alpha.tennis, "start_datetime": start.isoformat(), **who}
    with house.client(None) as site:
        query = {"service_id": str(house.alpha.tennis), "date": f"{start:%Y-%m-%d}"}
        yield Told("GET /api/availability/", None, site.get("/api/availability/", params=query))
        made = site.post("/api/bookings/", json=wish)
        yield Told("POST /api/bookings/", wish, made)
        path, token = f"/api/bookings/{made.json()['id']}/", {"X-Booking-Token": made.json()["token"]}
        yield Told("GET /api/bookings/{booking_id}/", None, site.get(path, headers=token))
        why = {"reason": "user_request"}
        cancelled = site.patch(f"{path}cancel/", json=why, headers=token)
        yield Told("PATCH /api/bookings/{booking_id}/cancel/", why, cancelled)


def on_sale(house: House) -> tuple[str, str, str]:
    """Ids of a product and a space that is paid on site, and the token of a new app with all of API.md's scopes."""
    with house.inside():
        app = registered(house.alpha, redirect_uris=(BACK,))
        token = str(app.own_token(scope=" ".join(PARTNER)))
    with house.inside():
        product = Product.objects.get(pk=house.alpha.tennis).public_id
        space = Resource.objects.get(pk=house.alpha.court_2).public_id
    return str(product), str(space), token


def partner(house: House) -> Iterator[Told]:
    """A marketplace reserves a slot, says who comes, and gives it up."""
    root, start = "/api/partner/v1", house.hour()
    product, space, token = on_sale(house)
    bearer = {"Authorization": f"Bearer {token}"}
    where = {"productId": product, "spaceId": space}
    with house.client(None, headers=bearer) as shop:
        query = {**where, "from": start.isoformat(), "to": "1"}
        yield Told(f"GET {root}/slots", None, shop.get(f"{root}/slots", params=query))
        wish = {**where, "slot": {"from": start.isoformat()}}
        made = shop.post(f"{root}/bookings", json=wish)
        yield Told(f"POST {root}/bookings", wish, made)
        path, named = f"{root}/bookings/{made.json()['id']}", f"{root}/bookings/{{booking_id}}"
        details = {"email": "gina@example.org", "phone": "+49 89 1234567", "name": "Gina Guest"}
        chosen = {**details, "status": "CONFIRMED", "paymentEnabled": False}
        yield Told(f"PATCH {named}", chosen, shop.patch(path, json=chosen))
        yield Told(f"GET {named}", None, shop.get(path))
        yield Told(f"DELETE {named}", None, shop.delete(path))


STORIES = {"v1": v1, "core": core, "partner": partner}
