"""The older of two tabs: what somebody else has saved meanwhile is named, stays as it is, and nothing typed is lost."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts import required
from accounts.models import SecondFactorRule, User
from billing.payments.models import BusinessDetails
from bookings import customers, premises
from bookings.customers import Whom
from bookings.letters import own
from bookings.letters.wording import Words
from bookings.models import Booking, CustomerFile, MessageTemplate
from bookings.premises import Span
from schemas.clock import database_now
from tenants.models import Tenant
from tests.bookings.scenes import held, slot
from tests.desk.test_changed_meanwhile import told
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import CustomerGroup, Membership, Resource, Venue, VenueAssignment

Come = Callable[..., Visitor]
WEEK = [Span(weekday=day, opens=time(8), closes=time(22)) for day in range(7)]


def summer(opens: int, closes: int) -> Span:
    """Saturday in a season."""
    return Span(5, opens=time(opens), closes=time(closes), valid_from=date(2027, 6, 1), valid_until=date(2027, 8, 31))


def set_hours(alpha: World, spans: list[Span]) -> None:
    with tenant_context(alpha.tenant):
        premises.set_hours(Venue.objects.get(pk=alpha.venue), spans)


def hours_of(alpha: World) -> list[Span]:
    with tenant_context(alpha.tenant):
        return premises.spans_of(Venue.objects.get(pk=alpha.venue))


def later(day: int) -> list[Span]:
    """The week with later hours on one day."""
    return [Span(weekday=day, opens=time(12), closes=time(20)) if span.weekday == day else span for span in WEEK]


def test_hours_of_the_week(alpha: World, visitor: Come) -> None:
    set_hours(alpha, WEEK)
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/hours/")
    form = page.form_with("before")
    set_hours(alpha, later(2))
    monday = {f"opens-{day}": ["08:00"] for day in range(7)} | {f"closes-{day}": ["22:00"] for day in range(7)}
    late = owner.send(page, form, **{**monday, "opens-0": ["07:00"], "act": "save"})
    assert (late.status, told(late)) == (400, "Wednesday")
    assert 'name="opens-0" value="07:00"' in late.html
    assert hours_of(alpha) == later(2)
    again = owner.send(late, late.form_with("before"), **{**monday, "opens-0": ["07:00"], "act": "save"})
    assert "The hours are saved." in again.text
    assert hours_of(alpha)[:3] == [Span(weekday=0, opens=time(7), closes=time(22)), *WEEK[1:3]]


def test_marks_of_hours_live_through_a_copied_day_and_bookings_outside(alpha: World, visitor: Come) -> None:
    set_hours(alpha, WEEK)
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/hours/")
    days = {f"opens-{day}": ["09:00"] for day in range(7)} | {f"closes-{day}": ["10:00"] for day in range(7)}
    copied = owner.send(page, page.form_with("before"), **days, **{"act": "copy", "from": "0", "to": "all"})
    set_hours(alpha, later(6))
    late = owner.send(copied, copied.form_with("before"), **days, act="anyway")
    assert (late.status, told(late)) == (400, "Sunday")
    assert hours_of(alpha) == later(6)


def test_season_that_is_gone_is_not_written_into_the_ordinary_week(alpha: World, visitor: Come) -> None:
    set_hours(alpha, [*WEEK, summer(10, 14)])
    owner, path = visitor("owner"), f"/desk/venues/{alpha.venue}/hours/?season=2027-06-01"
    page = owner.open(path)
    set_hours(alpha, WEEK)
    sent = {"opens-5": "11:00", "closes-5": "15:00", "act": "save"}
    late = owner.send(page, page.form_with("before"), **sent)
    assert (late.status, told(late)) == (400, "Saturday, First day and Last day")
    assert 'value="2027-06-01"' in late.html
    assert hours_of(alpha) == WEEK
    assert owner.open(path).path == f"/desk/venues/{alpha.venue}/hours/"
    again = owner.send(late, late.form_with("before"), **sent)
    assert "The hours are saved." in again.text
    assert [span for span in hours_of(alpha) if span.valid_from] == [summer(11, 15)]


def test_hours_of_a_resource(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/resources/{alpha.court_1}/hours/")
    mine = [Span(weekday=1, opens=time(9), closes=time(12))]
    with tenant_context(alpha.tenant):
        premises.set_hours(Resource.objects.get(pk=alpha.court_1), mine)
    late = manager.send(page, page.form_with("before"), **{"opens-3": "10:00", "closes-3": "11:00", "act": "save"})
    assert (late.status, told(late)) == (400, "Tuesday")
    with tenant_context(alpha.tenant):
        assert premises.spans_of(Resource.objects.get(pk=alpha.court_1)) == mine


def test_a_group_and_the_days_of_a_member(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        group = CustomerGroup.objects.create(name="Members", percent_off=1000)
        member = Membership.objects.create(group=group, user_id=alpha.users["guest"])
    owner = visitor("owner")
    page = owner.open(f"/desk/groups/{group.pk}/")
    with tenant_context(alpha.tenant):
        CustomerGroup.objects.filter(pk=group.pk).update(percent_off=2000)
    late = owner.send(page, page.form_with("percent"), name="Friends", percent="10", position="0")
    assert (late.status, told(late)) == (400, "Off the price of time, in per cent")
    assert late.form_with("percent").fields["name"] == "Friends"
    with tenant_context(alpha.tenant):
        group.refresh_from_db()
        assert (group.name, group.percent_off) == ("Members", 2000)
    again = owner.send(late, late.form_with("percent"))
    assert "Friends is saved." in again.text

    page = owner.open(f"/desk/groups/{group.pk}/members/{member.user_id}/")
    with tenant_context(alpha.tenant):
        Membership.objects.filter(pk=member.pk).update(valid_until=date(2030, 1, 31))
    late = owner.send(page, page.form_with("valid_from"), valid_from="2029-01-01")
    assert (late.status, told(late)) == (400, "Until, that day included (optional)")
    assert late.form_with("valid_from").fields["valid_from"] == "2029-01-01"
    with tenant_context(alpha.tenant):
        member.refresh_from_db()
        assert (member.valid_from, member.valid_until) == (None, date(2030, 1, 31))


def test_notes_about_a_customer(alpha: World, visitor: Come) -> None:
    desk, path = visitor("front_desk"), f"/desk/customers/{alpha.users['guest']}/"
    page = desk.open(path)
    with tenant_context(alpha.tenant):
        guest = Whom.of(User.objects.get(pk=alpha.users["guest"]))
        customers.alter(guest, {"notes": "Pays in cash"}, None)
    late = desk.send(page, page.form("/notes/"), notes="Left-handed")
    assert (late.status, told(late)) == (400, "Notes of the team")
    assert late.form("/notes/").fields["notes"].strip() == "Left-handed"
    with tenant_context(alpha.tenant):
        assert CustomerFile.objects.get().notes == "Pays in cash"
    kept = desk.send(late, late.form("/notes/"), notes="Left-handed, pays in cash")
    assert "The notes are kept." in kept.text
    with tenant_context(alpha.tenant):
        assert CustomerFile.objects.get().notes == "Left-handed, pays in cash"


def test_notes_about_a_guest_and_notes_that_are_too_long(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(10))
        Booking.objects.filter(pk=booking.pk).update(customer=None, email="gina@example.org", name="Gina")
    desk = visitor("front_desk")
    page = desk.open(f"/desk/customers/guests/{booking.pk}/")
    with tenant_context(alpha.tenant):
        customers.alter(Whom("gina@example.org"), {"notes": "Parks outside"}, None)
    late = desk.send(page, page.form("/notes/"), notes="Comes late")
    assert (late.status, told(late)) == (400, "Notes of the team")
    long = desk.send(late, late.form("/notes/"), notes="x" * 4001)
    assert (long.status, long.form("/notes/").fields["notes"].strip()) == (400, "x" * 4001)
    with tenant_context(alpha.tenant):
        assert CustomerFile.objects.get().notes == "Parks outside"


def test_name_and_number_of_a_customer(alpha: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    page = desk.open(f"/desk/customers/{alpha.users['guest']}/change/")
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["guest"]).update(phone="+49 89 1")
        name = User.objects.get(pk=alpha.users["guest"]).name
    late = desk.send(page, page.form_with("name"), name="Gustav")
    assert (late.status, told(late)) == (400, "Telephone")
    assert late.form_with("name").fields["name"] == "Gustav"
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        assert (guest.name, guest.phone) == (name, "+49 89 1")


@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_words_of_a_message(alpha: World, visitor: Come, channel: str) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/messages/templates/reminder/{channel}/en/")
    with tenant_context(alpha.tenant):
        owner = User.objects.get(pk=alpha.users["owner"])
        own.write(own.place_of("reminder", channel, "en"), Words("Soon", "See you soon"), owner)
    late = manager.send(page, page.form_with("body"), body="Do not be late")
    assert (late.status, told(late)) == (400, "Subject and Text" if channel == "mail" else "Text")
    assert late.form_with("body").fields["body"].strip() == "Do not be late"
    with tenant_context(alpha.tenant):
        assert MessageTemplate.objects.get().body == "See you soon"
    again = manager.send(late, late.form_with("body"))
    assert "Saved. Messages go out in these words from now on." in again.text
    with tenant_context(alpha.tenant):
        assert MessageTemplate.objects.get().body == "Do not be late"


def test_role_of_somebody_in_the_team(alpha: World, visitor: Come) -> None:
    owner, path = visitor("owner"), f"/desk/team/{alpha.users['manager']}/"
    page = owner.open(path)
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["manager"]).update(role="accountant")
        VenueAssignment.objects.filter(user_id=alpha.users["manager"]).delete()
    late = owner.send(page, page.form_with("role"), role="front_desk")
    assert (late.status, told(late)) == (400, "Role and Venues of a manager")
    assert late.form_with("role").fields["role"] == "front_desk"
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=alpha.users["manager"]).role == "accountant"
    again = owner.send(late, late.form_with("role"))
    assert "Saved. They are told by mail." in again.text
    with tenant_context(alpha.tenant):
        assert User.objects.get(pk=alpha.users["manager"]).role == "front_desk"


def test_name_and_clock_of_the_business(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/settings/business/")
    Tenant.objects.filter(pk=alpha.tenant.pk).update(time_zone="Europe/Lisbon")
    late = owner.send(page, page.form_with("time_zone"), name="Theirs")
    assert (late.status, told(late)) == (400, "Time zone")
    assert late.form_with("time_zone").fields["name"] == "Theirs"
    row = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (row.name, row.time_zone) == (alpha.tenant.name, "Europe/Lisbon")


def test_who_sells_and_the_language(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    seller, language = owner.open("/desk/money/business/"), owner.open("/desk/settings/languages/")
    with tenant_context(alpha.tenant):
        BusinessDetails.objects.update_or_create(pk=1, defaults={"vat_id": "DE1", "language": "de"})
    late = owner.send(seller, seller.form_with("legal_name"), legal_name="Club GmbH")
    assert (late.status, told(late)) == (400, "VAT ID and Language of documents and letters")
    assert late.form_with("legal_name").fields["legal_name"] == "Club GmbH"
    late = owner.send(language, language.form_with("language"), language="en")
    assert (late.status, told(late)) == (400, "Language of documents and letters")
    with tenant_context(alpha.tenant):
        row = BusinessDetails.objects.get()
        assert (row.legal_name, row.vat_id, row.language) == ("", "DE1", "de")


def test_rule_of_the_second_factor(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/team/two-factor/")
    form = page.form_with("grace")
    with tenant_context(alpha.tenant):
        required.set_rule("staff", database_now() + timedelta(days=7))
    late = owner.send(page, form, whom="owners", grace="30")
    assert (late.status, told(late)) == (400, "Who has to have one")
    assert (late.form_with("grace").fields["whom"], late.form_with("grace").fields["grace"]) == ("owners", "30")
    with tenant_context(alpha.tenant):
        assert SecondFactorRule.objects.get().whom == "staff"
