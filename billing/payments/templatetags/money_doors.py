"""`billing.access` for templates: `{% load money_doors %}`."""

from django import template

from billing import access

register = template.Library()


@register.filter
def sees_money(user: access.Anyone) -> bool:
    """`{% if user|sees_money %}`: whether to show the way to the money pages."""
    return access.sees_money(user)
