"""What the tests of retention set up: people who were here long ago, and the walk of a night."""

from datetime import datetime, timedelta

from accounts.models import User
from bookings import lifecycle
from bookings.models import Booking, RetentionNotice
from bookings.own import lapsing
from bookings.records import Actor
from bookings.requests import Contact
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.scenes import held, slot
from tests.worlds import World

DAY = timedelta(days=1)
LONG_AGO = timedelta(days=4 * 365)


def customer(name: str, ago: timedelta = LONG_AGO) -> User:
    """Somebody with an account that was made and used so long ago."""
    user = User.objects.create_user(f"{name}@example.org", name=name.title())
    then = database_now() - ago
    User.objects.filter(pk=user.pk).update(created_at=then, last_login=then, verified_at=then)
    return User.objects.get(pk=user.pk)


def visit(world: World, ended: timedelta = LONG_AGO, user: User | None = None, email: str = "") -> Booking:
    """A visit that was over so long ago, and is paid: of an account, or of a guest."""
    contact = Contact("Gina Guest", email or (user.email if user else ""), "+49 89 1")
    taken = Booking.objects.count()
    period = slot(8 + taken % 12, ahead=7 + taken // 12)
    made = lifecycle.submit(held(world.court_1, period, customer=user), contact, Actor.of(user))
    Booking.objects.filter(pk=made.pk).update(
        state="completed", pending_reason="", paid_minor=made.total_minor, paid_at=None, payment_state="paid"
    )
    move(made, ended)
    return Booking.objects.get(pk=made.pk)


def move(booking: Booking, ended: timedelta) -> None:
    """Have a booking be made and over so long ago."""
    end = database_now() - ended
    Booking.objects.filter(pk=booking.pk).update(start=end - timedelta(hours=1), end=end, created_at=end - DAY)


def told(user: User, ago: timedelta) -> None:
    """As if the letter had gone so long ago."""
    RetentionNotice.objects.update_or_create(user=user, defaults={"at": database_now() - ago})


def night() -> None:
    """Both walks of one night, to their end; what they hand over is done, too."""
    lapsing.begin()
    while work := DueWork.objects.filter(kind=lapsing.KIND).order_by("pk").first():
        work.delete()
        lapsing.walk(work.object_id)


def is_erased(user: User) -> bool:
    """Whether nothing names them any more."""
    row = User.objects.get(pk=user.pk)
    return row.erased_at is not None and row.name == ""


def names(booking: Booking) -> tuple[str, str, str]:
    """What a booking still says of who it was."""
    return Booking.objects.values_list("name", "email", "phone").get(pk=booking.pk)


def moment(text: str) -> datetime:
    """A moment from its text."""
    return datetime.fromisoformat(text)
