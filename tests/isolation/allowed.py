"""A client in each world that the guest and the owner allowed, and a personal token: equal ids, keys of their own."""

import hashlib
from datetime import timedelta

from accounts.models import AccessToken as PersonalToken
from oauth.models import AccessToken, Application, Grant, RefreshToken, digest
from rest.scopes import SCOPES
from schemas.clock import database_now
from tests.worlds import World

CLIENT = PERSONAL = 1_000_001


def bearer_of(world: World, who: str) -> str:
    """What the client has of somebody, known beforehand; of "app", its own."""
    return hashlib.sha256(f"bearer {who} {world.canary}".encode()).hexdigest()


def furnish_clients(world: World) -> None:
    """Write them, in the world's schema."""
    client = Application.objects.create(
        pk=CLIENT,
        client_id=world.canary,
        client_secret=digest(world.canary),
        client_type=Application.CLIENT_CONFIDENTIAL,
        name=world.canary,
        grants=[Application.CODE, Application.CREDENTIALS],
        scopes=list(SCOPES),
        redirect_uris=f"https://{world.canary}.example/back",
        allowed_origins=f"https://{world.canary}.example",
        acts_as_id=world.users["manager"],
    )
    ends = database_now() + timedelta(days=3000)
    for who in ("guest", "owner"):
        given = {"application": client, "user_id": world.users[who]}
        checksum = digest(bearer_of(world, who))
        access = AccessToken.objects.create(**given, token_checksum=checksum, scope=" ".join(SCOPES), expires=ends)
        RefreshToken.objects.create(**given, access_token=access, token_checksum=checksum)
    own = {"application": client, "user": None, "scope": " ".join(SCOPES), "expires": ends}
    AccessToken.objects.create(**own, token_checksum=digest(bearer_of(world, "app")))
    back = client.redirect_uris
    Grant.objects.create(**given, code=digest(world.canary), scope="booking:read", redirect_uri=back, expires=ends)
    PersonalToken.objects.create(
        pk=PERSONAL, digest=digest(f"personal {world.canary}"), user_id=world.users["guest"], name=world.canary
    )
