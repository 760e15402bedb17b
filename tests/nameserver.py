"""A name server on this machine that answers over UDP with the records a test gives it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass
class Zone:
    """What there is: `records[name, kind]` are texts as a zone file has them. Of `silent` names nothing is known."""

    port: int = 0
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def say(self, name: str, kind: str, *values: str) -> None:
        """Set the records of a name; none takes them away."""
        self.records[name, kind] = list(values)

    def answer(self, asked: bytes) -> bytes:
        """What is sent back for a question."""
        query = dns.message.from_wire(asked)
        question = query.question[0]
        name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
        reply: Any = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        values = self.records.get((name, kind))
        if name in self.silent:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        elif not any(known == name and found for (known, _kind), found in self.records.items()):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return bytes(reply.to_wire())


@contextmanager
def serving() -> Iterator[Zone]:
    """Serve a zone for as long as the block runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.2)
        zone, ended = Zone(listening.getsockname()[1]), threading.Event()
        thread = threading.Thread(target=_serve, args=(listening, zone, ended), daemon=True)
        thread.start()
        try:
            yield zone
        finally:
            ended.set()
            thread.join()


def _serve(listening: socket.socket, zone: Zone, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            asked, whom = listening.recvfrom(4096)
        except TimeoutError:
            continue
        listening.sendto(zone.answer(asked), whom)
