"""Clients as the owner keeps them: registered, changed, switched off and on, removed."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import STAFF_ROLES, User
from kernel.errors import Invalid, NotFound
from oauth.access import check_owner
from oauth.models import Application, digest
from rest.scopes import SCOPES
from schemas.transactions import transact

MOST = 50
MOST_ADDRESSES = 10
LONGEST_ADDRESS = 300
PORTS = {"https": 443, "http": 80}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SERVER, APP = Application.CLIENT_CONFIDENTIAL, Application.CLIENT_PUBLIC
KINDS = {
    SERVER: gettext_lazy("A server: it keeps a secret"),
    APP: gettext_lazy("An app in people's hands or browsers: it can keep none"),
}
GRANTS = {
    Application.CODE: gettext_lazy("For people: each is asked (authorization code)"),
    Application.CREDENTIALS: gettext_lazy("For itself, with nobody asked (client credentials)"),
}


@dataclass(frozen=True)
class Wish:
    """A client as it is wanted. `acts_as` is the id of a member of staff."""

    name: str
    kind: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    acts_as: int | None = None


def seen_by(user: User) -> QuerySet[Application]:
    """All clients of the tenant; `Forbidden` for everybody but the owner."""
    check_owner(user)
    return Application.objects.select_related("acts_as").order_by("pk")


def one(user: User, client_pk: int) -> Application:
    """A client by its number; raises `Forbidden` or `NotFound`."""
    found = seen_by(user).filter(pk=client_pk).first()
    if found is None:
        raise NotFound("not_found", _("There is no such app."))
    return found


def wish_of(client: Application) -> Wish:
    """A client as it was wanted."""
    return Wish(
        name=client.name,
        kind=client.client_type,
        grants=tuple(client.grants),
        scopes=tuple(client.scopes),
        redirect_uris=tuple(client.redirect_uris.split()),
        allowed_origins=tuple(client.allowed_origins.split()),
        acts_as=client.acts_as_id,
    )


def register(user: User, wish: Wish) -> tuple[Application, str]:
    """A new client and its secret, which is never shown again; an app has none (empty).

    Raises `Forbidden`, and `Invalid` with `errors` by field.
    """

    def act() -> tuple[Application, str]:
        if seen_by(user).count() >= MOST:
            raise Invalid("too_many_clients", _("There are too many apps already. Remove one."))
        _check(wish)
        secret = secrets.token_urlsafe(32) if wish.kind == SERVER else ""
        made = Application(client_id=secrets.token_hex(16), client_type=wish.kind, client_secret=_kept(secret))
        return _written(made, wish), secret

    return transact(act)


def change(user: User, client_pk: int, wish: Wish) -> Application:
    """Other words, addresses or scopes; its kind and its secret stay. Raises as `register`."""

    def act() -> Application:
        client = one(user, client_pk)
        if wish.kind != client.client_type:
            raise _bad("kind", "kind_fixed", _("A client stays what it is. Register another one."))
        _check(wish)
        return _written(client, wish)

    return transact(act)


def rotate(user: User, client_pk: int) -> tuple[Application, str]:
    """A new secret; the one before is worth nothing from now on. `Invalid("no_secret")` for an app."""

    def act() -> tuple[Application, str]:
        client = one(user, client_pk)
        if client.client_type != SERVER:
            raise Invalid("no_secret", _("An app has no secret."))
        secret = secrets.token_urlsafe(32)
        client.client_secret = _kept(secret)
        client.save()
        return client, secret

    return transact(act)


def disable(user: User, client_pk: int) -> Application:
    """It and its tokens open nothing until it is enabled again."""
    return _switched(user, client_pk, to=False)


def enable(user: User, client_pk: int) -> Application:
    """It may go on, with the tokens that are not over."""
    return _switched(user, client_pk, to=True)


def remove(user: User, client_pk: int) -> None:
    """It and all its tokens are gone."""
    transact(lambda: one(user, client_pk).delete())


def staff() -> QuerySet[User]:
    """As whom a client may act."""
    return User.objects.filter(is_active=True, role__in=STAFF_ROLES).order_by("pk")


def _switched(user: User, client_pk: int, *, to: bool) -> Application:
    def act() -> Application:
        client = one(user, client_pk)
        client.is_enabled = to
        client.save()
        return client

    return transact(act)


def _written(client: Application, wish: Wish) -> Application:
    client.name = wish.name.strip()
    client.grants = [name for name in GRANTS if name in wish.grants]
    client.scopes = [name for name in SCOPES if name in wish.scopes]
    client.redirect_uris = " ".join(dict.fromkeys(wish.redirect_uris))
    client.allowed_origins = " ".join(dict.fromkeys(_as_browsers_say(each) for each in wish.allowed_origins))
    client.acts_as = staff().get(pk=wish.acts_as) if wish.acts_as else None
    client.save()
    return client


def _kept(secret: str) -> str:
    return digest(secret) if secret else ""


def _check(wish: Wish) -> None:
    if not wish.name.strip():
        raise _bad("name", "name_required", _("Give it a name: people see it when they are asked."))
    if not wish.scopes or not set(wish.scopes) <= SCOPES.keys():
        raise _bad("scopes", "bad_scopes", _("Choose what it may do."))
    _check_grants(wish)
    if len(wish.redirect_uris) > MOST_ADDRESSES or len(wish.allowed_origins) > MOST_ADDRESSES:
        raise _bad("redirect_uris", "too_many_addresses", _("Ten addresses are the most."))
    for uri in wish.redirect_uris:
        _check_address(uri)
    for origin in wish.allowed_origins:
        _check_origin(origin)


def _check_grants(wish: Wish) -> None:
    if wish.kind not in KINDS:
        raise _bad("kind", "bad_kind", _("Say what it is."))
    if not wish.grants or not set(wish.grants) <= GRANTS.keys():
        raise _bad("grants", "bad_grants", _("Say for whom it acts."))
    if wish.kind == APP and Application.CREDENTIALS in wish.grants:
        raise _bad("grants", "bad_grants", _("Without a secret it can act for people only."))
    if Application.CODE in wish.grants and not wish.redirect_uris:
        raise _bad("redirect_uris", "redirect_uri_required", _("Say where people return to."))
    if wish.acts_as and Application.CREDENTIALS not in wish.grants:
        raise _bad("acts_as", "bad_acts_as", _("Only an app that acts for itself acts as somebody."))
    if wish.acts_as and not staff().filter(pk=wish.acts_as).exists():
        raise _bad("acts_as", "bad_acts_as", _("It can act as somebody who works here."))


def _check_address(uri: str) -> None:
    if not is_address(uri):
        raise _bad("redirect_uris", "bad_redirect_uri", _("An address begins with https:// and has no # and no @."))


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin) if is_address(origin) else None
    if parts is None or f"{parts.scheme}://{parts.netloc}" != origin:
        raise _bad("allowed_origins", "bad_origin", _("An origin is https:// and a host, and no path."))


def _as_browsers_say(origin: str) -> str:
    """The same origin in small letters and without the port that its scheme has anyway (RFC 6454, 6.2)."""
    parts = urlsplit(origin)
    return origin.lower().removesuffix(f":{PORTS.get(parts.scheme)}")


def is_address(uri: str) -> bool:
    """Whether an address may lead people or browsers away: https, or this machine's own where developers work."""
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = uri.isascii() and uri.isprintable() and not set(uri) & set(" #@*\\\"'<>;,`{}|^")
    if not plain or not host or len(uri) > LONGEST_ADDRESS:
        return False
    loopback = settings.OUTSIDE_ALLOWS_LOOPBACK and host in LOOPBACK
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def _bad(field: str, code: str, words: str) -> Invalid:
    return Invalid(code, words, {"errors": {field: [words]}})
