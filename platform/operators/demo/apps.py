"""Two clients for scripts in each demo tenant: one that acts for itself, one that people allow."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from oauth import clients
from oauth.clients import Wish
from oauth.models import Application, digest
from rest.scopes import AVAILABILITY_READ, BOOKING_CANCEL, BOOKING_READ, BOOKING_WRITE, WEBHOOK_WRITE

Apps = dict[str, Any]

PARTNER = (AVAILABILITY_READ, BOOKING_READ, BOOKING_WRITE, BOOKING_CANCEL, WEBHOOK_WRITE)
BACK = "http://127.0.0.1:9999/back"


def wishes(owner: User) -> dict[str, Wish]:
    """Under the names that they have in the file. The first acts as the owner, so that it can book in v1, too."""
    own, asked = (Application.CREDENTIALS,), (Application.CODE,)
    itself = Wish("Demo partner", clients.SERVER, own, PARTNER, redirect_uris=(BACK,), acts_as=owner.pk)
    people = Wish("Demo app", clients.SERVER, asked, PARTNER, redirect_uris=(BACK,))
    return {"client_credentials": itself, "authorization_code": people}


def written(owner: User, old: Mapping[str, Any]) -> Apps:
    """What the file says of them; those in it that still open something stay, others are made anew."""
    return {name: _app(owner, wish, dict(old.get(name, {}))) for name, wish in wishes(owner).items()}


def _app(owner: User, wish: Wish, old: Apps) -> Apps:
    known = Application.objects.filter(client_id=old.get("client_id", ""), is_enabled=True).first()
    if known is not None and known.client_secret == digest(str(old.get("client_secret", ""))):
        return old
    Application.objects.filter(name=wish.name).delete()
    made, secret = clients.register(owner, wish)
    shown = {"client_id": made.client_id, "client_secret": secret, "scopes": list(wish.scopes)}
    return {**shown, "redirect_uris": list(wish.redirect_uris)} if wish.redirect_uris else shown
