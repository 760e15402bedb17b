"""Gift credit among the prices: given out on a code, found again, and never more than was typed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings import issuing
from bookings.issuing import Gift
from bookings.models import CreditEntry, GiftCredit
from schemas.clock import database_now
from tests.flows.pages import Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/desk/gift-credit/"


def test_credit_is_given_out_and_stands_in_the_list(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(PAGE)
    assert "Nothing was given out yet." in page.text
    done = manager.send(page, page.form_with("amount"), amount="50.00", note="For Easter", valid_until="2099-12-31")
    with tenant_context(alpha.tenant):
        made = GiftCredit.objects.get()
        assert (made.balance_minor, made.currency, made.note, str(made.valid_until), made.customer_id) == (
            5000, "EUR", "For Easter", "2099-12-31", None,
        )  # fmt: skip
        assert list(CreditEntry.objects.values_list("credit", "amount_minor")) == [(made.pk, 5000)]
        GiftCredit.objects.update(balance_minor=1250)
    assert f"The credit has the code {made.code}." in done.text
    seen = manager.open(f"{PAGE}?q=easter").text
    assert all(said in seen for said in (made.code, "€12.50 left", "€50.00 given on", "Still to be used: €12.50"))
    assert "No gift credit is called like that." in manager.open(f"{PAGE}?q=whitsun").text


@pytest.mark.parametrize("typed", [{"amount": ""}, {"amount": "0"}, {"amount": "1.005"}, {"valid_until": "2020-01-01"}])
def test_nonsense_is_told_and_gives_out_nothing(alpha: World, visitor: Come, typed: dict[str, str]) -> None:
    owner = visitor("owner")
    page = owner.open(PAGE)
    refused = owner.send(page, page.form_with("amount"), **{"amount": "5", "note": "Kept", **typed})
    assert (refused.status, refused.form_with("amount").fields["note"]) == (400, "Kept")
    with tenant_context(alpha.tenant):
        assert not GiftCredit.objects.exists()


def test_what_is_over_is_not_counted_as_still_to_be_used(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        past = (database_now() - timedelta(days=3)).date()
        issuing.issue(Gift(700, "EUR", valid_until=past))
        issuing.issue(Gift(200, "EUR"))
    text = visitor("owner").open(PAGE).text
    assert "Still to be used: €2.00" in text
    assert "over" in text
