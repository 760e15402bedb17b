"""What the desk says about the plan: `{% load plan_note %}{% plan_note %}`."""

from typing import Any

from django import template

from billing.access import sees_money
from billing.subscriptions import acts
from billing.subscriptions.words import words_of
from schemas.clock import database_now

register = template.Library()


@register.inclusion_tag("money/plan_note.html", takes_context=True)
def plan_note(context: dict[str, Any]) -> dict[str, Any]:
    """A note where the trial ends soon or the plan is not paid, for those who see money; else nothing."""
    request = context["request"]
    row = acts.subscription_of(request.tenant) if sees_money(request.user) else None
    words = words_of(row, database_now()) if row else None
    return {"words": words if words and words.is_urgent else None}
