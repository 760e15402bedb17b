"""A browser without JavaScript that talks to a real server: cookies, forms, redirects, CSRF."""

import http.client
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from embedded.ports import HOST
from tests.flows.pages import Page, Visitor
from tests.servers import Server
from tests.worlds import PASSWORD, World


class Response:
    """An answer as `Page` reads it."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, content: bytes) -> None:
        self.status_code, self.headers, self.content = status, headers, content

    def __getitem__(self, name: str) -> str:
        return str(self.headers[name])


class Connection:
    """What Django's test client is to `Visitor`, over HTTP; every request has a connection of its own."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Response:
        """GET."""
        asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return self.request("GET", asked, b"", headers)

    def post(self, path: str, form: Mapping[str, Any], **headers: str) -> Response:
        """A form, as browsers send it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.request("POST", path, urlencode(form, doseq=True).encode(), headers)

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """One request and its answer; cookies are kept."""
        parts = urlsplit(path)
        asked = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {"Host": f"{self.host}:{self.port}", "Accept": "text/html", **headers}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            sent["Origin"] = f"http://{self.host}:{self.port}"
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, asked, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Response(answer.status, answer.headers, content)


class Window(Visitor):
    """A visitor at a real server."""

    def __init__(self, server: Server, world: World) -> None:
        self.client: Any = Connection(server.port, world.host)
        self.world = world

    def enter(self, who: str) -> Page:
        """Somebody of the cast signs in."""
        return self.sign_in(f"{who}@{self.world.canary}.example", PASSWORD)
