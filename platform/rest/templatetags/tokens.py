"""The token of forms that work without one (`rest.csrf`): `{% load tokens %}`."""

from django import template
from django.conf import settings
from django.middleware.csrf import get_token
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def token_if_known(context: RequestContext) -> SafeString | str:
    """`{% token_if_known %}` in a form: the token where the browser has its cookie, else nothing, and none is set."""
    request = context["request"]
    if settings.CSRF_COOKIE_NAME not in request.COOKIES:
        return ""
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
