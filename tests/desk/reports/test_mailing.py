"""Figures by mail: to whom, when, once, and no longer than somebody may read them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from desk.models import ReportMailing
from desk.reports import mailing
from tenants.models import DueWork, OutgoingMail
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Venue

Come = Callable[..., Visitor]
MONDAY = datetime(2027, 11, 22, 7, tzinfo=UTC)
"""Eight o'clock in Berlin."""


def mails() -> list[OutgoingMail]:
    """Letters with figures."""
    return list(OutgoingMail.objects.filter(key__startswith="report:").order_by("pk"))


@pytest.fixture
def weekly(in_alpha: World) -> ReportMailing:
    """The manager's letter about the main venue, every Monday."""
    manager, venue = User.objects.get(pk=in_alpha.users["manager"]), Venue.objects.get(pk=in_alpha.venue)
    return mailing.begin(manager, "week", venue)


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The clock stands at 8 on a Monday in Berlin; call it with another instant to set it."""

    def at(now: datetime) -> None:
        monkeypatch.setattr(mailing, "database_now", lambda: now)

    at(MONDAY)
    return at


Clock = Callable[[datetime], None]


def test_the_last_week_is_told_once_with_its_file(weekly: ReportMailing, monday: Clock) -> None:
    for _again in range(2):
        mailing.send(str(weekly.pk))
    [letter] = mails()
    assert letter.to == weekly.user.email
    assert letter.subject == "Your figures: November 15, 2027 to Sunday, November 21, 2027"
    assert "Utilisation: 0%" in letter.text
    assert ReportMailing.objects.get().told_until == date(2027, 11, 21)
    [reference] = letter.attachments
    file = mailing.file_of(reference.partition(":")[2])
    assert file is not None
    assert file.name == "utilisation-2027-11-15-2027-11-21.csv"
    assert file.content.decode("utf-8-sig").startswith("key,utilisation,booked_minutes,open_minutes\r\nCourt 1")


def test_the_next_is_planned_for_the_next_monday_at_seven(weekly: ReportMailing, monday: Clock) -> None:
    mailing.send(str(weekly.pk))
    [due] = DueWork.objects.filter(kind=mailing.KIND)
    assert due.due_at == datetime(2027, 11, 29, 6, tzinfo=UTC)


def test_a_month_goes_out_on_the_first(in_alpha: World, weekly: ReportMailing, monday: Clock) -> None:
    monthly = ReportMailing(user=weekly.user, rhythm="month")
    assert mailing.next_at(monthly, MONDAY) == datetime(2027, 12, 1, 6, tzinfo=UTC)
    assert mailing.next_at(monthly, datetime(2027, 12, 1, 6, tzinfo=UTC)) == datetime(2028, 1, 1, 6, tzinfo=UTC)


def test_what_was_missed_by_days_is_left_out(weekly: ReportMailing, monday: Clock) -> None:
    monday(MONDAY + timedelta(days=3))
    mailing.send(str(weekly.pk))
    assert mails() == []
    assert ReportMailing.objects.get().told_until is None
    assert DueWork.objects.filter(kind=mailing.KIND).count() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.CUSTOMER}])
def test_who_left_the_team_gets_none(weekly: ReportMailing, monday: Clock, change: dict[str, object]) -> None:
    User.objects.filter(pk=weekly.user_id).update(**change)
    mailing.send(str(weekly.pk))
    assert mails() == []
    assert not ReportMailing.objects.exists()
    mailing.send(str(weekly.pk))


def test_who_lost_the_venue_gets_neither_letter_nor_file(weekly: ReportMailing, monday: Clock) -> None:
    weekly.user.venue_assignments.all().delete()
    assert mailing.file_of(f"{weekly.pk}_2027-11-15_2027-11-21") is None
    mailing.send(str(weekly.pk))
    assert mails() == []
    assert not ReportMailing.objects.exists()


def test_money_is_left_out_for_who_may_not_see_it(in_alpha: World, monday: Clock) -> None:
    texts = {}
    for who in ("front_desk", "owner"):
        row = mailing.begin(User.objects.get(pk=in_alpha.users[who]), "week", None)
        mailing.send(str(row.pk))
        texts[who] = mails()[-1].text
    assert {who: "Bookings:" in text for who, text in texts.items()} == {"front_desk": True, "owner": True}
    assert "Revenue" not in texts["front_desk"]


def test_one_asks_and_stops_on_the_page(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open("/desk/reports/mailed/")
    for _again in range(2):
        page = manager.send(page, page.form_with("rhythm"), rhythm="month")
    assert "Every month, on the first" in page.text
    with tenant_context(alpha.tenant):
        [row] = ReportMailing.objects.all()
        assert (row.user_id, row.venue_id) == (alpha.users["manager"], None)
    other = visitor("owner")
    assert other.client.post(f"/desk/reports/mailed/{row.pk}/stop/").status_code == 403
    done = manager.send(page, page.form(f"/{row.pk}/stop/"))
    assert "These letters have stopped." in done.text
    with tenant_context(alpha.tenant):
        assert not ReportMailing.objects.exists()


def test_another_venue_than_ones_own_is_refused(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open("/desk/reports/mailed/")
    refused = manager.send(page, page.form_with("rhythm"), rhythm="week", venue=str(alpha.annex))
    assert refused.status == 400
    with tenant_context(alpha.tenant):
        assert not ReportMailing.objects.exists()
