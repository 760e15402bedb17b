"""The way around the desk: `{% load desk_frame %}`."""

from typing import Any

from django import template
from django.template import RequestContext

from desk.announcements import Told, told
from desk.navigation import Shown, shown

register = template.Library()


@register.simple_tag(takes_context=True)
def way_around(context: RequestContext) -> Shown:
    """`{% way_around as around %}`: what this person is shown at this address."""
    request: Any = context["request"]
    return shown(request.user, request.path, request.tenant.set_up_at is not None)


@register.simple_tag(takes_context=True)
def announced(context: RequestContext) -> list[Told]:
    """`{% announced as told %}`: what the platform tells this person."""
    return told(context["request"])
