"""What the DNS says about a name: asked of the resolvers of `settings.DNS_RESOLVERS`, or of the machine's own."""

from contextlib import suppress

from django.conf import settings
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, Answer, NoAnswer, Resolver


class Unreachable(Exception):
    """Nobody answers for the name at the moment: that says neither yes nor no."""


def texts(name: str) -> list[str]:
    """The TXT records of a name, empty where there is none. Raises `Unreachable`."""
    found = _asked(name, "TXT")
    return [b"".join(each.strings).decode("utf-8", "replace") for each in found or ()]


def addresses(name: str) -> frozenset[str]:
    """Where a name leads to, by whichever aliases: IPv4 and IPv6. Raises `Unreachable`."""
    return frozenset(each.address for kind in ("A", "AAAA") for each in _asked(name, kind) or ())


def _asked(name: str, kind: str) -> Answer | None:
    resolver = Resolver(configure=not settings.DNS_RESOLVERS)
    if settings.DNS_RESOLVERS:
        resolver.nameservers = list(settings.DNS_RESOLVERS)
        resolver.port = settings.DNS_PORT
    resolver.lifetime = settings.DNS_SECONDS
    with suppress(NXDOMAIN, NoAnswer):
        try:
            return resolver.resolve(f"{name}.", kind, search=False)
        except (NXDOMAIN, NoAnswer):
            raise
        except (DNSException, OSError) as error:
            raise Unreachable from error
    return None
