"""What strangers do at the platform's host, as tests of the public site say it."""

import re
from typing import Any

from tenants.models import OutgoingMail
from tests.flows.pages import Page, Visitor
from website.models import SignUp

PLATFORM = "localhost"
EMAIL = "nora@club.example"
PASSWORD = "correct-horse-battery"
LINK = re.compile(r"https?://\S+/sign-up/link/[\w-]+/")
TYPED = {
    "name": "Padel Nord",
    "slug": "padel-nord",
    "email": EMAIL,
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "terms": "on",
}


def apply(someone: Visitor, **changes: str) -> Page:
    """Fill in the form and send it; the page that comes."""
    page = someone.open("/sign-up/")
    return someone.send(page, page.form_with("slug"), **{**TYPED, **changes})


def letters(email: str = EMAIL) -> list[OutgoingMail]:
    """What the platform has posted to an address, the newest first."""
    return list(OutgoingMail.objects.filter(schema_name="public", to=email).order_by("-pk"))


def link_in(letter: OutgoingMail) -> str:
    """The full address of its link."""
    found = LINK.search(letter.text)
    assert found, "there is no link in it"
    return found[0]


def path_in(letter: OutgoingMail) -> str:
    """The link's path alone."""
    return "/sign-up/link/" + link_in(letter).partition("/sign-up/link/")[2]


def applied(**changes: str) -> tuple[SignUp, str]:
    """A sign-up that waits, and the path of its link."""
    email = changes.get("email", EMAIL)
    page = apply(Visitor(PLATFORM), **changes)
    assert page.path.startswith("/sign-up/sent/"), page.text
    letter = letters(email)[0]
    return SignUp.objects.get(pk=letter.key.split(":")[1]), path_in(letter)


def press(someone: Visitor, path: str, password: str = PASSWORD, **more: Any) -> Any:
    """Press the button behind a link: the answer as it is, for it leads to another host."""
    page = someone.open(path)
    form = page.form_with("password")
    return someone.client.post(path, {**form.fields, "password": password, **more})
