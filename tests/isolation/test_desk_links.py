"""What the desk and its people's accounts sign is good for one tenant (T09)."""

from datetime import timedelta

from django_tenants.utils import tenant_context

from accounts import recovery, whereabouts
from accounts.models import RecoveryCode, Session, User
from bookings.models import Booking
from desk.calendar import undoing
from tests.desk.calendar.scenes import PART
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, Caller, session_of
from tests.worlds import World


def test_recovery_code_of_one_tenant_opens_nothing_at_another(worlds: tuple[World, World]) -> None:
    """T09: for people with the same id, and even where the row itself were there."""
    alpha, beta = worlds
    with tenant_context(alpha.tenant):
        owner = User.objects.get(pk=alpha.users["owner"])
        code = recovery.make(owner)[0]
        digests = list(RecoveryCode.objects.filter(user=owner).values_list("digest", flat=True))
    with tenant_context(beta.tenant):
        theirs = User.objects.get(pk=beta.users["owner"])
        assert theirs.pk == owner.pk
        RecoveryCode.objects.bulk_create(RecoveryCode(user=theirs, digest=digest) for digest in digests)
        assert not recovery.use(theirs, code)
        assert recovery.left(theirs) == recovery.COUNT
    with tenant_context(alpha.tenant):
        assert recovery.use(owner, code)


def test_name_of_a_session_is_another_at_another_tenant(worlds: tuple[World, World]) -> None:
    """T09: of the same cookie."""
    names = set()
    for world in worlds:
        with tenant_context(world.tenant):
            names.add(whereabouts.name_of(Session(session_key="x" * 32)))
    assert {len(name) for name in names} == {32}
    assert len(names) == 2


def test_undo_of_one_tenants_calendar_takes_nothing_back_at_another(worlds: tuple[World, World]) -> None:
    """T09: the booking has the same id, place and revision in both."""
    alpha, beta = worlds
    tokens = {}
    for world in worlds:
        with tenant_context(world.tenant):
            booking = Booking.objects.get(pk=GUESTS)
            Booking.objects.filter(pk=GUESTS).update(end=booking.end + timedelta(minutes=30), revision=1)
            tokens[world.host] = undoing.sealed(undoing.token_of(booking, agreed=True), 1)
    assert tokens[alpha.host] != tokens[beta.host]
    client = Caller(beta.host, session=session_of(beta, "owner")).client
    before = contents(alpha), contents(beta)
    answer = client.post("/desk/calendar/undo/", {"undo": tokens[alpha.host]}, **PART)
    assert (answer.status_code, answer.json()["done"]) == (409, False)
    assert "too late" in answer.json()["said"]
    assert (contents(alpha), contents(beta)) == before
    client.post("/desk/calendar/undo/", {"undo": tokens[beta.host]}, **PART)
    assert contents(beta) != before[1]
