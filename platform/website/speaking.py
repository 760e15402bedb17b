"""In which language the public pages speak: `?lang=de` in the address, else as the browser asks.

Nothing is kept for that: a page that is only read sets no cookie, and search engines have an address for each language.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from tenants.addresses import at

PARAMETER = "lang"
View = Callable[..., HttpResponse]


def spoken(view: View) -> View:
    """The view in the language of the address."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = asked(request)
        if not chosen:
            return view(request, *args, **kwargs)
        with override(chosen):
            answer = view(request, *args, **kwargs)
            answer["Content-Language"] = chosen
            return answer

    return speaking


def asked(request: HttpRequest) -> str:
    """The language that the address names; empty for none, or none of ours."""
    wanted = request.GET.get(PARAMETER, "")
    return wanted if wanted in dict(settings.LANGUAGES) else ""


def show(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A page with what its frame needs: the language for its links, and where it is for whoever quotes it."""
    chosen = asked(request)
    here = at(settings.BASE_DOMAIN, request.path)
    frame = {
        "in_language": f"?{PARAMETER}={chosen}" if chosen else "",
        "here": here,
        "canonical": f"{here}?{PARAMETER}={chosen}" if chosen else here,
        "languages": [(code, f"{here}?{PARAMETER}={code}") for code, _name in settings.LANGUAGES],
        "site": at(settings.BASE_DOMAIN, ""),
    }
    return render(request, template, {**frame, **(context or {})}, status=status)
