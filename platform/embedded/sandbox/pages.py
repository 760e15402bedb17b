"""Pages of the sandbox's own that stand where Stripe's would: plain HTML, no scripts."""

import html
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit, urlunsplit

from embedded.sandbox import forms
from embedded.sandbox.courier import Courier
from embedded.sandbox.messages import Answer, Request
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World

Page = Callable[[World, str, Json], Answer]
"""Gets the world, the last part of the path, and the form; called inside a step."""
_pages: list[tuple[str, re.Pattern[str], Page]] = []
STYLE = """body{font:16px/1.5 system-ui,sans-serif;background:#f6f8fa;color:#1a1f36;margin:0}
main{max-width:28rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:.75rem;box-shadow:0 2px 12px #0002}
small{color:#697386}label{display:block;margin:.75rem 0}
input,select{display:block;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #c1c9d2;border-radius:.4rem}
button{width:100%;padding:.7rem;margin-top:.75rem;border:0;border-radius:.4rem;background:#635bff;color:#fff}
button,input,select{font:inherit}button{cursor:pointer}button.quiet{background:#e3e8ee;color:#1a1f36}
p.problem{color:#b3093c}"""


def page(method: str, pattern: str) -> Callable[[Page], Page]:
    """Decorator: this function answers a method and a path, whose one group it gets."""

    def register(answer: Page) -> Page:
        _pages.append((method, re.compile(pattern), answer))
        return answer

    return register


def answer(world: World, courier: Courier, request: Request) -> Answer:
    """Answer a browser; what that changed is told to webhooks. Raises Problem."""
    for method, pattern, respond in _pages:
        found = pattern.fullmatch(request.path)
        if found and method == request.method:
            form = {**forms.decode(request.query), **forms.decode(request.body)}
            with world.step() as made:
                answered = respond(world, found.group(1), form)
            courier.send(made)
            return answered
    return refusal("There is no such page.", HTTPStatus.NOT_FOUND)


def shown(title: str, content: str, status: int = HTTPStatus.OK) -> Answer:
    """A page; `content` is HTML."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main><small>Stripe (sandbox)</small><h1>{html.escape(title)}</h1>{content}</main></body></html>"
    )
    return Answer(status, text, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def form_of(*fields: str, **buttons: str) -> str:
    """A form that is posted to the page itself: HTML of fields, then a button for each value of `do`."""
    first, *rest = buttons.items()
    pressed = f'<button name="do" value="{first[0]}">{html.escape(first[1])}</button>'
    pressed += "".join(
        f'<button class="quiet" name="do" value="{do}">{html.escape(text)}</button>' for do, text in rest
    )
    return f'<form method="post">{"".join(fields)}{pressed}</form>'


def field(name: str, label: str, value: str = "", kind: str = "text") -> str:
    """A labelled input."""
    given = f'name="{html.escape(name)}" type="{kind}" value="{html.escape(value)}"'
    return f"<label>{html.escape(label)}<input {given}></label>"


def redirect(url: str, **query: str) -> Answer:
    """Send the browser on, with parameters added to the URL."""
    parts = urlsplit(url)
    added = "&".join(each for each in (parts.query, urlencode(query)) if each)
    return Answer(HTTPStatus.SEE_OTHER, "", {"Location": urlunsplit(parts._replace(query=added))})


def refusal(message: str, status: int) -> Answer:
    """A page that says what is wrong."""
    return shown("This does not work", f'<p class="problem">{html.escape(message)}</p>', status)


def gone(message: str) -> Problem:
    """The page was there once."""
    return Problem(message, status=HTTPStatus.GONE)
