"""A real CalDAV server: Radicale on a free port, with two people who have a password each, and whatever calendars a
test makes for them."""

import base64
import http.client
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from embedded import processes
from embedded.ports import HOST, any_free_port
from embedded.processes import Child, Program
from tests import databases

PEOPLE = {"olga": "apple-pie-1", "mallory": "banana-split-2"}
READY_WITHIN = 60.0
POLL = 0.05
MAKE = (
    '<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
    "<d:displayname>{name}</d:displayname></d:prop></d:set></c:mkcalendar>"
)


@dataclass(frozen=True)
class Radicale:
    """The running server."""

    port: int
    folder: Path
    child: Child

    @property
    def url(self) -> str:
        """Its address, as an owner would type it."""
        return f"http://{HOST}:{self.port}/"

    def calendar(self, name: str = "Courts", who: str = "olga") -> str:
        """A new calendar of somebody's; its address."""
        url = f"{self.url}{who}/{uuid4().hex}/"
        status, _headers, _body = self.ask("MKCALENDAR", url, MAKE.format(name=name).encode(), who=who)
        assert status == http.HTTPStatus.CREATED
        return url

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, who: str = "olga"
    ) -> tuple[int, Mapping[str, str], bytes]:
        """What the server says to somebody who knows the password: status, headers, body."""
        asked = http.client.HTTPConnection(HOST, self.port, timeout=60)
        password = base64.b64encode(f"{who}:{PEOPLE[who]}".encode()).decode()
        try:
            asked.request(method, urlsplit(url).path, body, {"Authorization": f"Basic {password}", **(headers or {})})
            answer = asked.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            asked.close()

    def files(self, calendar: str) -> dict[str, bytes]:
        """The events that lie in a calendar, by the names of their files, from the server's own folder."""
        folder = Path(self.folder, "collection-root", urlsplit(calendar).path.strip("/"))
        return {file.name: file.read_bytes() for file in folder.glob("*.ics")}


@contextmanager
def radicale() -> Iterator[Radicale]:
    """Radicale, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="radicale-") as folder:
        people = Path(folder, "people")
        people.write_text("".join(f"{name}:{password}\n" for name, password in PEOPLE.items()))
        port = any_free_port()
        command = [sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"{HOST}:{port}"]
        command += ["--auth-type", "htpasswd", "--auth-htpasswd-filename", str(people)]
        command += ["--auth-htpasswd-encryption", "plain", "--auth-delay", "0", "--rights-type", "owner_only"]
        command += ["--storage-filesystem-folder", folder]
        env = {"PATH": str(Path(sys.executable).parent), "PYTHONUNBUFFERED": "1"}
        with Path(folder, "log").open("wb") as log:
            child = processes.start(Program("radicale", command, env, databases.ROOT), Path(folder), log)
        try:
            server = Radicale(port, Path(folder), child)
            _wait(server, Path(folder, "log"))
            yield server
        finally:
            child.stop()


def _wait(server: Radicale, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            server.ask("GET", server.url)
        except OSError:
            assert server.child.exit_code() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(POLL)
        else:
            return
