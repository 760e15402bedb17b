"""Developers see all mail that was sent on their machine; in production there is no such page."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import Resolver404, include, path, resolve
from pytest_django.fixtures import Settings

from config import urls_public
from tests.databases import ROOT

HTML = "<p onclick='x()'>Hello <b>you</b></p><script>alert(1)</script>"


@pytest.fixture
def developer(settings: Settings, tmp_path: Path, db: None) -> Iterator[Client]:
    """A browser at the platform's host of a developer's machine, where one letter was sent."""
    urls = ModuleType("urls_of_a_developer")
    urls.urlpatterns = [*urls_public.urlpatterns, path("", include("config.mailbox"))]  # type: ignore[attr-defined]
    for code in (400, 403, 404, 500):
        setattr(urls, f"handler{code}", getattr(urls_public, f"handler{code}"))
    sys.modules[urls.__name__] = urls
    settings.PUBLIC_SCHEMA_URLCONF = urls.__name__
    settings.EMAIL_FILE_PATH = tmp_path
    message = EmailMultiAlternatives(
        "Your booking",
        "Hello you",
        "Venue <bookings@platform.example>",
        ["gina@example.org"],
        connection=get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=tmp_path),
    )
    message.attach_alternative(HTML, "text/html")
    message.attach("booking.ics", b"BEGIN:VCALENDAR", "application/ics")
    message.send()
    yield Client(HTTP_HOST="localhost")
    del sys.modules[urls.__name__]


def text(answer: Any) -> str:
    """The page."""
    assert answer.status_code == 200
    return answer.content.decode()


def one(developer: Client) -> str:
    """The path of the one letter."""
    [name] = [file.stem for file in Path(os.fspath(_folder())).glob("*.log")]
    return f"/dev/mail/{name}/"


def _folder() -> str:
    return str(settings.EMAIL_FILE_PATH)


def test_list_leads_to_each_letter(developer: Client) -> None:
    page = text(developer.get("/dev/mail/"))
    assert "Your booking" in page
    assert f'href="{one(developer)}"' in page
    assert "booking.ics" in page


def test_mail_that_goes_out_is_not_said_to_stay(developer: Client, settings: Settings) -> None:
    settings.MAIL_PROVIDER = "files"
    assert "none of it went anywhere" in text(developer.get("/dev/mail/"))
    settings.MAIL_PROVIDER = "smtp"
    page = text(developer.get("/dev/mail/"))
    assert ("none of it went anywhere" in page, "Mail really goes out, by smtp," in page) == (False, True)
    for file in Path(_folder()).glob("*.log"):
        file.unlink()
    assert "Nothing has been sent yet" not in text(developer.get("/dev/mail/"))


def test_letter_shows_text_headers_and_attachments(developer: Client) -> None:
    page = text(developer.get(one(developer)))
    assert "Hello you" in page
    assert "gina@example.org" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>alert" not in page
    answer = developer.get(f"{one(developer)}attachments/0/")
    assert (answer.content, answer["Content-Disposition"]) == (b"BEGIN:VCALENDAR", "attachment")
    assert developer.get(f"{one(developer)}attachments/1/").status_code == 404
    assert "Subject: Your booking" in text(developer.get(f"{one(developer)}raw/"))


def test_html_is_shown_where_nothing_runs(developer: Client) -> None:
    answer = developer.get(f"{one(developer)}html/")
    assert text(answer).strip() == HTML
    policy = set(answer["Content-Security-Policy"].split("; "))
    assert {"default-src 'none'", "sandbox allow-popups allow-popups-to-escape-sandbox"} <= policy
    assert "script-src" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fsecrets", "a" * 200])
def test_other_files_are_not_shown(developer: Client, name: str) -> None:
    for end in ("", "raw/", "html/"):
        assert developer.get(f"/dev/mail/{name}/{end}").status_code == 404


def test_page_is_for_development_alone() -> None:
    with pytest.raises(Resolver404):
        resolve("/dev/mail/", urlconf="config.urls_public")


@pytest.mark.parametrize(("module", "there"), [("production", "False"), ("development", "True")])
def test_production_has_no_such_page_whatever_the_environment_says(module: str, there: str) -> None:
    made_up = {
        **dict.fromkeys(["SECRET_KEY", "VAULT_KEYS"], "made up " * 10),
        **dict.fromkeys(["BASE_DOMAIN", "EMAIL_HOST"], "made.up"),
        "DATABASE_URL": "postgresql://db/forecourt",
        "REDIS_URL": "redis://redis/0",
        "MAILBOX_PAGE": "1",
        "PYTHONPATH": "platform",
    }
    code = f"import config.settings.{module} as settings; print(settings.MAILBOX_PAGE)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**os.environ, **made_up}, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == there
