"""Prices of plans in words."""

from django import template

from billing.subscriptions.models import Plan
from tenants import speech

register = template.Library()


@register.simple_tag
def monthly(plan: Plan) -> str:
    """What a month of a plan costs, net: `€29`."""
    return _short(plan.monthly_minor, plan.currency)


@register.simple_tag
def yearly(plan: Plan) -> str:
    """What a year of a plan costs, net."""
    return _short(plan.yearly_minor, plan.currency)


@register.simple_tag
def saved(plan: Plan) -> str:
    """What a year costs less than twelve months; empty where it does not."""
    difference = 12 * plan.monthly_minor - plan.yearly_minor
    return _short(difference, plan.currency) if plan.yearly_minor and difference > 0 else ""


def _short(minor: int, currency: str) -> str:
    """Without the cents where there are none: plans are read at a glance."""
    text = speech.money(minor, currency)
    return text.replace(".00", "").replace(",00", "") if minor % 100 == 0 else text
