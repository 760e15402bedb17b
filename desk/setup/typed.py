"""What somebody has typed on a screen of the first steps and not saved yet: kept in their session for Back."""

from typing import Any

from django.http import HttpRequest, QueryDict

KEY = "setup"
LONGEST = 4000


def keep(request: HttpRequest, code: str) -> None:
    """Keep what was sent, as it is."""
    sent = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "go"):
        sent.pop(name, None)
    text = sent.urlencode()
    if len(text) <= LONGEST:
        request.session[KEY] = {**request.session.get(KEY, {}), code: text}


def drop(request: HttpRequest, code: str) -> None:
    """It is saved."""
    kept = request.session.get(KEY, {})
    if code in kept:
        request.session[KEY] = {name: text for name, text in kept.items() if name != code}


def of(request: HttpRequest, code: str, names: Any) -> dict[str, Any]:
    """What was typed, for the fields of these names; nothing where nothing was."""
    text = request.session.get(KEY, {}).get(code)
    if text is None:
        return {}
    sent = QueryDict(text)
    return {name: sent.get(name, "") for name in names}
