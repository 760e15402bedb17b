"""For every page that is open to all somebody has decided whether it is inside other sites (decision 0040)."""

from django.conf import settings
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern, URLResolver

from tenants.embedding import NEVER

OUTSIDE = {
    "report": "leads to the platform, in a window of its own",
    "account-link": "mail leads there, and who opens it is signed in",
    "appearance": "a cookie; inside, the address says whether it is dark",
    "data-by-mail": "what is somebody's own is not shown inside another site",
    "guest-data": "the same",
    "guest-data-erase": "the same",
    "guest-data-file": "the same",
    "login-code": "nobody signs in inside another site",
    "login": "nobody signs in inside another site",
    "mailed-sign-in": "the same",
    "passkey-options": "the same",
    "passkey-sign-in": "the same",
    "password-forgotten": "the same",
    "sign-up": "the same",
    "favicon": "a frame has no tab",
    "touch-icon": "a page in a frame is not put on a home screen",
    "manifest": "a page in a frame is not put on a home screen",
    "packs": "they are bought with an account",
    "robots": "search engines read it",
    "sitemap": "the same",
    "logout": "nobody is signed in there",
    "language": "a cookie; inside, the address says the language",
    "widget": "it is what brings the frame",
    "calendar-feed": "programs read it, by an address of its own",
    "calendar-notices-google": "Google sends there",
    "calendar-notices-microsoft": "Microsoft sends there",
    "look-in-demo": "it gives a cookie",
    "look-in-end": "nobody looks in there",
    "look-in-enter": "the same",
    "letters-off": "mail leads there",
    "sms-status": "Twilio sends there",
}


def named(resolver: URLResolver, before: str = "/") -> dict[str, tuple[str, str]]:
    """Path and door of every page, by its name."""
    found: dict[str, tuple[str, str]] = {}
    for entry in resolver.url_patterns:
        assert isinstance(entry.pattern, RoutePattern)
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found |= named(entry, path)
        elif entry.name:
            found[entry.name] = (path, getattr(entry.callback, "door", ""))
    return found


def test_every_open_page_is_inside_or_says_why_not() -> None:
    pages = named(get_resolver(settings.ROOT_URLCONF))
    is_open = {name for name, (path, door) in pages.items() if door.startswith("open") and not path.startswith(NEVER)}
    undecided = is_open - settings.EMBEDDED_PAGES - OUTSIDE.keys()
    assert undecided == set(), "put them into EMBEDDED_PAGES, or into OUTSIDE with a reason"
    assert is_open >= settings.EMBEDDED_PAGES
    assert OUTSIDE.keys() <= is_open
