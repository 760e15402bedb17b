"""Cancellation policies: what the cases say is what cancelling gives, and a new version is for new bookings."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason
from bookings.terms import STANDARD, of_policy
from desk.prices.examples import Money, policy_cases
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import CancellationPolicy, Resource, Venue
from venues.policies import Draft, PolicyStep, create

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
LADDER = Draft(
    "Ladder",
    [PolicyStep(3 * 1440), PolicyStep(1440, percent=2500), PolicyStep(60, percent=5000, fee_minor=250)],
    grace_minutes=30,
    no_show_percent=8000,
)


def test_the_cases_are_what_cancelling_really_gives(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        policy = create(LADDER)
        Resource.objects.filter(pk=alpha.court_1).update(cancellation_policy=policy)
        booking = held(alpha.court_1, slot(10))
        Booking.objects.filter(pk=booking.pk).update(
            state="confirmed",
            hold_expires_at=None,
            paid_minor=2500,
            created_at=booking.start - timedelta(days=30),
            confirmed_at=booking.start - timedelta(days=30),
        )
        booking = Booking.objects.select_related("resource__venue", "policy").get(pk=booking.pk)
        cases = {case.when: case.settlement for case in policy_cases(of_policy(policy), Money(2500, 0, 2500, "EUR"))}
        customer, why = Actor.of(None), Cancellation(CancelReason.USER_REQUEST)
        minute = timedelta(minutes=1)
        moments = {
            "right after booking": booking.created_at + 29 * minute,
            "3 days before": booking.start - timedelta(days=3),
            "1 day before": booking.start - timedelta(days=1),
            "1 h before": booking.start - timedelta(hours=1),
            "a minute before the start": booking.start - minute,
        }
        for when, moment in moments.items():
            assert cancelling.preview(booking, customer, why, moment) == cases[when], when
        fees = {when: (case.fee_minor, case.refund_minor) for when, case in cases.items()}
        assert fees == {
            "right after booking": (0, 2500),
            "3 days before": (0, 2500),
            "1 day before": (625, 1875),
            "1 h before": (1500, 1000),
            "a minute later": (2500, 0),
            "a minute before the start": (2500, 0),
            "for the weather, an hour before": (0, 2500),
            "not at all, and nobody came": (2000, 500),
        }


def test_the_standard_terms_have_their_cases() -> None:
    cases = policy_cases(STANDARD, Money(4000, 1000, 1000, "EUR"))
    found = [case.settlement for case in cases]
    assert [(each.fee_minor, each.refund_minor, each.owed_minor) for each in found] == [
        (0, 1000, 0), (4000, 0, 3000), (4000, 0, 3000), (0, 1000, 0), (4000, 0, 3000),
    ]  # fmt: skip


def test_a_new_version_counts_for_new_bookings_only(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        policy = create(LADDER)
        Venue.objects.filter(pk=alpha.venue).update(cancellation_policy=policy)
        booking = held(alpha.court_1, slot(10))
    owner = visitor("owner")
    listed = owner.open("/desk/policies/")
    assert f"Counts for: Main {alpha.canary}" in listed.text
    page = owner.open(f"/desk/policies/{policy.pk}/")
    assert "3 days before €0.00 €40.00 €0.00" in page.text
    assert "1 day before €10.00 €30.00 €0.00" in page.text
    form = page.form_with("grace_minutes")
    assert (form.fields["step-1-length"], form.fields["step-1-percent"]) == ("1", "25")
    done = owner.send(page, form, **{"step-1-percent": "30", "step-2-DELETE": "on"})
    assert "It counts for new bookings." in done.text
    with tenant_context(alpha.tenant):
        new = CancellationPolicy.objects.get(replaced_by=None)
        steps = list(new.steps.values_list("minutes_before", "percent", "fee_minor"))
        assert steps == [(3 * 1440, 0, 0), (1440, 3000, 0)]
        assert Booking.objects.get(pk=booking.pk).policy_id == policy.pk
        assert Venue.objects.get(pk=alpha.venue).cancellation_policy_id == new.pk
        assert list(CancellationPolicy.objects.get(pk=policy.pk).steps.values_list("percent", flat=True)) == [
            0, 2500, 5000,
        ]  # fmt: skip
    old = owner.open(f"/desk/policies/{policy.pk}/")
    assert "This is an old version." in old.text
    again = owner.send(old, old.form_with("grace_minutes"), grace_minutes="5")
    assert "There is a newer version of this policy." in again.text
    assert f"/desk/policies/{policy.pk}/" in owner.open(f"/desk/policies/{new.pk}/").html


def test_a_new_policy_with_an_example_first(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/policies/new/")
    form = page.form_with("grace_minutes")
    typed = {"name": "Kind", "step-0-length": "2", "step-0-unit": "60", "step-0-percent": "10", "example-total": "100",
             "example-paid": "30", "example-deposit": "30", "step-0-keeps_deposit": "on"}  # fmt: skip
    shown = owner.send(page, form, "example", **typed)
    assert "2 h before €30.00 €0.00 €0.00" in shown.text
    with tenant_context(alpha.tenant):
        assert not CancellationPolicy.objects.exists()
    owner.send(page, form, **typed)
    with tenant_context(alpha.tenant):
        made = CancellationPolicy.objects.get()
        columns = ("minutes_before", "percent", "keeps_deposit", "reason")
        assert list(made.steps.values_list(*columns)) == [(120, 1000, True, ""), (0, 0, False, "weather")]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"step-0-percent": "101"}, "less than or equal to 100"),
        ({"step-2-length": "24", "step-2-unit": "60"}, "Two steps are for the same moment, group and reason."),
        ({"step-2-percent": "20"}, "This field is required."),
        ({"example-paid": "500"}, "That is more than it costs."),
    ],
)
def test_nonsense_makes_no_policy(alpha: World, visitor: Come, typed: dict[str, str], said: str) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/policies/new/")
    answer = owner.send(page, page.form_with("grace_minutes"), **{"name": "New", **typed})
    assert answer.status == 400
    assert said in answer.text
    with tenant_context(alpha.tenant):
        assert not CancellationPolicy.objects.exists()


def test_only_what_was_never_used_is_removed(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        used, unused = create(LADDER), create(Draft("Unused"))
        Resource.objects.filter(pk=alpha.court_1).update(cancellation_policy=used)
        held(alpha.court_1, slot(10))
        Resource.objects.filter(pk=alpha.court_1).update(cancellation_policy=None)
    owner = visitor("owner")
    for policy in (used, unused):
        page = owner.open(f"/desk/policies/{policy.pk}/")
        owner.send(page, page.form("/remove/"))
    with tenant_context(alpha.tenant):
        assert list(CancellationPolicy.objects.values_list("name", flat=True)) == ["Ladder"]
