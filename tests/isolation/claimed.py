"""A domain that each world asks for. Claims of all tenants are in one table, so that their ids are not equal."""

from datetime import datetime

from tenants.claims import DomainClaim
from tests.worlds import World

FIRST = 1_000_000


def claim_of(world: World) -> int:
    """The id of the world's claim."""
    return FIRST + world.tenant.pk


def furnish_claim(world: World, at: datetime) -> None:
    """In the table of all."""
    domain = f"{world.canary}.example"
    DomainClaim.objects.create(id=claim_of(world), tenant=world.tenant, domain=domain, token=world.canary, asked_at=at)
