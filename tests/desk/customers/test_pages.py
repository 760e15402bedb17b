"""The pages of customers: who sees whom, what is found, what is done, and how many questions it takes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from bookings import clientele, lifecycle
from bookings.clientele import Wanted
from bookings.models import Booking, CustomerFile, GiftCredit, HoursAccount, Look, Merge, WaitlistEntry
from bookings.records import Actor
from bookings.requests import Contact
from tests.bookings.scenes import held, slot
from tests.flows.pages import Page, Visitor
from tests.letters import letters_to
from tests.worlds import PASSWORD, World
from venues.models import CustomerGroup, Membership, Pack, Product, Resource

Come = Callable[..., Visitor]
LIST, GUESTS, GROUPS = "/desk/customers/", "/desk/customers/guests/", "/desk/groups/"


def booked(world: World, hour: int, customer: User | None = None, email: str = "", place: int = 0) -> Booking:
    """A booking a week from now, at court 1 if nothing is said."""
    contact = Contact(customer.name, customer.email, "") if customer else Contact("Gina Guest", email, "089 7654321")
    return lifecycle.submit(held(place or world.court_1, slot(hour), customer=customer), contact, Actor.of(customer))


def user(world: World, who: str) -> User:
    return User.objects.get(pk=world.users[who])


def page_of(world: World, who: str = "guest") -> str:
    return f"{LIST}{world.users[who]}/"


@pytest.fixture
def scene(alpha: World) -> World:
    """The guest has booked at Main, the stranger at the annex, and somebody without an account at Main."""
    with tenant_context(alpha.tenant):
        booked(alpha, 9, user(alpha, "guest"))
        booked(alpha, 9, user(alpha, "stranger"), place=alpha.annex_room)
        booked(alpha, 11, email="Gina@Example.org")
    return alpha


def ways(world: World) -> list[str]:
    """Every page about the guest that shows something."""
    own = page_of(world)
    return [own, *(f"{own}{act}/" for act in ("change", "block", "credit", "pack", "merge", "file", "erase"))]


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("owner", [200] * 8),
        ("manager", [200] * 8),
        ("front_desk", [200, 200, 200, 403, 403, 403, 403, 403]),
        ("accountant", [200, 403, 403, 403, 403, 403, 403, 403]),
        ("guest", [403] * 8),
    ],
)
def test_who_may_do_what(scene: World, visitor: Come, who: str, statuses: list[int]) -> None:
    someone = visitor(who)
    assert [someone.open(path).status for path in ways(scene)] == statuses


def test_managers_see_customers_of_their_venues_and_answer_for_nobody_of_others(scene: World, visitor: Come) -> None:
    manager = visitor("manager")
    assert manager.open(page_of(scene, "stranger")).status == 404
    with tenant_context(scene.tenant):
        booked(scene, 13, user(scene, "stranger"))
    assert manager.open(page_of(scene, "stranger")).status == 200
    for act in ("file", "erase"):
        assert manager.open(f"{page_of(scene, 'stranger')}{act}/").status == 403
    assert visitor("owner").open(f"{page_of(scene, 'stranger')}file/").status == 200


def test_staff_erased_and_unknown_people_are_no_customers(scene: World, visitor: Come) -> None:
    owner = visitor("owner")
    for number in (scene.users["manager"], 10**9, 10**20):
        assert owner.open(f"{LIST}{number}/").status == 404


def test_page_says_what_somebody_waits_for(scene: World, visitor: Come) -> None:
    """A resource, or any that a service is given on."""
    with tenant_context(scene.tenant):
        when = slot(9)
        wish = {"earliest": when.start, "latest": when.end, "minutes": 60, "created_at": when.start}
        for what in ({"resource_id": scene.court_2}, {"product_id": scene.tennis}):
            WaitlistEntry.objects.create(customer=user(scene, "guest"), **wish, **what)
        names = Resource.objects.get(pk=scene.court_2).name, Product.objects.get(pk=scene.tennis).name
    page = visitor("owner").open(page_of(scene))
    assert page.status == 200
    for name in names:
        assert f"{name} · " in page.text


def test_list_finds_by_name_address_and_telephone(scene: World, visitor: Come) -> None:
    with tenant_context(scene.tenant):
        User.objects.filter(pk=scene.users["guest"]).update(phone="+49 89 5550123")
    desk = visitor("front_desk")
    name = f"guest {scene.canary}"
    for q in ("guest", f"guest@{scene.canary}", "0895550123"):
        found = desk.open(f"{LIST}?q={q}")
        assert name in found.text
        assert f"stranger {scene.canary}" not in found.text
    nobody = desk.open(f"{LIST}?q=nobodyatall")
    assert "Nobody fits that." in nobody.text
    guests = desk.open(f"{GUESTS}?q=gina")
    assert "gina@example.org" in guests.text
    assert all("gina" not in href.partition("?")[0] for href, _given in guests.links)


def names(world: World, wanted: Wanted) -> list[str]:
    """Who is in the list of the owner."""
    return [each.name.split()[0] for each in clientele.customers(user(world, "owner"), wanted)]


def test_filters(scene: World) -> None:
    with tenant_context(scene.tenant):
        guest, stranger = user(scene, "guest"), user(scene, "stranger")
        group = CustomerGroup.objects.create(name="Members")
        Membership.objects.create(user=guest, group=group)
        CustomerFile.objects.create(customer=stranger, email=stranger.email, blocked_at="2026-01-01T00:00Z")
        assert names(scene, Wanted()) == ["guest", "stranger"]
        assert names(scene, Wanted(group=group.pk)) == ["guest"]
        assert names(scene, Wanted(is_blocked=True)) == ["stranger"]
        assert names(scene, Wanted(is_blocked=False)) == ["guest"]
        assert names(scene, Wanted(visited="never")) == ["guest", "stranger"]
        Booking.objects.filter(customer=guest).update(
            state="completed", pending_reason="", start="2026-01-10T09:00Z", end="2026-01-10T10:00Z"
        )
        assert names(scene, Wanted(owes=True)) == ["guest", "stranger"]  # nothing of either is paid
        assert names(scene, Wanted(visited="not-90")) == ["guest"]
        assert names(scene, Wanted(visited="90")) == []
        assert names(scene, Wanted(no_shows=True)) == []
        Booking.objects.filter(customer=guest).update(state="no_show", fee_minor=100)
        assert names(scene, Wanted(no_shows=True)) == ["guest"]
        [row] = clientele.entries(user(scene, "owner"), [guest])
        assert (row.bookings, row.no_shows, row.owed, row.groups) == (1, 1, [(100, "EUR")], ["Members"])
        found = clientele.guests(user(scene, "owner"), Wanted())
        assert [each["address"] for each in found] == ["gina@example.org"]
        assert list(clientele.guests(user(scene, "owner"), Wanted(visited="30"))) == []


def test_new_customer_and_the_one_who_is_there_already(scene: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    form = desk.open(f"{LIST}new/")
    made = desk.send(form, form.form_with("email"), name="Nora New", email="Nora@Example.org", notes="Plays at night")
    assert "Nora New" in made.text
    assert "Plays at night" in made.html
    again = desk.send(form, form.form_with("email"), name="Nora", email="nora@example.org")
    assert again.status == 400
    assert "There is an account with this address." in again.text
    assert desk.open(again.link(LIST + made.path.split("/")[3])).status == 200
    assert visitor("accountant").open(f"{LIST}new/").status == 403


def test_correcting_and_an_address_that_only_its_reader_changes(scene: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    form = desk.open(f"{page_of(scene)}change/")
    done = desk.send(form, form.form_with("phone"), name="Greta Guest", phone="1234567")
    assert "Greta Guest" in done.text
    asked = desk.send(form, form.form_with("email"), email="Greta@Example.org")
    assert "A link went to greta@example.org." in asked.text
    with tenant_context(scene.tenant):
        assert user(scene, "guest").email == f"guest@{scene.canary}.example"


def test_block_says_what_it_means_and_lets_in_again(scene: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    form = desk.open(f"{page_of(scene)}block/")
    assert "1 booking ahead stays theirs" in form.text
    empty = desk.send(form, form.form_with("reason"))
    assert empty.status == 400
    blocked = desk.send(form, form.form_with("reason"), reason="Broke a net")
    assert "Broke a net" in blocked.text
    with tenant_context(scene.tenant):
        assert CustomerFile.objects.get().blocked_by_id == scene.users["front_desk"]
    again = desk.open(f"{page_of(scene)}block/")
    free = desk.send(again, again.form_with("let_in"), "yes")
    assert "Broke a net" not in free.text
    with tenant_context(scene.tenant):
        assert CustomerFile.objects.get().blocked_at is None


def test_guest_has_a_page_notes_and_a_block(scene: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    page = desk.open(next(href for href, _given in desk.open(GUESTS).links if href.count("-") == 4))
    assert "Gina Guest" in page.text
    noted = desk.send(page, page.form("/notes/"), notes="Left-handed")
    assert "Left-handed" in noted.html
    with tenant_context(scene.tenant):
        assert CustomerFile.objects.get().email == "gina@example.org"


def test_gifts_and_groups(scene: World, visitor: Come) -> None:
    with tenant_context(scene.tenant):
        CustomerGroup.objects.create(name="Members")
        Pack.objects.create(name="Ten hours", minutes=600, price_minor=10_000, currency="EUR")
    owner, own = visitor("owner"), page_of(scene)
    form = owner.open(f"{own}credit/")
    wrong = owner.send(form, form.form_with("amount"), amount="0")
    assert wrong.status == 400
    given = owner.send(form, form.form_with("amount"), amount="12.50", note="Rain")
    assert "€12.50" in given.text
    form = owner.open(f"{own}pack/")
    page = owner.send(form, form.form_with("pack"))
    assert "Ten hours" in page.text
    joined = owner.send(page, page.form("/groups/"), valid_until="2099-12-31")
    assert "Members" in joined.text
    member = owner.open(joined.link("/members/"))
    left = owner.send(member, member.form_with("leave"), "yes")
    assert "Nobody is in it yet." in left.text
    with tenant_context(scene.tenant):
        assert GiftCredit.objects.get().customer_id == scene.users["guest"]
        assert HoursAccount.objects.get().minutes_left == 600
        assert not Membership.objects.exists()


def test_groups_are_made_renamed_and_filled(scene: World, visitor: Come) -> None:
    owner = visitor("owner")
    form = owner.open(f"{GROUPS}new/")
    group = owner.send(form, form.form_with("percent"), name="Students", percent="12.5", position="0")
    taken = owner.send(form, form.form_with("percent"), name="Students", percent="0", position="0")
    assert taken.status == 400
    email = f"guest@{scene.canary}.example"
    filled = owner.send(group, group.form_with("email"), email=email)
    assert f"guest {scene.canary}" in filled.text
    twice = owner.send(group, group.form_with("email"), email=email)
    assert twice.status == 400
    renamed = owner.send(filled, filled.form_with("percent"), name="Pupils", percent="15", position="1")
    assert "Pupils" in renamed.text
    with tenant_context(scene.tenant):
        made = CustomerGroup.objects.get()
        assert (made.name, made.percent_off, made.memberships.count()) == ("Pupils", 1500, 1)
    desk = visitor("front_desk")
    assert desk.open(GROUPS).status == 200
    assert desk.send(filled, filled.form_with("percent"), name="X", percent="1", position="1").status == 403


def test_merging_by_the_pages(scene: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(scene.tenant):
        User.objects.filter(pk__in=[scene.users["guest"], scene.users["stranger"]]).update(phone="089 5550123")
    pairs = owner.open(f"{LIST}duplicates/")
    assert "The same telephone number" in pairs.text
    both = owner.open(pairs.link("/merge/"))
    assert "1 booking moves" in both.text
    kept = int(both.path.split("/")[3])
    gone = ({scene.users["guest"], scene.users["stranger"]} - {kept}).pop()
    page = owner.send(both, both.form_with("with"))
    assert "They are one customer now." in page.text
    assert owner.open(f"{LIST}{gone}/").path == f"{LIST}{kept}/"
    with tenant_context(scene.tenant):
        assert Merge.objects.get().gone_id == gone
        assert Booking.objects.filter(customer=kept).count() == 2
    again = owner.send(both, both.form_with("with"))
    assert again.status == 404


def test_manager_merges_nobody_who_booked_elsewhere(scene: World, visitor: Come) -> None:
    with tenant_context(scene.tenant):
        booked(scene, 13, user(scene, "stranger"))
    manager = visitor("manager")
    path = f"{page_of(scene)}merge/?with={scene.users['stranger']}"
    assert manager.open(path).status == 403
    assert visitor("owner").open(path).status == 200


def test_erasing_asks_for_the_address_and_waits_for_what_is_ahead(scene: World, visitor: Come) -> None:
    owner, path = visitor("owner"), f"{page_of(scene)}erase/"
    early = owner.open(path)
    assert "1 booking is ahead." in early.text
    with tenant_context(scene.tenant):
        Booking.objects.filter(customer=scene.users["guest"]).update(
            state="completed", pending_reason="", start="2026-01-10T09:00Z", end="2026-01-10T10:00Z"
        )
    form = owner.open(path)
    wrong = owner.send(form, form.form_with("typed"), typed="somebody@example.org")
    assert wrong.status == 400
    with tenant_context(scene.tenant):
        assert user(scene, "guest").erased_at is None
    done = owner.send(form, form.form_with("typed"), typed=f"guest@{scene.canary}.example")
    assert "The customer is erased." in done.text
    with tenant_context(scene.tenant):
        assert user(scene, "guest").erased_at is not None
    assert owner.open(page_of(scene)).status == 404


def looked(world: World) -> list[tuple[int, Any, str, str]]:
    with tenant_context(world.tenant):
        return list(Look.objects.order_by("pk").values_list("viewer_id", "account_id", "email", "what"))


def test_looks_are_noted_once_an_hour_and_shown_to_those_who_run_the_place(scene: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    for _time in range(2):
        page = desk.open(page_of(scene))
    assert "Who looked at this" not in page.text
    mine = (scene.users["front_desk"], scene.users["guest"], "", "page")
    assert looked(scene) == [mine]
    shown = visitor("owner").open(page_of(scene))
    assert f"front_desk {scene.canary} · Customer" in shown.text


def test_looks_are_noted_of_lists_bookings_files_and_tables(scene: World, visitor: Come) -> None:
    owner, me = visitor("owner"), scene.users["owner"]
    with tenant_context(scene.tenant):
        of_guest = Booking.objects.get(customer=None)
    owner.open(LIST)
    owner.open(f"{page_of(scene)}file/")
    owner.client.get(f"/api/v1/admin/bookings/{of_guest.pk}/")
    owner.client.get("/api/v1/admin/exports/customers/")
    assert looked(scene) == [
        (me, None, "", "list"),
        (me, scene.users["guest"], "", "file"),
        (me, None, "gina@example.org", "booking"),
        (me, None, "", "export"),
    ]


def test_nobody_is_noted_for_what_is_their_own(scene: World, visitor: Come) -> None:
    with tenant_context(scene.tenant):
        own = booked(scene, 15, user(scene, "owner"))
        theirs = Booking.objects.get(customer=scene.users["guest"])
    visitor("guest").client.get(f"/api/v1/bookings/{theirs.pk}/")
    visitor("owner").client.get(f"/api/v1/admin/bookings/{own.pk}/")
    assert looked(scene) == []


def cost(world: World, someone: Visitor, path: str) -> int:
    """Statements of a page, after everything that is remembered is."""
    someone.open(path)
    with CaptureQueriesContext(connection) as queries:
        assert someone.open(path).status == 200
    return len([each for each in queries if "search_path" not in each["sql"]])


@pytest.mark.parametrize("where", ["list", "guests", "customer", "groups", "duplicates"])
def test_pages_cost_the_same_however_much_there_is(scene: World, visitor: Come, where: str) -> None:
    owner = visitor("owner")
    path = {
        "list": LIST, "guests": GUESTS, "customer": page_of(scene), "groups": GROUPS,
        "duplicates": f"{LIST}duplicates/",
    }[where]  # fmt: skip
    with tenant_context(scene.tenant):
        CustomerGroup.objects.create(name="Zero")
    before = cost(scene, owner, path)
    with tenant_context(scene.tenant):
        guest = user(scene, "guest")
        for number in range(5):
            group = CustomerGroup.objects.create(name=f"Group {number}")
            Membership.objects.create(user=guest, group=group)
            other = User.objects.create_user(f"x{number}@example.org", name=f"X {number}", role=Role.CUSTOMER)
            Membership.objects.create(user=other, group=group)
            booked(scene, 12 + number, guest, place=scene.court_2)
            booked(scene, 12 + number, other)
            booked(scene, 17 + number, email=f"g{number}@example.org")
    assert cost(scene, owner, path) == before


def test_another_tenants_staff_is_sent_to_sign_in(scene: World, beta: World) -> None:
    stranger = Visitor(beta.host)
    stranger.sign_in(f"owner@{beta.canary}.example", PASSWORD)
    assert stranger.open(LIST).status == 200
    page: Page = stranger.open(page_of(scene))
    assert scene.canary not in page.html


def test_groups_show_a_manager_whom_the_list_of_customers_shows(scene: World, visitor: Come) -> None:
    """The stranger has booked at the annex alone; the accountant works here."""
    with tenant_context(scene.tenant):
        group = CustomerGroup.objects.create(name="Members")
        for who in ("guest", "stranger", "accountant"):
            Membership.objects.create(group=group, user=user(scene, who))
    path, hidden = f"{GROUPS}{group.pk}/", f"{GROUPS}{group.pk}/members/{scene.users['stranger']}/"
    for who, count, sees in (("owner", 3, True), ("front_desk", 3, True), ("manager", 2, False)):
        someone = visitor(who)
        assert f"{count} members" in someone.open(GROUPS).text
        page = someone.open(path)
        assert f"guest {scene.canary}" in page.text
        assert f"accountant {scene.canary}" in page.text
        assert (f"stranger {scene.canary}" in page.text) is sees
        assert ("is not shown here, and not counted." in page.text) is not sees
    manager = visitor("manager")
    assert manager.open(hidden).status == 404
    assert visitor("owner").open(hidden).status == 200


def test_manager_adds_nobody_to_a_group_who_is_not_seen(scene: World, visitor: Come) -> None:
    with tenant_context(scene.tenant):
        group = CustomerGroup.objects.create(name="Members")
    manager, email = visitor("manager"), f"stranger@{scene.canary}.example"
    page = manager.open(f"{GROUPS}{group.pk}/")
    assert "Nobody of your venues is in it yet." in page.text
    refused = manager.send(page, page.form_with("email"), email=email)
    assert (refused.status, "Nobody here has an account like that." in refused.text) == (400, True)
    assert f"stranger {scene.canary}" not in refused.text
    with tenant_context(scene.tenant):
        assert not Membership.objects.exists()
    owner = visitor("owner")
    page = owner.open(f"{GROUPS}{group.pk}/")
    added = owner.send(page, page.form_with("email"), email=email)
    assert f"stranger {scene.canary}" in added.text


def test_letters_that_confirm_a_customers_new_address_are_counted(scene: World, visitor: Come, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "letter.caller": "2/900"}
    desk, manager, statuses = visitor("front_desk"), visitor("manager"), []
    for someone in (desk, manager, desk):
        page = someone.open(f"{page_of(scene)}change/")
        statuses.append(someone.send(page, page.form("/address/"), email="new@example.org").status)
    assert statuses == [200, 200, 429]
    assert len(letters_to(scene, "new@example.org")) == 2
    with tenant_context(scene.tenant):
        assert user(scene, "guest").email == f"guest@{scene.canary}.example"
