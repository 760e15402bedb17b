"""A row remembers its schema and refuses to be written in another (T02, T03)."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import product

import pytest
from django.db import ProgrammingError, transaction
from django_tenants.utils import schema_context, tenant_context

from accounts.models import User
from schemas.models import SchemaBound, WrongSchema
from tests.worlds import World
from venues.models import Venue


def names(world: World) -> list[str]:
    """Venues of a world: unchanged by a refusal."""
    with tenant_context(world.tenant):
        return list(Venue.objects.order_by("pk").values_list("name", flat=True))


ACTS: dict[str, Callable[[Venue], object]] = {
    "save": lambda venue: venue.save(),
    "save one field": lambda venue: venue.save(update_fields=["name"]),
    "delete": lambda venue: venue.delete(),
    "refresh": lambda venue: venue.refresh_from_db(),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("origin", ["read", "made", "saved again"])
def test_row_of_one_tenant_is_not_written_in_another(alpha: World, beta: World, act: str, origin: str) -> None:
    """T03: both tenants have a venue 1; without the guard Beta's would carry Alpha's name."""
    with tenant_context(alpha.tenant):
        if origin == "made":
            venue = Venue.objects.create(name="New", slug="new", time_zone="UTC", currency="EUR")
        else:
            venue = Venue.objects.get(pk=alpha.venue)
        if origin == "saved again":
            venue.save()
    before = names(alpha), names(beta)
    with tenant_context(beta.tenant):
        venue.name = "stolen"
        with pytest.raises(WrongSchema, match=alpha.tenant.schema_name):
            ACTS[act](venue)
    assert (names(alpha), names(beta)) == before


@pytest.mark.parametrize("act", ACTS)
def test_row_of_a_tenant_is_not_written_in_public(alpha: World, act: str) -> None:
    with tenant_context(alpha.tenant):
        user = User.objects.get(pk=alpha.users["guest"])
    with schema_context("public"), pytest.raises(WrongSchema):
        ACTS[act](user)  # type: ignore[arg-type]


def test_row_is_written_at_home_after_a_journey(alpha: World, beta: World) -> None:
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        with tenant_context(beta.tenant):
            pass
        venue.name = "renamed"
        venue.save()
        venue.refresh_from_db()
        assert venue.name == "renamed"
    assert "renamed" not in names(beta)


def test_where_a_row_may_be_saved_depends_on_its_origin_alone(alpha: World, beta: World) -> None:
    """T03, over every journey of up to three stops: only the last one counts, and only home is right."""
    home = alpha.tenant.schema_name
    with schema_context(home):
        venue = Venue.objects.get(slug="main")
    for length in range(1, 4):
        for journey in product((home, beta.tenant.schema_name, "public"), repeat=length):
            with ExitStack() as stack:
                for stop in journey:
                    stack.enter_context(schema_context(stop))
                if journey[-1] != home:
                    stack.enter_context(pytest.raises(WrongSchema))
                venue.save()


def test_lazy_queryset_that_left_its_block_finds_no_table(alpha: World) -> None:
    """T02: in `public` a tenant's table does not exist, so a mistake is an error and not somebody else's row."""
    with tenant_context(alpha.tenant):
        lazy = Venue.objects.all()
    with pytest.raises(ProgrammingError), transaction.atomic():
        list(lazy)


def test_relation_followed_outside_of_its_schema_finds_no_table(alpha: World) -> None:
    """T02."""
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
    with pytest.raises(ProgrammingError), transaction.atomic():
        list(venue.resources.all())


def test_base_is_abstract() -> None:
    assert SchemaBound._meta.abstract
