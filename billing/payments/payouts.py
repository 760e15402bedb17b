"""Payouts: what arrived at the tenant's bank when, and for which payments; a failed one alarms the owners."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateway import lists
from billing.gateway.lists import PayoutFacts
from billing.payments import books
from billing.payments.models import Payout, PayoutItem, Posting
from billing.payments.payout_failures import in_words
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import mail, speech

FAILED = frozenset({"failed", "canceled"})


def refresh(account_id: str, payout_id: str) -> None:
    """Ask Stripe for a payout and what it contains, and note it; as often as called, in any order."""
    facts = lists.payout(account_id, payout_id)
    _note(account_id, facts, _contents(account_id, facts))


def refresh_all(account_id: str) -> int:
    """As `refresh`, for every payout that is not as we know it; answers how many those were."""
    known = dict(Payout.objects.filter(account_id=account_id).values_list("payout_id", "status"))
    stale = [facts for facts in lists.payouts(account_id) if known.get(facts.payout_id) != facts.status]
    for facts in stale:
        _note(account_id, facts, _contents(account_id, facts))
    return len(stale)


def _contents(account_id: str, facts: PayoutFacts) -> list[str]:
    # Stripe refuses the question for payouts that were ordered by hand.
    return books.read_payout(account_id, facts.payout_id) if facts.is_automatic else []


def _note(account_id: str, facts: PayoutFacts, contained: list[str]) -> None:
    def act() -> None:
        now = database_now()
        fields = {
            "account_id": account_id,
            "amount_minor": facts.amount_minor,
            "currency": facts.currency,
            "status": facts.status,
            "failure": facts.failure,
            "arrives_on": facts.arrives_on,
            "created_at": facts.made_at,
            "updated_at": now,
        }
        row, _made = Payout.objects.update_or_create(payout_id=facts.payout_id, defaults=fields)
        postings = Posting.objects.filter(transaction_id__in=contained, payout_item=None)
        PayoutItem.objects.bulk_create(
            [PayoutItem(payout=row, posting=posting) for posting in postings], ignore_conflicts=True
        )
        books.read_soon(account_id, now)
        if facts.status in FAILED:
            _alarm(row, now)

    transact(act)


@mail.in_house_language()
def _alarm(payout: Payout, now: datetime) -> None:
    amount = speech.money(payout.amount_minor, payout.currency)
    mail.tell_owners(
        f"payout:{payout.payout_id}:{payout.status}",
        _("A payout did not reach your bank"),
        _(
            "A payout of %(amount)s could not be made. %(reason)s (%(code)s) The money is back on your Stripe balance. "
            "Please check your bank details at Stripe; until then no further payouts may be made."
        )
        % {"amount": amount, "reason": in_words(payout.failure), "code": payout.failure or payout.status},
        now,
    )
