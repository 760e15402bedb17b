"""The pages of one's data: the file, erasure with an account and by a mailed link, and what they ask for first."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments.models import Payer
from bookings import lifecycle
from bookings.models import Booking, Participant
from bookings.own import erasing
from bookings.records import Actor
from bookings.requests import Contact
from schemas.clock import database_now
from tests.bookings.scenes import held, slot
from tests.flows.pages import Page, Visitor
from tests.flows.test_mailed_links import NEW, ask, pressed
from tests.letters import letters_to, path_to
from tests.till import Till
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def guest_of(world: World) -> str:
    return f"guest@{world.canary}.example"


def booked(world: World, email: str, who: str = "", *, over: bool = True, hour: int = 9) -> Booking:
    """A booking of a guest, or of somebody of the cast, last month or ahead."""
    with tenant_context(world.tenant):
        user = User.objects.get(pk=world.users[who]) if who else None
        booking = lifecycle.submit(
            held(world.court_1, slot(hour), customer=user), Contact("Gina", email, "+49 89 1"), Actor.of(user)
        )
        Participant.objects.create(booking=booking, name="Friend Frida", email="frida@example.org")
        if over:
            ago = timedelta(days=30)
            Booking.objects.filter(pk=booking.pk).update(start=F("start") - ago, end=F("end") - ago)
        return booking


def erase(someone: Visitor, where: str) -> Page:
    """Tick the box and press the button."""
    page = someone.open(where)
    return someone.send(page, page.form_with("sure"), sure="on")


def file_of(someone: Visitor, where: str) -> dict[str, Any]:
    answer = someone.client.get(where)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Content-Disposition"].startswith('attachment; filename="my-data-')
    told: dict[str, Any] = json.loads(answer.content)
    return told


def test_file_has_all_of_ones_own_and_nothing_of_others(alpha: World, visitor: Come) -> None:
    mine = booked(alpha, guest_of(alpha), "guest")
    theirs = booked(alpha, f"stranger@{alpha.canary}.example", "stranger", hour=15)
    told = file_of(visitor("guest"), "/account/data/file/")
    assert [each["reference_code"] for each in told["bookings"]] == [mine.reference_code]
    assert told["profile"]["email"] == guest_of(alpha)
    assert told["participants"] == [{"booking_id": str(mine.pk), "name": "Friend Frida", "email": "frida@example.org"}]
    text = json.dumps(told)
    assert theirs.reference_code not in text
    assert "stranger" not in text
    for secret in ('"password"', "digest", "sealed", "public_key", "session"):
        assert secret not in text


def test_file_and_erasure_ask_for_a_recent_sign_in(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    with tenant_context(alpha.tenant):
        session = guest.client.session
        session["signed_in_at"] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()
    for path in ("/account/data/", "/account/data/file/", "/account/data/erase/"):
        assert guest.open(path).path == "/login/?next=%2Faccount%2Fdata%2F"
    assert guest.open("/account/").path == "/account/"


def test_account_is_erased_and_its_person_is_out(alpha: World, visitor: Come) -> None:
    booking = booked(alpha, guest_of(alpha), "guest")
    guest, elsewhere = visitor("guest"), visitor("guest")
    page = guest.open("/account/data/erase/")
    form = next(each for each in page.forms if not each.action)
    form.fields.pop("sure", None)
    assert guest.send(page, form).status == 400
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=alpha.users["guest"]).is_active
    assert "Your data is erased" in erase(visitor("guest"), "/account/data/erase/").text
    for someone in (guest, elsewhere):
        assert someone.open("/account/").path.startswith("/login/")
    with tenant_context(alpha.tenant):
        row = Booking.objects.get(pk=booking.pk)
        assert (row.name, row.email, row.phone, row.total_minor) == ("", "", "", booking.total_minor)
    assert [letter.subject for letter in letters_to(alpha, guest_of(alpha))] == [
        f"Your data at {alpha.tenant.name} was erased"
    ]


def test_bookings_ahead_are_shown_and_nothing_is_erased(alpha: World, visitor: Come) -> None:
    booking = booked(alpha, guest_of(alpha), "guest", over=False)
    guest = visitor("guest")
    page = guest.open("/account/data/erase/")
    assert booking.reference_code in page.text
    assert not [form for form in page.forms if "sure" in form.fields]
    token = page.form_with("csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
    guest.client.post("/account/data/erase/", {"sure": "on", "csrfmiddlewaretoken": token})
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=booking.pk).name == "Gina"
        assert User.objects.get(pk=alpha.users["guest"]).is_active


def test_guest_sees_takes_and_erases_by_a_mailed_link(alpha: World, visitor: Come) -> None:
    booking = booked(alpha, NEW)
    someone = visitor()
    assert someone.open("/data/mine/").path == "/data/"
    ask(someone, "/data/", NEW)
    page = pressed(someone, path_to(alpha, NEW))
    assert (page.path, NEW in page.text) == ("/data/mine/", True)
    told = file_of(someone, "/data/mine/file/")
    assert [each["reference_code"] for each in told["bookings"]] == [booking.reference_code]
    assert visitor().open("/data/mine/file/").path == "/data/"
    assert "Your data is erased" in erase(someone, "/data/mine/erase/").text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=booking.pk).name == ""
    assert someone.open("/data/mine/").path == "/data/"


def test_what_a_guests_link_opened_closes_after_an_hour(alpha: World, visitor: Come) -> None:
    someone = visitor()
    ask(someone, "/data/", NEW)
    pressed(someone, path_to(alpha, NEW))
    with tenant_context(alpha.tenant):
        session = someone.client.session
        session["guest_data"] = [NEW, database_now().isoformat()]
        session.save()
    assert someone.open("/data/mine/").path == "/data/"


def test_staff_take_their_data_and_are_not_erased(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert "ask the owner" in owner.open("/account/data/").text
    assert owner.open("/account/data/erase/").path == "/account/data/"
    assert file_of(owner, "/account/data/file/")["profile"]


def test_stripe_forgets_the_person_too(alpha: World, visitor: Come, stripe: Till) -> None:
    """By due work, after the commit; as often as it is called."""
    api = stripe.client
    made = api.v1.customers.create({"email": guest_of(alpha)}, {"stripe_account": stripe.account.account_id})
    with tenant_context(alpha.tenant):
        Payer.objects.create(user_id=alpha.users["guest"], account_id=stripe.account.account_id, customer_id=made.id)
    erase(visitor("guest"), "/account/data/erase/")
    with tenant_context(alpha.tenant):
        erasing.forget_cards(str(alpha.users["guest"]))
        erasing.forget_cards(str(alpha.users["guest"]))
        assert not Payer.objects.exists()
    left = api.v1.customers.list({"email": guest_of(alpha)}, {"stripe_account": stripe.account.account_id})
    assert left.data == []
