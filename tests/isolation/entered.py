"""A mailed link and a passkey of the guest's in each world, and somebody who is asked to work there: equal ids."""

from datetime import timedelta

from accounts import links
from accounts.links import Purpose, Wish
from accounts.models import MailedLink, Passkey, User
from schemas.clock import database_now
from tests.worlds import World
from venues.models import Invitation

PASSKEY = 1_000_001
INVITED = 1_000_001


def furnish_ways_in(world: World) -> None:
    """Write them, in the world's schema. The link is over, so that no visit uses it up."""
    now = database_now()
    guest, word = User.objects.get(pk=world.users["guest"]), world.canary
    links.mint(Wish(Purpose.SIGN_IN, f"guest@{word}.example", guest, word, f"/{word}/"), now - timedelta(days=1))
    MailedLink.objects.update(used_at=now)
    Passkey.objects.create(
        pk=PASSKEY, user=guest, credential_id=word, public_key=word.encode(), name=word, created_at=now
    )
    asked = Invitation.objects.create(
        pk=INVITED,
        email=f"nora@{word}.example",
        name=word,
        role="manager",
        invited_by_id=world.users["owner"],
        created_at=now,
        expires_at=now + timedelta(days=7),
    )
    asked.venues.set([world.venue])
