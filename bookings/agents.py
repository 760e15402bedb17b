"""Apps that book in the partner dialect: for themselves, or for somebody who allowed them.

A booking keeps its app's name for good (`Booking.agent`). An app's own token may see all that the app has made; a
token that it has of somebody, what it has made for them.
"""

from dataclasses import dataclass

from accounts.models import User
from bookings.models import BookingEvent
from bookings.records import Actor
from oauth.models import Application, RefreshToken

PREFIX = "client"


@dataclass(frozen=True, slots=True)
class Agent:
    """A client, and for whom it acts where that is not itself."""

    client_id: int
    user: User | None = None

    @property
    def name(self) -> str:
        """What its bookings keep: `client:7`."""
        return f"{PREFIX}:{self.client_id}"

    @property
    def principal(self) -> str:
        """Whose webhooks are its own: `client:7`, or `client:7:42` for somebody who allowed it."""
        return self.name if self.user is None else f"{self.name}:{self.user.pk}"

    @property
    def actor(self) -> Actor:
        """Who acts, for the record; never as staff, whoever allowed it."""
        if self.user is not None:
            return Actor.customer(self.user)
        return Actor(BookingEvent.ActorKind.APP, self.client_id)


def client_of(agent: str) -> Application | None:
    """The client of a name or principal, while it exists."""
    return Application.objects.filter(pk=_number(agent, 1)).first()


def hearing(agent: str, customer_id: int | None) -> list[str]:
    """The principals that hear of a booking: the app while it is on, and for whom it acts while they let it."""
    if not agent or not Application.objects.filter(pk=_number(agent, 1), is_enabled=True).exists():
        return []
    if customer_id is None or not _lets(_number(agent, 1), customer_id):
        return [agent]
    return [agent, f"{agent}:{customer_id}"]


def _lets(client_id: int, user_id: int) -> bool:
    live = RefreshToken.objects.filter(revoked=None, access_token__isnull=False)
    return live.filter(application=client_id, user=user_id, user__is_active=True).exists()


def _number(agent: str, place: int) -> int:
    return int(agent.split(":")[place])
