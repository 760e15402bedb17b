"""The cast: two tenants, furnished alike, so that equal ids lead into two schemas and leaks show.

Alpha is a sports centre in Munich, Beta rehearsal rooms in New York. In both,
row 1 is the same kind of thing; every text carries the tenant's canary.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from django_tenants.utils import tenant_context

from accounts.models import AccessToken, Role, User
from tenants import provisioning
from tenants.models import Tenant
from venues.models import OpeningHours, Product, Rate, Resource, Venue, VenueAssignment

PASSWORD = "correct-horse-battery"
# Nothing is written when the cast's tokens are used, so that no test has to reckon with it.
ALWAYS_JUST_NOW = datetime(2199, 1, 1, tzinfo=UTC)
CAST = {
    "owner": Role.OWNER,
    "manager": Role.MANAGER,
    "front_desk": Role.FRONT_DESK,
    "accountant": Role.ACCOUNTANT,
    "guest": Role.CUSTOMER,
    "stranger": Role.CUSTOMER,
}
ALPHA = {
    "slug": "alpha-sports",
    "name": "Alpha Sports",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "canary": "canaryalphaq7",
}
BETA = {
    "slug": "beta-rooms",
    "name": "Beta Rooms",
    "time_zone": "America/New_York",
    "currency": "USD",
    "canary": "canarybetaw3",
}


@dataclass
class World:
    """A tenant as tests see it. Ids are equal in all worlds; tokens are not."""

    tenant: Tenant
    host: str
    canary: str
    tokens: dict[str, str] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    venue: int = 0
    annex: int = 0
    court_1: int = 0
    court_2: int = 0
    hall: int = 0
    half_a: int = 0
    half_b: int = 0
    kayaks: int = 0
    annex_room: int = 0
    tennis: int = 0


def furnish(spec: dict[str, str]) -> Tenant:
    """Make the tenant and everything in it."""
    tenant = provisioning.create(
        provisioning.Application(
            name=f"{spec['name']} {spec['canary']}",
            slug=spec["slug"],
            time_zone=spec["time_zone"],
            currency=spec["currency"],
            owner_email=f"owner@{spec['canary']}.example",
            owner_password=PASSWORD,
            owner_name=f"Olga Owner {spec['canary']}",
        )
    )
    with tenant_context(tenant):
        _people(spec["canary"])
        _places(tenant, spec["canary"])
    return tenant


def _people(canary: str) -> None:
    for name, role in list(CAST.items())[1:]:
        User.objects.create_user(f"{name}@{canary}.example", PASSWORD, name=f"{name} {canary}", role=role)
    for name in CAST:
        user = User.objects.get(email=f"{name}@{canary}.example")
        digest = AccessToken.digest_of(_token(name, canary))
        AccessToken.objects.create(digest=digest, user=user, last_used_at=ALWAYS_JUST_NOW)


def _token(name: str, canary: str) -> str:
    """Of the form that the product gives out. Known beforehand, so that a test need not issue the cast theirs."""
    return hashlib.sha256(f"{name} {canary}".encode()).hexdigest()[:40]


def _places(tenant: Tenant, canary: str) -> None:
    zone, currency = tenant.time_zone, tenant.currency
    venue = Venue.objects.create(
        name=f"Main {canary}",
        slug="main",
        street=f"Street {canary} 1",
        postal_code="80000",
        city="Town",
        time_zone=zone,
        currency=currency,
        description=canary,
    )
    annex = Venue.objects.create(name=f"Annex {canary}", slug="annex", time_zone=zone, currency=currency, position=1)
    VenueAssignment.objects.create(user=User.objects.get(role=Role.MANAGER), venue=venue)
    for place in (venue, annex):
        for weekday in range(7):
            OpeningHours.objects.create(venue=place, weekday=weekday, opens=time(7), closes=time(23))
    courts = [_resource(venue, f"Court {n} {canary}", f"court-{n}", capacity=4, grid_minutes=30) for n in (1, 2)]
    hall = _resource(venue, f"Hall {canary}", "hall", capacity=100, max_minutes=480)
    for half in ("a", "b"):
        _resource(venue, f"Half {half} {canary}", f"half-{half}", capacity=50, parent=hall, max_minutes=480)
    _resource(venue, f"Kayaks {canary}", "kayaks", units=3)
    _resource(annex, f"Room {canary}", "room", pays_online=True, needs_approval=False)
    tennis = Product.objects.create(name=f"Tennis {canary}", slug="tennis", duration_minutes=60)
    tennis.resources.set(courts)


def _resource(venue: Venue, name: str, slug: str, **fields: object) -> Resource:
    settings = {"horizon_days": 365, "needs_approval": True, **fields}
    resource = Resource.objects.create(venue=venue, name=name, slug=slug, **settings)
    Rate.objects.create(resource=resource, amount_minor=2500)
    return resource


def world_of(spec: dict[str, str]) -> World:
    """Look at a furnished tenant. Every test does, and all look at copies of one database: ids are asked for once."""
    tenant = Tenant.objects.get(slug=spec["slug"])
    if spec["slug"] not in _SEEN:
        _SEEN[spec["slug"]] = _looked_at(tenant, spec)
    seen = _SEEN[spec["slug"]]
    return replace(seen, tenant=tenant, tokens={**seen.tokens}, users={**seen.users})


_SEEN: dict[str, World] = {}


def _looked_at(tenant: Tenant, spec: dict[str, str]) -> World:
    world = World(tenant=tenant, host=f"{spec['slug']}.localhost", canary=spec["canary"])
    with tenant_context(tenant):
        people = dict(User.objects.values_list("email", "pk"))
        ids = dict(Resource.objects.values_list("slug", "pk"))
        venues = dict(Venue.objects.values_list("slug", "pk"))
        world.tennis = Product.objects.get(slug="tennis").pk
    for name in CAST:
        world.users[name] = people[f"{name}@{spec['canary']}.example"]
        world.tokens[name] = _token(name, spec["canary"])
    world.venue, world.annex = venues["main"], venues["annex"]
    world.court_1, world.court_2, world.hall = ids["court-1"], ids["court-2"], ids["hall"]
    world.half_a, world.half_b, world.kayaks = ids["half-a"], ids["half-b"], ids["kayaks"]
    world.annex_room = ids["room"]
    return world
