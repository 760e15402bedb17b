"""Two tenants prove one name at the same moment: it is one tenant's, and the other one's claim says so."""

import pytest
from django_tenants.utils import tenant_context

from tenants import domains
from tenants.claims import DomainClaim
from tenants.domains import Seen
from tenants.models import Domain
from tests.threads import at_once, errors
from tests.worlds import ALPHA, BETA, World, world_of

NAME = "courts.club.com"
ROUNDS = 5


def _checked(world: World, claim_id: int) -> str:
    with tenant_context(world.tenant):
        return domains.check(world.tenant, claim_id).trouble


@pytest.mark.race
def test_of_two_who_prove_a_name_at_once_one_gets_it(scratch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = (world_of(ALPHA), world_of(BETA))
    for number in range(ROUNDS):
        claims = []
        for world in worlds:
            with tenant_context(world.tenant):
                claims.append(domains.ask(world.tenant, f"{number}.{NAME}"))
        both = Seen(tuple(claim.token for claim in claims), points_here=True)
        monkeypatch.setattr(domains, "_asked", lambda _tenant, _claim, both=both: both)
        pairs = zip(worlds, claims, strict=True)
        found = at_once(*(lambda w=world, c=claim: _checked(w, c.pk) for world, claim in pairs))
        assert errors(found) == []
        assert sorted(found) == ["", "taken"]
        assert Domain.objects.filter(domain=f"{number}.{NAME}").count() == 1
        assert DomainClaim.objects.filter(domain=f"{number}.{NAME}", proven_at__isnull=False).count() == 1
