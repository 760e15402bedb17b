"""Pages of the calendar that its script shows in a dialog: the same address answers with the inside alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

HEADER = "X-Part"


def is_part(request: HttpRequest) -> bool:
    """Whether the script asks, for the inside of a dialog."""
    return request.headers.get(HEADER) == "1"


def is_hint(request: HttpRequest) -> bool:
    """Whether the script asks what a place would come to while something is dragged over it."""
    return request.headers.get(HEADER) == "hint"


def shown(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of a name, or its inside: `desk/calendar/<name>.html` and `desk/calendar/<name>_part.html`."""
    template = f"desk/calendar/{name}_part.html" if is_part(request) else f"desk/calendar/{name}.html"
    response = render(request, template, {**context, "is_part": is_part(request)}, status=status)
    if is_part(request):
        response[HEADER] = "1"
    response["Vary"] = ", ".join(filter(None, [response.get("Vary"), HEADER]))
    return response


def done(**what: object) -> JsonResponse:
    """For the script: what was done; the dialog closes and the calendar looks again."""
    return JsonResponse({"done": True, **what})
