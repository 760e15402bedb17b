"""Endpoints, by those who run the tenant: made, changed, paused, enabled, removed, tested, their secrets replaced."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from bookings.agents import Agent
from bookings.hooks import kinds, lanes, messages, pruning, signing
from bookings.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from kernel.errors import Invalid, NotFound, Refused
from outside import client
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate
from venues.access import check_manager, venues_managed_by

MOST, MOST_OF_AN_APP = 20, 5
Keeper = User | Agent
"""Whose endpoints: somebody's who runs the tenant, or a partner's."""
State = WebhookEndpoint.State
Delivery = WebhookDelivery.State
URL_REFUSED = {
    "address_refused": gettext_lazy("This address leads inside our own network."),
    "bad_url": gettext_lazy("Use an address that begins with https:// and has no user name in it."),
}


@dataclass(frozen=True)
class Wish:
    """What an endpoint is to be: no types are the standard ones, no venues all that its maker looks after."""

    url: str
    description: str = ""
    types: Collection[str] = field(default=())
    venues: Collection[int] = field(default=())


def seen_by(user: Keeper) -> QuerySet[WebhookEndpoint]:
    """Endpoints that somebody may look at and change: all for the owner, a manager's own venues', a partner's own.

    `Forbidden` for everybody else.
    """
    if isinstance(user, Agent):
        return WebhookEndpoint.objects.filter(agent=user.principal)
    check_manager(user)
    if user.role == Role.OWNER:
        return WebhookEndpoint.objects.all()
    own = list(venues_managed_by(user).values_list("pk", flat=True))
    return WebhookEndpoint.objects.filter(~Q(venues=[]), venues__contained_by=own)


def with_figures(endpoints: QuerySet[WebhookEndpoint]) -> QuerySet[WebhookEndpoint]:
    """Endpoints with how many deliveries wait and have failed."""
    return endpoints.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.WAITING)),
        failed=Count("deliveries", filter=Q(deliveries__state__in=[Delivery.FAILED, Delivery.CANCELLED])),
    )


def one(user: Keeper, endpoint_id: int) -> WebhookEndpoint:
    """An endpoint that somebody may look at and change; `Forbidden`, or `NotFound` for others' and unknown ones."""
    found = with_figures(seen_by(user)).filter(pk=endpoint_id).first()
    if found is None:
        raise _unknown()
    return found


def make(user: Keeper, wish: Wish) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret, which is shown this once. Raises `Invalid`, or `Refused` for one too many."""
    agent, maker, most = _maker(user)

    def act() -> tuple[WebhookEndpoint, str]:
        gate.wait_for_all([f"endpoints:{agent}"])  # of several at once, each counts those before it
        now = database_now()
        if WebhookEndpoint.objects.filter(agent=agent).count() >= most:
            raise Refused("too_many_endpoints", _("There are %(most)s webhooks already.") % {"most": most})
        endpoint = WebhookEndpoint(agent=agent, created_by_id=maker, created_at=now)
        _fill(endpoint, user, wish)
        secret = signing.give(endpoint, now)
        endpoint.save()
        pruning.plan(now)
        return endpoint, secret

    return transact(act)


def _maker(user: Keeper) -> tuple[str, int | None, int]:
    """For whom an endpoint is made (empty: the tenant), by whom, and how many they may have."""
    if isinstance(user, Agent):
        return user.principal, user.user.pk if user.user else None, MOST_OF_AN_APP
    check_manager(user)
    return "", user.pk, MOST


def change(user: Keeper, endpoint_id: int, wish: Wish) -> WebhookEndpoint:
    """Have an endpoint be what is wished; raises as `make`."""

    def act() -> WebhookEndpoint:
        endpoint = _locked(user, endpoint_id)
        _fill(endpoint, user, wish)
        endpoint.save()
        return endpoint

    return transact(act)


def wish_of(endpoint: WebhookEndpoint) -> Wish:
    """What an endpoint is, to be changed in parts."""
    return Wish(endpoint.url, endpoint.description, endpoint.types, endpoint.venues)


def remove(user: Keeper, endpoint_id: int) -> None:
    """Remove an endpoint with all that was told to it; a post that is under way may still arrive."""
    transact(lambda: _locked(user, endpoint_id).delete())


def rotate(user: Keeper, endpoint_id: int) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once; the one before signs too for a day, so that nobody misses anything."""

    def act() -> tuple[WebhookEndpoint, str]:
        endpoint = _locked(user, endpoint_id)
        secret = signing.give(endpoint, database_now())
        endpoint.save(update_fields=["sealed", "sealed_old", "old_until"])
        return endpoint, secret

    return transact(act)


def pause(user: Keeper, endpoint_id: int) -> WebhookEndpoint:
    """Send nothing until it is enabled: what happens waits. A disabled one stays so."""

    def act() -> WebhookEndpoint:
        endpoint = _locked(user, endpoint_id)
        if endpoint.state == State.ACTIVE:
            endpoint.state = State.PAUSED
            endpoint.save(update_fields=["state"])
        return endpoint

    return transact(act)


def enable(user: Keeper, endpoint_id: int) -> WebhookEndpoint:
    """Send again: what waits goes now. What a disabled one missed can be replayed."""

    def act() -> WebhookEndpoint:
        endpoint = _locked(user, endpoint_id)
        if endpoint.state != State.ACTIVE:
            endpoint.state, endpoint.why = State.ACTIVE, ""
            endpoint.failing_since = endpoint.not_before = None
            endpoint.save(update_fields=["state", "why", "failing_since", "not_before"])
            lanes.wake_waiting(endpoint.pk, database_now())
        return endpoint

    return transact(act)


def test(user: Keeper, endpoint_id: int) -> WebhookDelivery:
    """Send a test message, which belongs to no booking. `Refused` unless the endpoint is active."""

    def act() -> WebhookDelivery:
        endpoint = _locked(user, endpoint_id)
        if endpoint.state != State.ACTIVE:
            raise Refused("endpoint_disabled", _("Enable this webhook first."))
        now = database_now()
        said = {"message": "This is a test."}
        message = WebhookMessage(message_id=messages.new_id(), type=kinds.TEST, data=said)
        message.happened_at = message.created_at = now
        message.save()
        sent = messages.delivery(endpoint, message, now)
        sent.save()
        lanes.wake([(endpoint.pk, sent.lane)], now)
        return sent

    return transact(act)


def delivery_of(user: Keeper, delivery_id: int) -> WebhookDelivery:
    """A delivery to an endpoint that somebody may look at; raises as `one`."""
    found = deliveries(user).filter(pk=delivery_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such delivery."))
    return found


def deliveries(user: Keeper) -> QuerySet[WebhookDelivery]:
    """What was told to the endpoints that somebody may look at, the latest first."""
    rows = WebhookDelivery.objects.filter(endpoint__in=seen_by(user))
    return rows.select_related("message", "endpoint").prefetch_related("tries").order_by("-pk")


def replay(user: Keeper, delivery_id: int) -> WebhookDelivery:
    """Tell it again, whether it was taken or not: same id, same body, and three days anew. Raises as `one`."""

    def act() -> WebhookDelivery:
        told = delivery_of(user, delivery_id)
        endpoint = _locked(user, told.endpoint_id)
        if endpoint.state == State.DISABLED:
            raise Refused("endpoint_disabled", _("Enable this webhook first."))
        now = database_now()
        _again(WebhookDelivery.objects.filter(pk=told.pk), now)
        if endpoint.state == State.ACTIVE:
            lanes.wake([(endpoint.pk, told.lane)], now)
        told.refresh_from_db()
        return told

    return transact(act)


def replay_failed(user: Keeper, endpoint_id: int, since: datetime) -> int:
    """Tell again all that was given up or cancelled since an instant; answers how much that is. Raises as `replay`."""

    def act() -> int:
        endpoint = _locked(user, endpoint_id)
        if endpoint.state == State.DISABLED:
            raise Refused("endpoint_disabled", _("Enable this webhook first."))
        now = database_now()
        missed = [Delivery.FAILED, Delivery.CANCELLED]
        again = _again(endpoint.deliveries.filter(state__in=missed, created_at__gte=since), now)
        if endpoint.state == State.ACTIVE:
            lanes.wake_waiting(endpoint.pk, now)
        return again

    return transact(act)


def _again(rows: QuerySet[WebhookDelivery], now: datetime) -> int:
    waits = {"state": Delivery.WAITING, "attempts": 0, "next_at": now, "since": now, "ended_at": None}
    return rows.update(**waits)


def _locked(user: Keeper, endpoint_id: int) -> WebhookEndpoint:
    found = lanes.locked(seen_by(user).filter(pk=endpoint_id))
    if not found:
        raise _unknown()
    return found[0]


def _unknown() -> NotFound:
    return NotFound("not_found", _("There is no such webhook."))


def _fill(endpoint: WebhookEndpoint, user: Keeper, wish: Wish) -> None:
    try:
        client.check(wish.url)
    except client.Unreachable as refused:
        detail = str(URL_REFUSED[refused.code])
        raise Invalid(refused.code, detail, {"errors": {"url": [detail]}}) from refused
    unknown = sorted(set(wish.types) - kinds.EVERY.keys())
    if unknown:
        raise Invalid("unknown_type", _("There is no such type: %(type)s") % {"type": unknown[0]})
    endpoint.url, endpoint.description = wish.url, wish.description
    endpoint.types = sorted(set(wish.types))
    endpoint.venues = _venues(user, wish.venues)


def _venues(user: Keeper, wished: Collection[int]) -> list[int]:
    if isinstance(user, Agent):
        return []
    own = set(venues_managed_by(user).values_list("pk", flat=True))
    if not set(wished) <= own:
        raise Invalid("unknown_venue", _("There is no such venue."))
    if user.role == Role.OWNER or wished:
        return sorted(set(wished))
    if not own:
        raise Invalid("unknown_venue", _("You do not look after any venue."))
    return sorted(own)
