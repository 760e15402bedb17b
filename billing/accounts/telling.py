"""What owners hear about their account by mail."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from billing.accounts.standing import CHARGES, Standing, standing_of
from billing.subscriptions.models import StripeAccount
from tenants import due, mail, speech
from tenants.addresses import address
from tenants.zones import zone

DEADLINE = "stripe_deadline"
"""Due work: look at the account again (`object_id` is Stripe's id) when its deadline comes near."""
LEAD = timedelta(days=7)
PAGE = "/desk/money/"


def changed(account: StripeAccount, before: Standing, now: datetime) -> None:
    """Tell owners, in the caller's transaction, that money stopped or that a deadline is near, once each."""
    if before in CHARGES and standing_of(account) not in CHARGES:
        _stopped(account, now)
    if account.due_by is None or not account.account_id:
        return
    if account.due_by - LEAD > now:
        due.schedule(DEADLINE, account.account_id, account.due_by - LEAD)
    elif account.currently_due or account.past_due:
        _deadline(account, account.due_by, now)


@mail.in_house_language()
def disconnected(account: StripeAccount, now: datetime) -> None:
    """Tell owners that the account is not connected any more."""
    mail.tell_owners(
        f"stripe-disconnected:{account.account_id}:{now.isoformat()}",
        _("%(name)s is no longer connected to Stripe") % {"name": account.tenant.name},
        _(
            "The Stripe account %(account)s is not connected any more, so customers cannot pay online."
            " Bookings that stand are not changed; free bookings and payment at the venue go on."
            "\n\nYou can connect an account here:\n%(link)s\n"
        )
        % {"account": account.account_id, "link": address(account.tenant, PAGE)},
        now,
    )


@mail.in_house_language()
def _stopped(account: StripeAccount, now: datetime) -> None:
    mail.tell_owners(
        f"stripe-stopped:{account.account_id}:{now.isoformat()}",
        _("%(name)s cannot take payments online at the moment") % {"name": account.tenant.name},
        _(
            "Stripe does not let your account take payments at the moment, so customers cannot pay online."
            " Bookings that stand are not changed; free bookings and payment at the venue go on."
            "\n\nWhat Stripe wants to know is here:\n%(link)s\n"
        )
        % {"link": address(account.tenant, PAGE)},
        now,
    )


@mail.in_house_language()
def _deadline(account: StripeAccount, due_by: datetime, now: datetime) -> None:
    day = speech.day(due_by, zone(account.tenant.time_zone))
    sentence = (
        _("Stripe needs more about your business by %(day)s. After that you may not be able to take payments online.")
        if due_by > now
        else _("Stripe needed more about your business by %(day)s. It may stop payments online until it has it.")
    )
    mail.tell_owners(
        f"stripe-deadline:{account.account_id}:{due_by.isoformat()}",
        _("%(name)s: Stripe needs something from you") % {"name": account.tenant.name},
        sentence % {"day": day}
        + "\n\n"
        + _("You can tell Stripe here:\n%(link)s\n") % {"link": address(account.tenant, PAGE)},
        now,
    )
