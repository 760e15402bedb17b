"""What comes in over HTTP and what goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Cut(Exception):
    """The connection ends without an answer."""


@dataclass
class Request:
    """A request, read whole. Header names are in Title-Case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass
class Answer:
    """An answer; its body is JSON unless the headers say otherwise."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
