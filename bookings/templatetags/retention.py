"""How long a business keeps what names its customers, for their own pages."""

from typing import Any

from django import template

from bookings.own import retention

register = template.Library()


@register.inclusion_tag("account/kept.html")
def kept() -> dict[str, Any]:
    """`{% kept %}`: the times, in words."""
    rule = retention.rule()
    return {
        "account": retention.in_words(rule.account_months),
        "guest": retention.in_words(rule.guest_months),
        "words": retention.in_words(rule.word_months),
        "days": retention.NOTICE.days,
    }
