"""Two clicks that reach the server at once, as a hasty finger sends them."""

import http.client
import threading
from urllib.parse import urlencode

import pytest

from tests.flows.pages import COURT, Form, Reader
from tests.servers import Server
from tests.worlds import ALPHA

HOST = f"{ALPHA['slug']}.localhost"


def slots_of(site: Server, path: str) -> tuple[Form, str]:
    """The slot form of a fresh visitor without a session, and the cookies that came with it."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port)
    connection.request("GET", path, headers={"Host": HOST})
    answer = connection.getresponse()
    reader = Reader()
    reader.feed(answer.read().decode())
    cookies = [line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie") or []]
    connection.close()
    return next(form for form in reader.forms if form.action.endswith("/hold/")), "; ".join(cookies)


def click(site: Server, form: Form, cookies: str, together: threading.Barrier, heard: list[tuple[int, str]]) -> None:
    """Send the form's first slot once the others are ready too."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port)
    connection.connect()
    body = urlencode([*form.fields.items(), form.buttons[0]])
    headers = {"Host": HOST, "Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    together.wait()
    connection.request("POST", form.action, body, headers)
    answer = connection.getresponse()
    answer.read()
    heard.append((answer.status, answer.headers.get("Location", "")))
    connection.close()


@pytest.mark.parametrize("fingers", [2, 8])
def test_clicks_at_once_lead_to_one_hold(site: Server, fingers: int) -> None:
    """R12: not even the first visitor of all, who has no session yet, hears that somebody else was faster."""
    form, cookies = slots_of(site, COURT)
    together = threading.Barrier(fingers)
    heard: list[tuple[int, str]] = []
    threads = [threading.Thread(target=click, args=(site, form, cookies, together, heard)) for _ in range(fingers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == fingers
    assert {status for status, _location in heard} == {302}
    assert len({location for _status, location in heard}) == 1
    assert heard[0][1].endswith("/details/")
