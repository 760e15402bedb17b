"""How packs and memberships are spoken of."""

from django import template

from tenants import speech

register = template.Library()


@register.filter
def percent(basis_points: int) -> str:
    """`12.5%`, in German `12,5 %` with a space that does not break."""
    return speech.percent(basis_points)


@register.filter
def signed(minutes: int) -> str:
    """`+10 h`, or with a real minus sign `−1 h 30 min`."""
    return f"{'+' if minutes > 0 else '−'}{speech.hours(abs(minutes))}"
