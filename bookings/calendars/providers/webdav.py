"""WebDAV as calendars need it (RFC 4918, RFC 4791): questions in XML, and answers that nobody has to trust.

Credentials go to the host that the owner named and to its neighbours under the same domain, nowhere else.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bookings.calendars.providers import Dead, Later, Rejected
from bookings.calendars.providers.asking import ask
from outside import vault
from outside.client import Answer

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
XML = {"Content-Type": 'application/xml; charset="utf-8"'}
MOVED = frozenset({301, 302, 303, 307, 308})
MOST_MOVES = 5


@dataclass(frozen=True)
class Login:
    """Name and password, best one that was made for us alone ("app password")."""

    username: str
    password: str

    def sealed(self) -> str:
        """For `Connection.sealed`."""
        return vault.seal(json.dumps({"username": self.username, "password": self.password}))

    @classmethod
    def of(cls, sealed: str) -> "Login":
        """What was sealed; raises `Dead` where it cannot be opened."""
        try:
            return cls(**json.loads(vault.unseal(sealed)))
        except (vault.Sealed, TypeError, ValueError) as error:
            raise Dead("sealed") from error

    @property
    def header(self) -> Mapping[str, str]:
        """Basic authentication (RFC 7617)."""
        both = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {both}"}


@dataclass(frozen=True)
class Found:
    """What a server says of one address: its properties that it has (status 200), by their names with namespaces.

    `status` is of the whole response where it has one: 404 in a sync report says that it is gone.
    """

    url: str
    properties: Mapping[str, Element]
    status: int = 200

    def text(self, name: str) -> str:
        """A property's text, empty where it is not there."""
        found = self.properties.get(name)
        return "" if found is None else (found.text or "").strip()

    def link(self, name: str) -> str:
        """The full address in a property that has one (`<href>`), or nothing."""
        found = self.properties.get(name)
        href = None if found is None else found.find(f"{DAV}href")
        return "" if href is None or not href.text else urljoin(self.url, href.text.strip())


def send(
    login: Login, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[Answer, str]:
    """Ask, following redirects to neighbours; the answer and where it came from.

    Raises `Dead("unauthorized")` for a password that is refused, `Dead("elsewhere")` for a redirect to strangers.
    """
    for _ in range(MOST_MOVES):
        answer = ask(method, url, {**login.header, **(headers or {})}, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise Dead("unauthorized")
        to = answer.headers.get("Location", "")
        if answer.status not in MOVED or not to:
            return answer, url
        url = near(url, urljoin(url, to))
    raise Rejected("too_many_redirects")


def near(known: str, other: str) -> str:
    """The other address, if the password may go there: the same host, or one of the same domain, and not in the clear.

    Raises `Dead("elsewhere")`.
    """
    old, new = urlsplit(known), urlsplit(other)
    if old.scheme == "https" and new.scheme != "https":
        raise Dead("elsewhere")
    if old.hostname == new.hostname or _domain(old.hostname or "") == _domain(new.hostname or "") != "":
        return other
    raise Dead("elsewhere")


def propfind(login: Login, url: str, body: str, depth: int = 0) -> list[Found]:
    """Ask for properties; nothing where there is no such thing at the address. Raises as `send`, and `Later`."""
    answer, at = send(login, "PROPFIND", url, {**XML, "Depth": str(depth)}, body.encode())
    return list(multistatus(answer, at)) if answer.status == HTTPStatus.MULTI_STATUS else []


def multistatus(answer: Answer, url: str) -> Iterator[Found]:
    """The responses in an answer of status 207. Raises `Later("bad_answer")` for what is no XML, or hostile XML."""
    try:
        root = fromstring(answer.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Later("bad_answer") from error
    for response in root.iter(f"{DAV}response"):
        href = response.findtext(f"{DAV}href", "").strip()
        if href:
            yield Found(urljoin(url, href), dict(_properties(response)), _status(response))


def _properties(response: Element) -> Iterator[tuple[str, Element]]:
    for part in response.iter(f"{DAV}propstat"):
        if _status(part) == HTTPStatus.OK:
            for prop in part.iter(f"{DAV}prop"):
                yield from ((found.tag, found) for found in prop)


def _status(of: Element) -> int:
    words = of.findtext(f"{DAV}status", "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else HTTPStatus.OK


def _domain(host: str) -> str:
    """The last two labels of a name; nothing for an address in numbers, which has no neighbours."""
    labels = host.rsplit(".", 2)[-2:]
    return "" if len(labels) < len(("name", "tld")) or labels[-1].isdecimal() or ":" in host else ".".join(labels)
