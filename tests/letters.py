"""The letters that wait in the outbox, as the tests of accounts read them."""

import re

from tenants.models import OutgoingMail
from tests.worlds import World

LINK = re.compile(r"https?://\S+/account/link/[\w-]+/")


def letters_to(world: World, email: str) -> list[OutgoingMail]:
    """What is on its way to an address, the newest first."""
    return list(OutgoingMail.objects.filter(schema_name=world.tenant.schema_name, to=email).order_by("-pk"))


def link_to(world: World, email: str) -> str:
    """The full address of the link in the newest letter to an address."""
    found = LINK.search(letters_to(world, email)[0].text)
    assert found, "there is no link in it"
    return found[0]


def path_to(world: World, email: str) -> str:
    """Its path alone."""
    return "/account/link/" + link_to(world, email).partition("/account/link/")[2]
