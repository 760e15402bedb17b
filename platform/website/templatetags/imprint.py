"""What the footer of the platform's pages asks."""

from django import template

from website import legal

register = template.Library()


@register.simple_tag
def imprint() -> bool:
    """Whether there is an imprint to link to."""
    return legal.operator().is_complete
