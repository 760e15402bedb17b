"""How the demo comes about: from a seed, after an interruption, and beside real businesses."""

from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError
from django.db import transaction
from django_tenants.utils import tenant_context
from pytest_django import Settings

from accounts.models import User
from bookings.models import Booking, BookingEvent, Occupancy
from operators.demo import making
from operators.demo.furnishing import furnish
from operators.demo.progress import Progress
from operators.demo.tokyo import TOKYO
from schemas.clock import database_now
from tenants import provisioning
from tenants.models import Tenant
from tests.operators.conftest import run
from venues.models import OpeningHours, Resource, Venue


def silent(done: float, what: str) -> None:
    """Nobody is waiting."""


def content() -> list[object]:
    """Everything in the current schema that the seed decides: not by what ids partners know it."""
    columns = [field.name for field in Resource._meta.concrete_fields if field.name != "public_id"]
    return [
        list(Resource.objects.order_by("pk").values_list(*columns)),
        list(OpeningHours.objects.order_by("pk").values_list()),
        list(User.objects.order_by("pk").values_list("pk", "email", "name", "phone", "role")),
        list(Booking.objects.order_by("pk").values_list()),
        list(BookingEvent.objects.order_by("pk").values_list()),
        list(Occupancy.objects.order_by("pk").values_list()),
    ]


def test_same_seed_and_day_give_the_same_data_and_another_seed_others(scratch: str) -> None:
    now = database_now()
    made = []
    for seed in (1, 1, 2):
        with tenant_context(making.make(TOKYO, seed, now, silent)):
            made.append(content())
    again, other = made[1], made[2]
    assert again == made[0]
    assert other[:2] == made[0][:2]
    assert other[3] != made[0][3]
    assert Tenant.objects.filter(slug="tokyo").count() == 1


def test_tenant_that_was_left_half_made_is_finished(scratch: str) -> None:
    now = database_now()
    application = provisioning.Application(
        name=TOKYO.name,
        slug=TOKYO.slug,
        time_zone=TOKYO.time_zone,
        currency=TOKYO.currency,
        owner_email=TOKYO.staff_email("owner"),
        owner_password="correct-horse-battery",
    )
    half = provisioning.create(application)
    with tenant_context(half), transaction.atomic():
        furnish(TOKYO, now.date(), Random(1))
    assert not making.is_made(TOKYO)
    making.make(TOKYO, 1, now, silent)
    assert making.is_made(TOKYO)
    assert not Tenant.objects.filter(schema_name=half.schema_name).exists()


def test_suspended_demo_tenant_is_left_suspended(scratch: str) -> None:
    tenant = making.make(TOKYO, 1, database_now(), silent)
    provisioning.suspend(tenant, "look at what a suspended tenant shows")
    assert making.is_made(TOKYO)


@pytest.mark.parametrize("arguments", [(), ("--again",)])
def test_business_that_has_a_demo_name_is_left_alone(
    scratch: str, settings: Settings, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    settings.VAR = tmp_path
    application = provisioning.Application(
        name="Real Tokyo",
        slug="tokyo",
        time_zone="Asia/Tokyo",
        currency="JPY",
        owner_email="someone@real.example",
        owner_password="correct-horse-battery",
    )
    real = provisioning.create(application)
    with tenant_context(real):
        Venue.objects.create(name="Real", slug="real", time_zone="Asia/Tokyo", currency="JPY")
    with pytest.raises(CommandError, match="The tenant tokyo belongs to somebody"):
        run(*arguments)
    with tenant_context(Tenant.objects.get(slug="tokyo")):
        assert Venue.objects.get().name == "Real"
    assert not Tenant.objects.filter(slug__in=["munich", "newyork"]).exists()
    assert list(tmp_path.iterdir()) == []


class Terminal(StringIO):
    """Says that somebody is watching."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_progress_is_a_bar_on_a_terminal() -> None:
    stream = Terminal()
    progress = Progress(stream, 2)
    progress.tell(1, "Tokyo", 0.0, "schema")
    progress.close()
    assert stream.getvalue() == f"\r\033[K{'█' * 15}{'·' * 15}  50%  Tokyo: schema\n"


def test_progress_is_one_line_for_each_step_elsewhere() -> None:
    stream = StringIO()
    progress = Progress(stream, 2)
    for done in (0.1, 0.2, 0.3):
        progress.tell(0, "Munich", done, "bookings")
    progress.tell(1, "Tokyo", 0.0, "schema")
    progress.close()
    assert stream.getvalue() == "Munich: bookings\nTokyo: schema\n"
