"""What every page of the desk asks about the agreement with the platform."""

from typing import Any

from django import template
from django.template import RequestContext

from website import agreeing

register = template.Library()


@register.simple_tag(takes_context=True)
def terms_due(context: RequestContext) -> bool:
    """Whether an owner is to read new terms: it was read with the tenant, so it costs nothing."""
    request: Any = context["request"]
    return agreeing.is_due(request.tenant)
