"""How often what may be called: `RATE_LIMITS`, by kind of call and by whom it is counted (docs/api.md, Limits)."""

from collections.abc import Collection, Mapping

from django.core.exceptions import ImproperlyConfigured

# Calls in seconds, `how many/seconds`: of one caller, of one app (which has no address that would say anything) or one
# network address, and of all callers of a tenant together.
# RELIABILITY.md, 12 says how many holds, wrong passwords, wrong links and exports (two of each of three files).
VOLUMES: dict[str, str] = {
    "read.caller": "600/60",
    "read.app": "6000/60",
    "read.address": "1200/60",
    "read.tenant": "12000/60",
    "search.caller": "120/60",
    "search.app": "1200/60",
    "search.address": "240/60",
    "search.tenant": "2400/60",
    "write.caller": "120/60",
    "write.app": "1200/60",
    "write.address": "240/60",
    "write.tenant": "2400/60",
    "hold.caller": "10/60",
    "hold.app": "120/60",
    "hold.address": "10/60",
    "hold.tenant": "1200/60",
    "export.caller": "6/60",
    "export.app": "6/60",
    "export.address": "6/60",
    "export.tenant": "60/60",
    # Links by mail: to one address, whoever asks, and from one place.
    "letter.caller": "5/900",
    "letter.address": "20/900",
    "letter.tenant": "600/900",
    # What customers and the team write to each other about bookings.
    "message.caller": "60/900",
    "message.app": "600/900",
    "message.address": "60/900",
    "message.tenant": "1200/900",
    "oauth.address": "120/60",
    "oauth.tenant": "1200/60",
    "wrong_token.address": "60/60",
}
# Of what people could guess only failures count: whoever does nothing wrong never meets these. Developers do, too.
FAILURES: dict[str, str] = {
    "wrong_password.address": "20/60",
    # Codes of an authenticator, of one person: a million codes, three of which are good at a time.
    "wrong_factor.caller": "5/900",
    "wrong_factor.address": "20/900",
    "wrong_code.caller": "10/60",
    "wrong_code.address": "20/60",
    "wrong_link.address": "20/60",
}


def chosen(changes: str, usual: Mapping[str, str] | None = None) -> dict[str, str]:
    """The usual limits with those that the environment changes: `hold.caller=20/60,search.address=500/60`."""
    limits = dict(usual or VOLUMES | FAILURES)
    for change in filter(None, (each.strip() for each in changes.split(","))):
        name, _equals, rate = change.partition("=")
        if name not in limits or not _is_rate(rate):
            raise ImproperlyConfigured(
                f"RATE_LIMITS does not know {change!r}; write name=calls/seconds with one of {', '.join(limits)}."
            )
        limits[name] = rate
    return limits


def generous(names: Collection[str] = VOLUMES.keys()) -> dict[str, str]:
    """A million in place of these: what is usual for developers and tests, whose machine is one address."""
    return {name: "1000000/60" if name in names else rate for name, rate in (VOLUMES | FAILURES).items()}


def _is_rate(text: str) -> bool:
    most, _slash, seconds = text.partition("/")
    return all(part.isascii() and part.isdigit() and int(part) > 0 for part in (most, seconds))
