"""The data of somebody without an account: what the browser shows for as long as its link was pressed lately."""

from datetime import datetime, timedelta

from django.http import HttpRequest

KEY = "guest_data"
LASTS = timedelta(hours=1)


def remember(request: HttpRequest, email: str, now: datetime) -> None:
    """Let this browser see what is kept of the address, for `LASTS`, in a session of its own."""
    request.session.cycle_key()
    request.session[KEY] = [email, (now + LASTS).isoformat()]


def address_of(request: HttpRequest, now: datetime) -> str:
    """The address that this browser may see the data of; empty for none."""
    email, until = request.session.get(KEY) or ("", "")
    return str(email) if until and now < datetime.fromisoformat(until) else ""


def forget(request: HttpRequest) -> None:
    """Not any more."""
    request.session.pop(KEY, None)
