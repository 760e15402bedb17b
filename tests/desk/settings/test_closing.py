"""An owner closes the account: what the page says, what refuses it, what it changes for whom, and the way back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from accounts.recent import KEY
from billing.payments.models import Dispute, Payment, Refund
from billing.subscriptions.models import Plan, Subscription
from bookings.models import Booking, GiftCredit, HoursAccount, HoursEntry, Occupancy, Purchase
from desk.models import Change
from schemas.clock import database_now
from tenants import closing, hosts
from tenants.models import Closing, OutgoingMail, Tenant
from tests.flows.pages import Page, Visitor
from tests.worlds import PASSWORD, World
from venues.models import Pack, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/desk/settings/close/"
HOUR = timedelta(hours=1)


def book(world: World, days: float = 3, **fields: Any) -> Booking:
    """A confirmed booking so many days ahead, without events."""
    with tenant_context(world.tenant):
        now = database_now()
        start = now + timedelta(days=days)
        number = Booking.objects.count()
        given: dict[str, Any] = {
            "reference_code": f"RC{number}",
            "resource": Resource.objects.get(pk=world.court_1),
            "start": start,
            "end": start + HOUR,
            "name": "Gerda Guest",
            "email": "gerda@example.org",
            "state": "confirmed",
            "payment_state": "unpaid",
            "payment_way": "on_site",
            "price_per_unit_minor": 2500,
            "pricing_unit": "hour",
            "total_minor": 2500,
            "currency": "EUR",
            "time_zone": world.tenant.time_zone,
            "created_at": now,
            "updated_at": now,
            **fields,
        }
        return Booking.objects.create(**given)


def paid(world: World, booking: Booking, **fields: Any) -> Payment:
    with tenant_context(world.tenant):
        now = database_now()
        given: dict[str, Any] = {
            "booking_id": booking.pk,
            "number": 1,
            "purpose": "booking",
            "state": "succeeded",
            "amount_minor": 2500,
            "currency": "EUR",
            "charge_type": "direct",
            "account_id": "acct_1",
            "is_live": False,
            "created_at": now,
            "updated_at": now,
            "applied_at": now,
            **fields,
        }
        return Payment.objects.create(**given)


def close(owner: Visitor, typed: str = "alpha-sports") -> Page:
    page = owner.open(PAGE)
    return owner.send(page, page.form_with("name"), name=typed)


def closings() -> list[Closing]:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return list(Closing.objects.select_related("tenant"))


def letters(world: World) -> list[str]:
    rows = OutgoingMail.objects.filter(schema_name=world.tenant.schema_name, key__startswith="closing:").order_by("pk")
    return list(rows.values_list("to", flat=True))


def test_owner_closes_with_the_name_and_all_owners_are_told(alpha: World, beta: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        User.objects.create_user("second@alpha.example", PASSWORD, role=Role.OWNER)
    before = database_now()
    page = close(visitor("owner"))
    assert page.status == 200
    assert "Your business is closed. All owners are told by mail." in page.text
    (made,) = closings()
    assert made.tenant == alpha.tenant
    assert made.final_at - made.asked_at == timedelta(days=30)
    assert before <= made.asked_at <= database_now()
    assert letters(alpha) == [f"owner@{alpha.canary}.example", "second@alpha.example"]
    assert letters(beta) == []
    mail = OutgoingMail.objects.filter(key__startswith="closing:asked").first()
    assert mail is not None
    assert f"http://{alpha.host}{PAGE}" in mail.text
    with tenant_context(alpha.tenant):
        (change,) = Change.objects.filter(thing="tenants_closing")
        assert (change.act, change.actor_kind, change.actor_id) == ("insert", "person", alpha.users["owner"])


def test_whole_name_does_as_well_in_any_case(alpha: World, visitor: Come) -> None:
    assert close(visitor("owner"), f" {alpha.tenant.name.upper()} ").status == 200
    assert len(closings()) == 1


@pytest.mark.parametrize("typed", ["", "alpha", "beta-rooms", "Alpha Sports"])
def test_another_name_changes_nothing(alpha: World, visitor: Come, typed: str) -> None:
    page = close(visitor("owner"), typed)
    assert page.status == 400
    assert (closings(), letters(alpha)) == ([], [])


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_nobody_but_owners_closes_or_undoes(alpha: World, visitor: Come, who: str) -> None:
    someone = visitor(who)
    assert someone.client.get(PAGE).status_code == 403
    Visitor.open(someone, "/")
    token = someone.client.cookies["csrftoken"].value
    for path in (PAGE, f"{PAGE}undo/"):
        sent = {"name": "alpha-sports", "csrfmiddlewaretoken": token}
        assert someone.client.post(path, sent).status_code == 403
    assert closings() == []


def test_a_sign_in_of_long_ago_is_asked_again_and_nothing_changes(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(PAGE)
    with tenant_context(alpha.tenant):
        session = owner.client.session
        session[KEY] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()
    answer = owner.send(page, page.form_with("name"), name="alpha-sports")
    assert answer.path.startswith("/login/?next=")
    assert closings() == []


def test_without_the_token_of_the_form_nothing_happens(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert owner.client.post(PAGE, {"name": "alpha-sports"}).status_code == 403
    assert owner.client.post(f"{PAGE}undo/").status_code == 403
    assert closings() == []


def bought(world: World, minutes_left: int, **fields: Any) -> HoursAccount:
    """Ten hours that the guest has paid, with so much of them left."""
    with tenant_context(world.tenant):
        now = database_now()
        pack = Pack.objects.get_or_create(name="Ten", defaults={"minutes": 600, "price_minor": 9000, "currency": "EUR"})
        given: dict[str, Any] = {
            "reference": f"PK-B{Purchase.objects.count()}",
            "customer_id": world.users["guest"],
            "pack": pack[0],
            "name": "Ten",
            "minutes": 600,
            "price_minor": 9000,
            "currency": "EUR",
            "state": "paid",
            "paid_minor": 9000,
            "paid_at": now,
            "created_at": now,
            "updated_at": now,
            **fields,
        }
        purchase = Purchase.objects.create(**given)
        account = {"customer_id": world.users["guest"], "pack": pack[0], "purchase": purchase, "created_at": now}
        return HoursAccount.objects.create(minutes_left=minutes_left, **account)


def credited(world: World, code: str, minor: int, **fields: Any) -> GiftCredit:
    with tenant_context(world.tenant):
        now = database_now()
        return GiftCredit.objects.create(code=code, currency="EUR", balance_minor=minor, created_at=now, **fields)


OF_A_LINE: dict[str, Callable[[World], object]] = {
    "too_late": lambda world: book(world, days=31),
    "unused": lambda world: bought(world, minutes_left=600),
}


def obstacle(world: World, kind: str) -> None:
    """Something that customers are owed."""
    now = database_now()
    if kind in OF_A_LINE:
        OF_A_LINE[kind](world)
        return
    booking = book(world, days=-3) if kind != "paid_ahead" else book(world, paid_minor=1000, payment_state="paid")
    with tenant_context(world.tenant):
        if kind == "refunds":
            payment = paid(world, booking)
            told = {"reason": "cancelled", "created_at": now, "updated_at": now}
            Refund.objects.create(payment=payment, booking_id=booking.pk, amount_minor=700, **told)
        elif kind == "owed":
            Booking.objects.filter(pk=booking.pk).update(paid_minor=2500, refund_due_minor=900, state="cancelled")
        elif kind == "disputes":
            Dispute.objects.create(
                dispute_id="dp_1",
                payment=paid(world, booking),
                booking_id=booking.pk,
                amount_minor=2500,
                currency="EUR",
                status="needs_response",
                opened_at=now,
            )
        elif kind == "payments":
            paid(world, booking, state="processing", applied_at=None)
        elif kind == "stuck":
            paid(world, booking, applied_at=None, returned_at=now)
        elif kind == "returned":
            pack = Pack.objects.create(name="Ten", minutes=600, price_minor=9000, currency="EUR")
            Purchase.objects.create(
                reference="PK-1",
                customer_id=world.users["guest"],
                pack=pack,
                name="Ten",
                minutes=600,
                price_minor=9000,
                currency="EUR",
                state="returned",
                paid_minor=9000,
                created_at=now,
                updated_at=now,
            )
        elif kind == "credit_ahead":
            book(world, credit_minor=500)
        elif kind == "hours_ahead":
            pack = Pack.objects.create(name="Ten", minutes=600, price_minor=9000, currency="EUR")
            account = HoursAccount.objects.create(
                customer_id=world.users["guest"], pack=pack, minutes_left=0, created_at=now
            )
            HoursEntry.objects.create(account=account, booking=book(world), minutes=-60, at=now)


SAID = {
    "refunds": ("1 refund has not arrived yet: €7.00", "/desk/money/refunds/?show=coming"),
    "owed": ("Money of 1 booking is to be returned: €9.00", "/desk/bookings/?when=all&money=back"),
    "returned": (
        "Money of 1 pack or membership that was taken back is to be returned: €90.00",
        "/desk/packs/",
    ),
    "unused": ("1 pack was paid and not used: €90.00", "/desk/packs/?show=unused"),
    "stuck": ("1 payment that came too late has not gone back", "/desk/money/refunds/?show=failed"),
    "disputes": ("1 payment is disputed by a bank: €25.00", "/desk/money/disputes/"),
    "payments": ("1 payment is under way: €25.00", "/desk/bookings/?when=all&state=payment"),
    "paid_ahead": ("1 booking ahead is paid, wholly or in part", "/desk/bookings/?money=paid"),
    "too_late": ("1 booking lies after the last day", "/desk/bookings/"),
    "credit_ahead": ("1 booking ahead is paid, wholly or in part", "/desk/bookings/?money=paid"),
    "hours_ahead": ("1 booking ahead is paid, wholly or in part", "/desk/bookings/?money=paid"),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_customers_are_owed_comes_first(alpha: World, visitor: Come, kind: str) -> None:
    owner = visitor("owner")
    form = owner.open(PAGE).form_with("name")
    obstacle(alpha, kind)
    page = owner.open(PAGE)
    text, address = SAID[kind]
    assert text in page.text
    assert address in [href for href, _given in page.links]
    assert owner.open(address).status == 200
    assert not [each for each in page.forms if "name" in each.fields]
    refused = owner.send(page, form, name="alpha-sports")
    assert refused.status == 409
    assert text in refused.text
    assert (closings(), letters(alpha)) == ([], [])
    assert visitor().open("/").text.find("has closed") == -1


def test_what_is_over_or_not_paid_does_not_stand_in_the_way(alpha: World, visitor: Come) -> None:
    book(alpha, days=-1, paid_minor=2500, payment_state="paid")
    book(alpha, days=4)
    book(alpha, days=5, state="cancelled", paid_minor=2500, payment_state="refunded", fee_minor=2500)
    book(alpha, days=6, state="held", hold_expires_at=database_now() - HOUR)
    page = visitor("owner").open(PAGE)
    assert "1 booking lies ahead, on" in page.text
    assert close(visitor("owner")).status == 200
    assert len(closings()) == 1


def test_page_says_what_this_business_has(alpha: World, visitor: Come) -> None:
    book(alpha, days=3)
    book(alpha, days=9)
    with tenant_context(alpha.tenant):
        now = database_now()
        for code, minor in (("ONE", 1000), ("TWO", 550), ("SPENT", 0)):
            GiftCredit.objects.create(code=code, currency="EUR", balance_minor=minor, created_at=now)
        pack = Pack.objects.create(name="Ten", minutes=600, price_minor=9000, currency="EUR")
        HoursAccount.objects.create(customer_id=alpha.users["guest"], pack=pack, minutes_left=90, created_at=now)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(embedding_sites=["https://club.example"])
    page = visitor("owner").open(PAGE)
    for text in (
        "2 bookings lie ahead, from",
        "Customers lose what they have left: gift credit of €15.50 and 1 pack with 1 h 30 min left.",
        "I settle this with these customers myself: gift credit of €15.50 and 1 pack with 1 h 30 min left.",
        "given for nothing",
        "4 people who work here can no longer sign in.",
        "1 site shows your pages: https://club.example",
        "You have no paid plan: nothing is due to us.",
        "for 180 days",
        "No bookings lie ahead.",
    ):
        assert (text in page.text) is (text != "No bookings lie ahead."), text


def test_what_customers_have_left_is_listed_and_takes_a_yes_of_its_own(alpha: World, visitor: Come) -> None:
    """Credit that is over or used up is nothing, and so is a pack of which nothing is left."""
    yesterday = database_now().date() - timedelta(days=2)
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
    credited(alpha, "GIFT-1", 1000, customer=guest)
    credited(alpha, "GIFT-2", 550, note="Raffle")
    credited(alpha, "GIFT-OVER", 700, valid_until=yesterday)
    credited(alpha, "GIFT-SPENT", 0)
    bought(alpha, minutes_left=250)
    bought(alpha, minutes_left=0)
    owner = visitor("owner")
    page = owner.open(PAGE)
    what = "gift credit of €15.50 and 1 pack with 4 h 10 min left, for which €37.50 was paid"
    assert f"I settle this with these customers myself: {what}." in page.text
    for text in ("GIFT-1", "Raffle", "GIFT-2", f"guest {alpha.canary}", "4 h 10 min left"):
        assert text in page.text, text
    assert "GIFT-OVER" not in page.text
    assert "GIFT-SPENT" not in page.text
    form = page.form_with("name")
    form.fields.pop("settles")
    refused = owner.send(page, form, name="alpha-sports")
    assert (refused.status, refused.form_with("name").fields["name"]) == (400, "alpha-sports")
    assert (closings(), letters(alpha)) == ([], [])
    closed = owner.send(page, form, name="alpha-sports", settles="on")
    assert "Your business is closed." in closed.text
    assert len(closings()) == 1


def test_yes_is_said_to_what_was_shown(alpha: World, visitor: Come) -> None:
    credited(alpha, "GIFT-1", 1000)
    owner = visitor("owner")
    page = owner.open(PAGE)
    form = page.form_with("name")
    credited(alpha, "GIFT-2", 550)
    late = owner.send(page, form, name="alpha-sports", settles="on")
    assert (late.status, "This has changed meanwhile." in late.text) == (400, True)
    assert "gift credit of €15.50" in late.text
    assert "checked" not in next(given for _tag, given in late.elements if given.get("name") == "settles")
    assert (closings(), letters(alpha)) == ([], [])
    again = owner.send(late, late.form_with("name"), settles="on")
    assert "Your business is closed." in again.text


def test_packs_that_are_unused_are_listed_where_they_are_taken_back(alpha: World, visitor: Come) -> None:
    unused, begun = bought(alpha, minutes_left=600), bought(alpha, minutes_left=590)
    bought(alpha, minutes_left=600, paid_minor=0, price_minor=0)
    owner = visitor("owner")
    page = owner.open("/desk/packs/?show=unused")
    assert "Only packs that were paid and not used." in page.text
    found = [href for href, _given in page.links if href.startswith("/desk/purchases/")]
    assert found == [f"/desk/purchases/{unused.purchase_id}/"]
    one = owner.open(found[0])
    owner.send(one, one.form("/take-back/"))
    assert "There are none." in owner.open("/desk/packs/?show=unused").text
    assert "1 pack was paid and not used" not in owner.open(PAGE).text
    everything = owner.open("/desk/packs/").text
    assert all(f"PK-B{number}" in everything for number in range(3))
    assert begun.minutes_left == 590


def test_visits_ahead_are_counted_once(alpha: World, visitor: Come) -> None:
    book(alpha, days=3)
    owner = visitor("owner")
    owner.open(PAGE)
    with CaptureQueriesContext(connection) as asked:
        page = owner.open(PAGE)
    assert "1 booking lies ahead, on" in page.text
    counting = [each["sql"] for each in asked if 'FROM "bookings_booking"' in each["sql"] and "COUNT(" in each["sql"]]
    assert len([sql for sql in counting if '"state" IN' in sql]) == 1


def test_closed_business_takes_nothing_new_and_keeps_what_stands(alpha: World, visitor: Come, api: Any) -> None:
    booking = book(alpha, days=3)
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=booking.pk).update(customer=alpha.users["guest"])
    owner = visitor("owner")
    close(owner)
    start = (database_now() + timedelta(days=5)).replace(hour=12, minute=0, second=0, microsecond=0)
    wish = {
        "resource": alpha.court_2,
        "start_datetime": start.isoformat(),
        "end_datetime": (start + HOUR).isoformat(),
    }
    for who in ("guest", "manager", "owner"):
        answer = api(who).post("/api/v1/bookings/", {**wish, "name": "G", "email": "g@example.org"})
        assert (answer.status_code, answer.json()["code"]) == (403, "tenant_closed"), (who, answer.json())
        assert answer.json()["detail"] == "This business has closed and takes no new bookings."
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 1
        assert Occupancy.objects.count() == 0
    guest = visitor("guest")
    home = guest.open("/venues/main/court-1/")
    assert "This business has closed and takes no new bookings." in home.text
    assert api("guest").get(f"/api/v1/bookings/{booking.pk}/").status_code == 200
    assert api("guest").post(f"/api/v1/bookings/{booking.pk}/cancel/", {}).status_code == 200


def test_team_sees_the_day_on_every_page_and_owners_the_way_back(alpha: World, visitor: Come) -> None:
    close(visitor("owner"))
    for who, has_button in (("owner", True), ("manager", False), ("front_desk", False), ("accountant", False)):
        someone = visitor(who)
        page = someone.open("/desk/")
        assert "This business is closed. Everything is deleted on" in page.text, who
        assert bool(list(page.forms_to("/close/undo/"))) is has_button, who
    owner = visitor("owner")
    page = owner.open("/desk/bookings/")
    back = owner.send(page, page.form("/close/undo/"))
    assert "Your business goes on, and customers can book again." in back.text
    assert closings() == []
    assert "is closed" not in owner.open("/desk/").text
    assert "has closed" not in visitor().open("/").text
    assert len(letters(alpha)) == 2
    with tenant_context(alpha.tenant):
        acts = Change.objects.filter(thing="tenants_closing").order_by("pk").values_list("act", flat=True)
        assert list(acts) == ["insert", "delete"]


PLAN_SAID = ["Your plan is renewed again as before.", "Your plan has ended meanwhile. Choose one again, under Money."]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "active", "ends_by_closing": True}, PLAN_SAID[0]),
        ({"status": "canceled", "ends_by_closing": True}, PLAN_SAID[1]),
        ({"status": "active", "ends_by_closing": False}, ""),
        ({"status": "canceled", "ends_by_closing": False}, ""),
    ],
)
def test_undoing_says_what_becomes_of_the_plan(alpha: World, visitor: Come, fields: dict[str, Any], said: str) -> None:
    owner = visitor("owner")
    page = close(owner)
    plan = Plan.objects.create(code="gold", name="Gold")
    given = {"stripe_customer": "cus_1", "stripe_subscription": "sub_1", "updated_at": database_now(), **fields}
    Subscription.objects.create(tenant=alpha.tenant, plan=plan, **given)
    after = owner.send(page, page.form("/close/undo/"))
    assert "Your business goes on" in after.text
    told = [text for text in PLAN_SAID if text in after.text]
    assert told == ([said] if said else [])


def test_undone_twice_says_that_it_goes_on_already(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    close(owner)
    page = owner.open("/desk/")
    form = page.form("/close/undo/")
    owner.send(page, form)
    again = owner.send(page, form)
    assert "The business is not being closed." in again.text
    assert len(letters(alpha)) == 2


def test_closing_one_leaves_the_other_as_it_was(alpha: World, beta: World, visitor: Come) -> None:
    close(visitor("owner"))
    hosts.forget()
    page = Visitor(beta.host).open("/")
    assert page.status == 200
    assert "has closed" not in page.text
    assert Tenant.objects.get(pk=beta.tenant.pk).takes_new_bookings


def test_the_page_costs_the_same_however_much_lies_ahead(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        closing.obstacles()
        with CaptureQueriesContext(connection) as few:
            assert closing.obstacles() == []
    for day in range(3, 13):
        book(alpha, days=day, paid_minor=100)
    with tenant_context(alpha.tenant):
        closing.obstacles()
        with CaptureQueriesContext(connection) as many:
            assert len(closing.obstacles()) == 1
    assert (len(few), len(many)) == (10, 10)
