"""A real mail server for workers of the races, and what arrived there."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from embedded.ports import HOST, any_free_port


class Box:
    """What arrived: to whom, under which Message-ID, with which subject."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a letter."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters += [(to, letter["Message-ID"], str(letter["Subject"]).strip()) for to in envelope.rcpt_tos]
        return "250 OK"

    def about(self, beginning: str) -> dict[str, set[str]]:
        """Message-IDs of the letters whose subject begins so, by address: a copy of one is no second letter."""
        found = defaultdict(set)
        for to, number, subject in self.letters:
            if subject.startswith(beginning):
                found[to].add(number)
        return found


@contextmanager
def mailbox() -> Iterator[tuple[Box, dict[str, str]]]:
    """The box, and what a worker needs to know to send there."""
    box = Box()
    server = Controller(box, hostname=HOST, port=any_free_port())
    server.start()
    try:
        yield box, {"EMAIL_HOST": HOST, "EMAIL_PORT": str(server.port)}
    finally:
        server.stop()
