"""How money stands: the account at Stripe, and the plan with how much of it is used."""

from django.utils.translation import gettext as _

from billing import accounts
from billing.subscriptions import acts
from billing.subscriptions.words import words_of as plan_words
from billing.views.words import words_of as account_words
from desk.settings.cards import Card
from schemas.clock import database_now
from tenants import limits, speech
from tenants.limits import Thing
from tenants.models import Tenant

TONES = {"warning", "error"}


def cards(tenant: Tenant) -> list[Card]:
    """Both, for whoever sees money."""
    account = account_words(accounts.account_of(tenant))
    plan = plan_words(acts.subscription_of(tenant), database_now())
    used = limits.used(Thing.BOOKINGS)
    told = (
        _("%(plan)s: %(used)s bookings this month")
        if tenant.most_bookings is None
        else _("%(plan)s: %(used)s of %(most)s bookings this month")
    )
    most = speech.count(tenant.most_bookings or 0)
    said = told % {"plan": plan.headline, "used": speech.count(used), "most": most}
    is_full = tenant.most_bookings is not None and used >= tenant.most_bookings
    return [
        Card("money", _("Online payment"), account.headline, account.tone if account.tone in TONES else ""),
        Card("money-plan", _("Your plan"), said, plan.tone if plan.tone in TONES else "warning" if is_full else ""),
    ]
