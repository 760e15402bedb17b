"""Pages as a browser without JavaScript sees them: text, links and forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, TypeVar
from urllib.parse import urljoin

from django.test import Client

Attributes = dict[str, str]
Found = TypeVar("Found")
COURT = "/venues/main/court-1/"


@dataclass
class Form:
    """A form with what it would send; `buttons` are its named submit buttons as (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects what a visitor can use."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[tuple[str, Attributes]] = []
        self.forms: list[Form] = []
        self.elements: list[tuple[str, Attributes]] = []
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "a":
            self.links.append((given.get("href", ""), given))
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: Attributes, form: Form) -> None:
        name = given.get("name", "")
        if given.get("type") == "radio" and "checked" not in given:
            return
        if tag == "input" and name:
            form.fields[name] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in form.fields):
            form.fields[self._select] = given.get("value", "")
        elif tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form:
            self._form.fields[self._textarea] += data.removeprefix("\n")
        self.text.append(data)


class Page:
    """An answer: `status`, `path`, and everything on it."""

    def __init__(self, path: str, response: Any) -> None:
        self.path = path
        self.status: int = response.status_code
        self.headers = response.headers
        self.html: str = response.content.decode()
        reader = Reader()
        reader.feed(self.html)
        self.text = " ".join(" ".join(reader.text).split())
        self.links, self.forms, self.elements = reader.links, reader.forms, reader.elements

    def form(self, action_end: str) -> Form:
        """The first form whose action ends so."""
        return self._first(self.forms_to(action_end), action_end)

    def forms_to(self, action_end: str) -> Iterator[Form]:
        """Every form whose action ends so."""
        return (form for form in self.forms if form.action.endswith(action_end))

    def form_with(self, name: str) -> Form:
        """The first form with a field or a button of this name."""
        found = (form for form in self.forms if name in form.fields or name in dict(form.buttons))
        return self._first(found, name)

    def link(self, part: str) -> str:
        """The first address with this in it."""
        return self._first((href for href, _given in self.links if part in href), part)

    def _first(self, found: Iterator[Found], wanted: str) -> Found:
        first = next(found, None)
        assert first is not None, f"no {wanted} at {self.path}, which answered {self.status}: {self.text}"
        return first


class Visitor:
    """A browser without JavaScript at one host: follows links and redirects, fills in forms, checks CSRF."""

    def __init__(self, host: str, **headers: Any) -> None:
        said = {"HTTP_ORIGIN": f"http://{host}", **headers}  # as browsers say it of every form
        self.client = Client(HTTP_HOST=host, enforce_csrf_checks=True, **said)

    def open(self, path: str) -> Page:
        """GET, redirects followed."""
        return self._follow(path, self.client.get(path))

    def send(self, page: Page, form: Form, *button: str, **typed: Any) -> Page:
        """Fill in and send a form of a page; `button` is the value of the one that is pressed."""
        pressed = dict(pair for pair in form.buttons if pair[1] in button)
        values = {**form.fields, **typed, **pressed}
        path = urljoin(page.path, form.action)
        if form.method == "get":
            return self._follow(path, self.client.get(path, values))
        return self._follow(path, self.client.post(path, values))

    def sign_in(self, email: str, password: str, then: str = "") -> Page:
        """By the sign-in page, which leads home, or to where one wanted to go."""
        page = self.open(f"/login/?next={then}" if then else "/login/")
        return self.send(page, page.form_with("password"), username=email, password=password)

    def _follow(self, path: str, response: Any) -> Page:
        while response.status_code in {301, 302, 303}:
            path = urljoin(path, response["Location"])
            response = self.client.get(path)
        return Page(path, response)
