"""Which addresses strangers may give us: nothing that leads back inside (OWASP ASVS 5.0, 1.3.6; RELIABILITY.md T22)."""

import ipaddress
import socket
from dataclasses import dataclass

from django.conf import settings
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

LONGEST_URL = 2000
LEAST_FREE_PORT = 1024
PORTS = {"https": 443, "http": 80}
SERVICES = frozenset(
    {1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5433, 5672, 5984, 5985, 5986, 6379, 6380}
    | {6443, 7000, 7001, 8086, 8500, 9042, 9092, 9200, 9300, 10250, 11211, 15672, 25672, 26379, 27017, 27018, 61616}
)
"""Ports from 1024 on where databases, brokers and machines are run from; below, only 443 is for us."""
INSIDE = [
    ipaddress.ip_network(network)
    for network in [
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    ]
]
"""IANA's registries of special-purpose addresses. 2001::/23 has Teredo in it, 2002::/16 is 6to4."""
OUTSIDE_V6 = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is global unicast: NAT64, mapped and compatible addresses, which contain IPv4 ones, are not."""
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
OURSELVES = "localhost"


class Unreachable(Exception):
    """Nothing came back. `code` is all that may be shown: what went wrong inside is nobody's business.

    `bad_url`, `address_refused` (it leads inside, T22), `no_connection`, `tls`, `too_slow`, `too_large`, `bad_answer`.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Address:
    """A URL in its parts, as it is asked. `host` has no brackets, `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The Host header: brackets for IPv6, no port where it is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def parse(url: str) -> Address:
    """Take a URL apart and refuse what can be refused by its looks.

    Raises `Unreachable`: `bad_url` for another scheme than https, user names, control characters, or a port that is
    for something else; `address_refused` where the host is an address inside, in whatever spelling.
    """
    if len(url) > LONGEST_URL or any(character <= " " or character in "\\\x7f" for character in url):
        raise Unreachable("bad_url")
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise Unreachable("bad_url") from error
    scheme, host = parts.scheme or "", (parts.host or "").removeprefix("[").removesuffix("]")
    if not host or "%" in host or parts.auth is not None or not _is_spoken(scheme):
        raise Unreachable("bad_url")
    port = PORTS[scheme] if parts.port is None else parts.port
    if not _is_for_us(port, scheme):
        raise Unreachable("bad_url")
    _refuse_inside(host)
    return Address(scheme, host, port, parts.request_uri)


def _is_spoken(scheme: str) -> bool:
    return scheme == "https" or (scheme == "http" and settings.OUTSIDE_ALLOWS_LOOPBACK)


def _is_for_us(port: int, scheme: str) -> bool:
    return port == PORTS[scheme] or (port >= LEAST_FREE_PORT and port not in SERVICES)


def _refuse_inside(host: str) -> None:
    name = host.rstrip(".").lower()
    if name == OURSELVES or name.endswith(f".{OURSELVES}"):
        name = "127.0.0.1"
    literal = _literal(name)
    if literal and not is_outside(literal):
        raise Unreachable("address_refused")


def _literal(name: str) -> str:
    """The address that a host is, if it is one: `127.1`, `2130706433` and `0x7f000001` are, for the C library."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        pass
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return ""


def is_outside(address: str) -> bool:
    """Whether an address may be connected to: it is public. In development and tests, this machine is too."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if settings.OUTSIDE_ALLOWS_LOOPBACK and any(ip in network for network in LOOPBACK):
        return True
    if ip.version == OUTSIDE_V6.version and ip not in OUTSIDE_V6:
        return False
    return not any(ip in network for network in INSIDE)
