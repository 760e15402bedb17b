"""Who allowed which client, and how they take it back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User
from oauth.models import AccessToken, Application, Grant, RefreshToken
from rest.scopes import SCOPES
from schemas.transactions import transact


@dataclass
class Allowance:
    """That somebody lets a client act for them. `used_at` is when it last had itself a token."""

    client: Application
    user: User
    scopes: list[str]
    since: datetime
    used_at: datetime

    @property
    def words(self) -> list[object]:
        """What it may do."""
        return [SCOPES[name] for name in self.scopes]


def by_user(user: User) -> list[Allowance]:
    """Clients that somebody allowed."""
    return _gathered(_live().filter(user=user))


def of_client(client: Application) -> list[Allowance]:
    """People who allowed a client."""
    return _gathered(_live().filter(application=client))


def revoke(client_pk: int, user_pk: int) -> None:
    """Take back what somebody allowed a client: every token and code is over at once."""

    def act() -> None:
        given = {"application_id": client_pk, "user_id": user_pk}
        RefreshToken.objects.filter(**given, revoked=None).update(revoked=Now())
        AccessToken.objects.filter(**given).delete()
        Grant.objects.filter(**given, used_at=None).delete()

    transact(act)


def _live() -> QuerySet[RefreshToken]:
    tokens = RefreshToken.objects.filter(revoked=None, access_token__isnull=False)
    return tokens.select_related("application", "user", "access_token__application").order_by("pk")


def _gathered(tokens: QuerySet[RefreshToken]) -> list[Allowance]:
    found: dict[tuple[int, int], Allowance] = {}
    for token in tokens:
        key = token.application_id, token.user_id
        held = token.access_token.held
        one = found.setdefault(key, Allowance(token.application, token.user, [], token.created, token.created))
        one.scopes = [name for name in SCOPES if name in held or name in one.scopes]
        one.since, one.used_at = min(one.since, token.created), max(one.used_at, token.created)
    return list(found.values())
