"""The tenant's look for templates: `{% load brand %}`."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from tenants import styling
from tenants.looks import Look, Mode
from tenants.models import Tenant
from tenants.views import APPEARANCE, icon_address

register = template.Library()


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme that the page is held to, by the owner or the visitor; empty where the device decides."""
    request, look = context.get("request"), _look(context)
    if request is None or look is None:
        return ""
    return look.theme or styling.THEMES.get(appearance_of(request), "")


@register.simple_tag(takes_context=True)
def color_scheme(context: Context) -> str:
    """What browsers are to paint by themselves: `light`, `dark`, or either."""
    held = {name: mode for mode, name in styling.THEMES.items()}.get(theme(context), "")
    return held or "light dark"


@register.simple_tag(takes_context=True)
def appearance(context: Context) -> str:
    """What the visitor chose: `light`, `dark` or nothing."""
    return appearance_of(context["request"])


@register.filter
def leaves_it_open(look: Look) -> bool:
    """`{% if request.tenant.look|leaves_it_open %}`: whether visitors may choose between light and dark."""
    return look.mode == Mode.DEVICE


@register.simple_tag
def icon(tenant: Tenant, file: str) -> str:
    """The address of an icon: `{% icon request.tenant '180.png' %}`."""
    return icon_address(tenant, file)


@register.filter
def writes_inter(look: Look) -> bool:
    """Whether our own typeface is needed at once."""
    return "inter" in {look.font, look.heading_font}


def appearance_of(request: HttpRequest) -> str:
    """The visitor's own choice between light and dark, from their cookie."""
    wanted = request.COOKIES.get(APPEARANCE, "")
    return wanted if wanted in styling.THEMES else ""


def _look(context: Context) -> Look | None:
    request: Any = context.get("request")
    tenant = getattr(request, "tenant", None)
    return tenant.look if isinstance(tenant, Tenant) else None
