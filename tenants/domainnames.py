"""Names of domains that owners bring: as the DNS has them, and only such as can be somebody's own (T25)."""

import ipaddress
from functools import cache

import idna
from django.conf import settings
from django.utils.translation import gettext as _
from publicsuffixlist import PublicSuffixList

from kernel.errors import Invalid

LONGEST, LONGEST_TYPED = 253, 300
NOBODYS = frozenset(
    {"localhost", "local", "internal", "invalid", "onion", "alt", "arpa", "home", "lan", "corp", "test"}
)
"""Ends of names that no DNS of the internet answers for (RFC 6761, and what people call their networks)."""


def as_written(typed: str) -> str:
    """What somebody typed as the DNS has it: `https://www.Bäder.example/` is `www.xn--bder-hoa.example`.

    Raises `Invalid("bad_domain")` for what is no name of the internet, `Invalid("domain_ours")` for the platform's own
    and `Invalid("domain_shared")` for what many share, such as `co.uk`.
    """
    name = _encoded(_host(typed))
    if name.rpartition(".")[2] in NOBODYS or "." not in name or _is_address(name):
        raise _bad()
    ours = settings.BASE_DOMAIN.lower()
    if name == ours or name.endswith(f".{ours}") or ours.endswith(f".{name}"):
        raise Invalid("domain_ours", _("This address is the platform’s own. Bring a domain that is yours."))
    if _suffixes().privatesuffix(name) is None:
        raise Invalid("domain_shared", _("Many share this ending, so it cannot be yours alone. Write the whole name."))
    return name


def as_read(name: str) -> str:
    """As people read it: `www.bäder.example`."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def is_top(name: str) -> bool:
    """Whether it is what was registered, such as `club.example`: there the DNS has no room for an alias."""
    top: str | None = _suffixes().privatesuffix(name)
    return top == name


def registered(name: str) -> str:
    """What was registered of a name: `club.example` of `courts.club.example`; the name itself where nothing was."""
    return _suffixes().privatesuffix(name) or name


def _host(typed: str) -> str:
    text = typed.strip()
    if not text.isprintable() or len(text) > LONGEST_TYPED:
        raise _bad()
    rest = text.partition("://")[2] if text.lower().startswith(("http://", "https://")) else text
    host = rest.partition("/")[0]
    if "@" in host or ":" in host or "*" in host:
        raise _bad()
    return host.removesuffix(".")


def _encoded(host: str) -> str:
    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise _bad() from None
    if len(name) > LONGEST:
        raise _bad()
    return name


def _is_address(name: str) -> bool:
    if name.rpartition(".")[2].isdigit():
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _bad() -> Invalid:
    return Invalid("bad_domain", _("This is not a domain. Write it like courts.club.com."))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
