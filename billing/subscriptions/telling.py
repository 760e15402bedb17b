"""What owners hear about their plan by mail: once for each thing that happens."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateway.subscriptions import Facts, Invoice
from billing.subscriptions import agreed
from billing.subscriptions.models import Subscription
from billing.subscriptions.standing import FALLEN, FREE_STATUS, GRANTED, TRIAL_NOTICE, TRIALING
from tenants import mail, speech
from tenants.addresses import address
from tenants.zones import zone

PAGE = "/desk/money/plan/"


@dataclass(frozen=True, slots=True)
class Before:
    """How a subscription was before it was looked at."""

    status: str
    past_due_since: datetime | None
    blocked_at: datetime | None

    @classmethod
    def of(cls, row: Subscription) -> "Before":
        """As the row is now."""
        return cls(row.status, row.past_due_since, row.blocked_at)


@mail.in_house_language()
def changed(row: Subscription, before: Before, found: Facts | None, now: datetime) -> None:
    """Tell owners what is new, in the caller's transaction."""
    if row.status == TRIALING:
        _trial_ends(row, now)
    elif before.status == TRIALING and row.status == FREE_STATUS:
        _trial_ended(row, now)
    if row.status == GRANTED:
        _grant_ends(row, now)
    elif before.status == GRANTED and row.status in {FREE_STATUS, *FALLEN}:
        _grant_ended(row, now)
    invoice = found.invoice if found else None
    if row.past_due_since and invoice and invoice.is_owed:
        _not_paid(row, invoice, now)
    if row.blocked_at and not before.blocked_at:
        _blocked(row, now)
    if before.past_due_since and not row.past_due_since and row.status == "active":
        _paid_again(row, before.past_due_since, now)
    if row.status == "canceled" and before.status not in {"canceled", GRANTED} and not row.blocked_at:
        _ended(row, now)


@mail.in_house_language()
def action_needed(row: Subscription, invoice: Invoice, now: datetime) -> None:
    """The bank wants the owner to confirm a payment (SCA)."""
    _tell(
        row,
        f"plan-action:{invoice.id}",
        _("Please confirm the payment of your plan"),
        _("Your bank wants you to confirm the payment of %(amount)s:\n%(link)s\n")
        % {"amount": speech.money(invoice.due_minor, invoice.currency), "link": invoice.page},
        now,
    )


@mail.in_house_language()
def done_for_owner(row: Subscription, now: datetime) -> None:
    """Somebody of the platform has changed, cancelled or renewed what the owner pays for."""
    name = {"plan": row.plan.name}
    if row.ends_at:
        day = speech.day(row.ends_at, zone(row.tenant.time_zone))
        text = _("As agreed with you, we have cancelled your plan: you have %(plan)s until %(day)s.") % (
            name | {"day": day}
        )
    else:
        text = _("As agreed with you, we have changed your plan: you have %(plan)s now.") % name
    after = _("If you know nothing of it, please answer this letter.")
    _tell(row, f"plan-for-owner:{now.isoformat()}", _("We have changed your plan"), f"{text} {after}{_here(row)}", now)


def _trial_ends(row: Subscription, now: datetime) -> None:
    end = row.trial_ends_at
    if end is None or not end - TRIAL_NOTICE <= now < end or row.trial_end_told == end:
        return
    row.trial_end_told = end
    after = (
        _("Your card is charged then, unless you cancel before.")
        if row.stripe_subscription
        else _("After that you are on the free plan, unless you choose another one. Nothing is deleted.")
    )
    day = speech.day(end, zone(row.tenant.time_zone))
    _tell(
        row,
        f"plan-trial-ends:{end.isoformat()}",
        _("Your trial ends soon"),
        _("Your trial of %(plan)s ends on %(day)s.") % {"plan": row.plan.name, "day": day} + " " + after + _here(row),
        now,
    )


def _trial_ended(row: Subscription, now: datetime) -> None:
    _tell(
        row,
        f"plan-trial-ended:{row.trial_ends_at.isoformat() if row.trial_ends_at else ''}",
        _("Your trial is over"),
        _("You are on the free plan now. What you have made stays; making more than it allows needs another plan.")
        + _here(row),
        now,
    )


def _grant_ends(row: Subscription, now: datetime) -> None:
    found = agreed.of(row.tenant)
    end = found.until
    if end is None or not end - TRIAL_NOTICE <= now < end or found.end_told == end:
        return
    found.end_told = end
    found.save(update_fields=["end_told"])
    day = speech.day(end, zone(row.tenant.time_zone))
    text = _("You have %(plan)s without charge until %(day)s.") % {"plan": row.plan.name, "day": day}
    after = _("After that you are on the free plan, unless you choose another one. Nothing is deleted.")
    key = f"plan-grant-ends:{end.isoformat()}"
    _tell(row, key, _("Your plan without charge ends soon"), text + " " + after + _here(row), now)


def _grant_ended(row: Subscription, now: datetime) -> None:
    text = _("You are on the free plan now. What you have made stays, and you can choose a plan at any time.")
    key = f"plan-grant-ended:{now.isoformat()}"
    _tell(row, key, _("Your plan without charge is over"), text + _here(row), now)


def _not_paid(row: Subscription, invoice: Invoice, now: datetime) -> None:
    text = _("We could not collect %(amount)s for your plan. You can pay, or give another card, here:\n%(link)s\n") % {
        "amount": speech.money(invoice.due_minor, invoice.currency),
        "link": invoice.page,
    }
    if row.grace_until:
        day = speech.day(row.grace_until, zone(row.tenant.time_zone))
        text += "\n" + _("Everything works until %(day)s. After that customers cannot book.") % {"day": day} + "\n"
    _tell(row, f"plan-unpaid:{invoice.id}:{invoice.attempts}", _("Your plan could not be paid"), text, now)


def _blocked(row: Subscription, now: datetime) -> None:
    _tell(
        row,
        f"plan-blocked:{now.isoformat()}",
        _("Customers cannot book with you at the moment"),
        _(
            "Your plan is not paid, so customers cannot make new bookings. Bookings that stand are kept; you can book,"
            " change, cancel, refund and export as before."
        )
        + _here(row),
        now,
    )


def _paid_again(row: Subscription, since: datetime, now: datetime) -> None:
    _tell(
        row,
        f"plan-paid:{since.isoformat()}",
        _("Your plan is paid again"),
        _("Thank you. Everything works as before.") + _here(row),
        now,
    )


def _ended(row: Subscription, now: datetime) -> None:
    _tell(
        row,
        f"plan-ended:{row.stripe_subscription}",
        _("Your plan has ended"),
        _("You are on the free plan now. What you have made stays, and you can choose a plan at any time.")
        + _here(row),
        now,
    )


def _here(row: Subscription) -> str:
    return "\n\n" + _("Your plan:\n%(link)s\n") % {"link": address(row.tenant, PAGE)}


def _tell(row: Subscription, key: str, subject: str, text: str, now: datetime) -> None:
    mail.tell_owners(key, f"{row.tenant.name}: {subject}", text, now)
