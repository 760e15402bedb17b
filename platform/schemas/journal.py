"""The log as lines of JSON: what happened, for which tenant and request, and nothing about people.

Ids travel beside the words: `noting` keeps them for whatever is logged meanwhile. Words are trusted in our own loggers
alone: of a library's line the template is written and not what was put into it, and of an error its type and its way
through the code, never its message, for both may quote what somebody typed. What is left goes through `scrubbed`.
"""

import json
import logging
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

OURS = frozenset(
    {
        *("accounts", "billing", "bookings", "config", "desk", "kernel", "oauth", "operators", "outside", "rest"),
        *("schemas", "tenants", "venues", "website"),
    }
)
"""Root packages whose loggers are believed."""
FIELDS = ("method", "route", "status", "duration_ms", "state", "queue")
"""What a line of ours may carry besides, by `extra=`."""
OUR_IDS = frozenset({"request_id", "task", "task_id", "work", "booking", "stripe_event"})
"""What we made ourselves, or have looked at: random as it is, it is nobody's secret."""
HARMLESS = frozenset({"name", "id", "runtime", "description", "hostname"})
"""What Celery puts into its lines by name, and may be written."""
MOST_FRAMES = 30
ROOT = Path(__file__).resolve().parents[2]

HIDDEN = "[hidden]"
_GIVEN_IDS = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(evt|acct|pi|re|ch|dp|po|in|sub|cus|txn|cs|req)_[A-Za-z0-9]+"
)
_PERSONAL = (
    re.compile(r"[^\s@<>\"'(),;]+@[^\s@<>\"'(),;]+\.[^\W\d_]{2,}"),  # addresses for mail
    re.compile(r"(?<=\?)[^\s\"']*=[^\s\"']*"),  # questions in addresses of pages
    re.compile(r"(?i)\bbearer\s+\S+"),
    re.compile(r"\b(sk|rk|pk|whsec)_[A-Za-z0-9_]+|\b\w+_secret_\w+"),
    re.compile(r"\+\d[\d ()/.-]{5,}\d|\b0\d{2,5}[ /-]\d{3,}[\d ]*"),  # telephones
    re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"),  # machines
    re.compile(r"(?<![\w:])(?=[0-9a-fA-F:]*(::|[a-fA-F]))([0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"),
)
_WORDS = re.compile(r"[A-Za-z0-9_.:~+/=-]{20,}")
_RANDOM = re.compile(r"(?=[A-Za-z_.:~+/=-]*[0-9])(?=[0-9_.:~+/=-]*[A-Za-z])[A-Za-z0-9_.:~+=-]{20,}")

_notes: ContextVar[Mapping[str, str]] = ContextVar("notes", default=MappingProxyType({}))


@contextmanager
def noting(**notes: str) -> Iterator[None]:
    """Whatever is logged in the block carries these ids; empty ones are left out."""
    token = _notes.set({**_notes.get(), **{name: value for name, value in notes.items() if value}})
    try:
        yield
    finally:
        _notes.reset(token)


def noted(name: str) -> str:
    """An id that is carried now, or nothing."""
    return _notes.get().get(name, "")


def scrubbed(text: str) -> str:
    """A text without what looks like an address, a telephone number, a machine or a secret; ids of things stay."""
    for pattern in _PERSONAL:
        text = pattern.sub(HIDDEN, text)
    return _WORDS.sub(lambda found: _without_secrets(found.group()), text)


def _without_secrets(word: str) -> str:
    parts = re.split(r"([/:=.])", word)
    return "".join(HIDDEN if _RANDOM.fullmatch(part) and not _GIVEN_IDS.fullmatch(part) else part for part in parts)


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: `ts`, `level`, `logger`, `message`, `tenant`, the ids that are carried, and the error if any."""
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(_said(record)),
        }
        if tenant := record.__dict__.get("tenant") or _schema():
            line["tenant"] = tenant
        line |= {name: value if name in OUR_IDS else scrubbed(value) for name, value in _notes.get().items()}
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[1]:
            line["error"] = fault(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def fault(error: BaseException) -> dict[str, Any]:
    """An error as it may be written down: its type, its way through the code and what caused it; never its words."""
    found: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    found["at"] = list(_way(error.__traceback__))[-MOST_FRAMES:]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        found["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return found


def _way(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        path = Path(code.co_filename)
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-3:])
        yield f"{name}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def _said(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in OURS:
        return record.getMessage()
    template = str(record.msg)
    if isinstance(record.args, Mapping) and record.args:
        known = {name: value for name, value in record.args.items() if name in HARMLESS}
        try:
            return template % defaultdict(lambda: HIDDEN, known)
        except (TypeError, ValueError):
            return template
    return template


def _schema() -> str:
    """The schema that this thread works for; nothing in programs without Django."""
    from django.conf import settings

    if not settings.configured or "schemas.current" not in sys.modules:
        return ""
    from schemas.current import current_schema

    return current_schema()
