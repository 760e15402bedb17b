"""What production asks of its environment: everything that is missing or makes no sense is said at once, by name.

Plain Python, read before the other settings: those would stumble over the first value, and say what Python says.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.settings import carriers

SHORTEST_KEY = 32
WEAK = frozenset({"changeme", "change-me", "secret", "password"})
HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^<>@]*<[^@\s]+@[^@\s]+\.[^@\s]+>")


class Nonsense(Exception):
    """Why a value cannot be meant, in words that follow its name; the value itself is not repeated."""


Judge = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demand:
    """One variable: what it is for, who judges its value, and whether production can do without."""

    name: str
    purpose: str
    judge: Judge
    is_required: bool = False


def key(value: str) -> None:
    """A secret of 32 characters or more that somebody made up for this."""
    if len(value) < SHORTEST_KEY:
        raise Nonsense(f"has {len(value)} characters and needs {SHORTEST_KEY} at least")
    if len(set(value)) < 5 or value.lower() in WEAK:  # noqa: PLR2004 - one word typed over and over
        raise Nonsense("is not random")
    if value.startswith("replace"):
        raise Nonsense("is still the example's")


def keys(value: str) -> None:
    """Secrets with commas between them."""
    for each in value.split(","):
        key(each.strip())


def whole(least: int, most: int) -> Judge:
    """A whole number from one to the other."""

    def judge(value: str) -> None:
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise Nonsense(f"is not a whole number from {least} to {most}")

    return judge


def seconds(value: str) -> None:
    """A number above zero."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) or not float(value):
        raise Nonsense("is not a number of seconds")


def one_of(*allowed: str) -> Judge:
    """One word of a few."""

    def judge(value: str) -> None:
        if value not in allowed:
            raise Nonsense(f"is none of {', '.join(allowed)}")

    return judge


def address_of(*schemes: str) -> Judge:
    """A URL with one of these schemes, and a host or a socket."""

    def judge(value: str) -> None:
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in schemes or not (parts.netloc or parts.query or parts.path) or port == 0:
            raise Nonsense(f"is not an address that begins with {' or '.join(f'{each}://' for each in schemes)}")

    return judge


def networks(value: str) -> None:
    """Networks such as 10.0.0.0/8 with commas between them."""
    for each in _listed(value):
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise Nonsense("is not a list of networks such as 10.0.0.0/8") from None


def addresses(value: str) -> None:
    """Addresses of machines with commas between them."""
    for each in _listed(value):
        try:
            ipaddress.ip_address(each)
        except ValueError:
            raise Nonsense("is not a list of addresses such as 192.0.2.7") from None


def host(value: str) -> None:
    """A name of the DNS in small letters, without scheme, port or path."""
    if not HOST.fullmatch(value):
        raise Nonsense("is not a bare name such as forecourt.example")


def mail_address(value: str) -> None:
    """An address for mail, with or without a name before it."""
    if not ADDRESS.fullmatch(value):
        raise Nonsense("is not a mail address")


def country(value: str) -> None:
    """Two capital letters."""
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise Nonsense("is not a code such as DE")


def words(value: str) -> None:
    """Anything that is not blank."""
    if not value.strip():
        raise Nonsense("is blank")


ENDPOINT = address_of("http", "https")
PORT = whole(1, 65_535)
DEMANDS = (
    Demand("SECRET_KEY", "signs sessions and links", key, is_required=True),
    Demand("VAULT_KEYS", "seal what tenants trust us with; the first one seals", keys, is_required=True),
    Demand("DATABASE_URL", "PostgreSQL", address_of("postgresql", "postgres"), is_required=True),
    Demand("REDIS_URL", "the broker of tasks", address_of("redis", "rediss", "unix"), is_required=True),
    Demand("BASE_DOMAIN", "tenants live below it", host, is_required=True),
    Demand("CACHE_URL", "the cache", address_of("redis", "rediss", "unix")),
    Demand("LIMITS_URL", "counts of calls", address_of("redis", "rediss", "unix")),
    Demand("PROXIES", "how many proxies stand in front", whole(0, 10)),
    Demand("PUBLIC_PORT", "the port in addresses that we give away", PORT),
    Demand("DATABASE_POOL", "connections of a web process", whole(0, 1000)),
    Demand("DATABASE_REPLICA_URL", "a replica for reports", address_of("postgresql", "postgres")),
    Demand("REPLICA_LAG_SECONDS", "how far it may be behind", seconds),
    Demand("MIGRATION_WORKERS", "processes that migrate", whole(1, 64)),
    Demand("WEB_PROCESSES", "how many web processes a container has", whole(1, 64)),
    Demand("WEB_THREADS", "how many threads each has", whole(1, 512)),
    Demand("DRAIN_SECONDS", "how long a web process says that it will stop", whole(0, 300)),
    Demand("BACKUPS_KEPT", "how many days the oldest backup is kept", whole(1, 4000)),
    Demand("PORT", "where a web process listens", PORT),
    Demand("METRICS_PORT", "where a process tells its own figures", PORT),
    Demand("EMAIL_PORT", "the mail server's port", PORT),
    Demand("EMAIL_USE_TLS", "whether mail is carried under TLS", one_of("0", "1")),
    Demand("DEFAULT_FROM_EMAIL", "the platform's address", mail_address),
    Demand("STRIPE_API_HOST", "where Stripe is", ENDPOINT),
    Demand("STRIPE_JS_URL", "where Stripe's script is", ENDPOINT),
    Demand("STRIPE_TAX", "whether Stripe Tax adds VAT to plans", one_of("0", "1")),
    Demand("PLATFORM_VAT", "VAT in basis points", whole(0, 10_000)),
    Demand("PLATFORM_COUNTRY", "where the platform pays VAT", country),
    Demand("SIGN_UP", "whether new businesses may open", one_of("open", "closed")),
    Demand("METRICS_NETWORKS", "who may read the figures", networks),
    Demand("OPERATOR_NETWORKS", "from where operators work", networks),
    Demand("DNS_RESOLVERS", "who is asked about domains", addresses),
    Demand("WEB_ADDRESSES", "where the web servers are", addresses),
    Demand("DNS_PORT", "the resolvers' port", PORT),
    Demand("DNS_SECONDS", "how long a resolver is waited for", seconds),
    Demand("LOG_FORMAT", "how the log is written", one_of("json", "plain")),
    Demand("SENTRY_DSN", "where errors are sent", ENDPOINT),
    Demand("OTEL_EXPORTER_OTLP_ENDPOINT", "where traces are sent", ENDPOINT),
)


def unmet(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that is missing or makes no sense, in the order of the table."""
    return [*_unmet(environ), *_unmet_mail(environ)]


def _unmet(environ: Mapping[str, str]) -> Iterator[str]:
    for demand in DEMANDS:
        value = environ.get(demand.name, "")
        if not value:
            if demand.is_required:
                yield f"{demand.name} is missing: {demand.purpose}"
            continue
        try:
            demand.judge(value)
        except Nonsense as why:
            yield f"{demand.name} {why}: {demand.purpose}"


def _unmet_mail(environ: Mapping[str, str]) -> Iterator[str]:
    provider = environ.get("MAIL_PROVIDER", "") or "smtp"  # files are for developers
    if provider not in carriers.NEEDS:
        yield f"MAIL_PROVIDER is none of {', '.join(sorted(carriers.NEEDS))}: who carries mail"
        return
    for name in carriers.NEEDS[provider]:
        if not environ.get(name):
            yield f"{name} is missing: mail goes through {provider}"


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]
