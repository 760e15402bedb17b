"""Personal tokens: what somebody makes for their own scripts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import STAFF_ROLES, AccessToken, Role, User
from kernel.errors import Forbidden, Invalid, NotFound
from rest.scopes import SCOPES
from schemas.clock import database_now
from schemas.transactions import transact

MOST = 50
NOTED_EVERY = timedelta(minutes=1)
NOT_OVER = Q(expires_at=None) | Q(expires_at__gt=Now())
STALE = Q(last_used_at=None) | Q(last_used_at__lt=Now() - NOTED_EVERY)


@dataclass(frozen=True)
class Wish:
    """A token as it is wanted: no scopes for all that its person may, no `expires_at` for one without an end."""

    name: str
    scopes: Collection[str] = ()
    expires_at: datetime | None = None


def of(user: User) -> QuerySet[AccessToken]:
    """Somebody's own tokens, those that are over too."""
    return AccessToken.objects.filter(user=user).order_by("-pk")


def of_staff(user: User) -> QuerySet[AccessToken]:
    """Tokens of everybody who works here; `Forbidden` for everybody but the owner."""
    if user.role != Role.OWNER:
        raise Forbidden("permission_denied", _("Only the owner may do that."))
    return AccessToken.objects.filter(user__role__in=STAFF_ROLES).select_related("user").order_by("-pk")


def make(user: User, wish: Wish, by: Any = None) -> tuple[AccessToken, str]:
    """A new token and its 40 hex characters, which are never shown again.

    `by` is the token that asks, if one does: none makes a token that may more or lasts longer than itself
    (`Forbidden("more_than_held")`). `Invalid` with `errors` for what makes no sense.
    """

    def act() -> tuple[AccessToken, str]:
        _check(user, wish)
        if isinstance(by, AccessToken):
            _check_held(wish, by)
        scopes = [name for name in SCOPES if name in wish.scopes]
        key = AccessToken.issue(user, wish.name.strip(), scopes=scopes, expires_at=wish.expires_at)
        return AccessToken.objects.get(digest=AccessToken.digest_of(key)), key

    return transact(act)


def remove(tokens: QuerySet[AccessToken], token_id: int) -> None:
    """One of these opens nothing any more; `NotFound` where it is not one of them."""

    def act() -> None:
        count, _rows = tokens.filter(pk=token_id).delete()
        if not count:
            raise NotFound("not_found", _("There is no such token."))

    transact(act)


def note_use(token: AccessToken) -> None:
    """Write down that it was used, at most once a minute; where somebody else does just now, nobody waits."""
    with transaction.atomic():
        stale = AccessToken.objects.filter(STALE, pk=token.pk).select_for_update(skip_locked=True)
        AccessToken.objects.filter(pk__in=stale.values("pk")).update(last_used_at=Now())


def _check(user: User, wish: Wish) -> None:
    if not wish.name.strip():
        raise _bad("name", "name_required", _("Give it a name, so that you know it again."))
    if not set(wish.scopes) <= SCOPES.keys():
        raise _bad("scopes", "bad_scopes", _("Choose what it may do."))
    if wish.expires_at is not None and wish.expires_at <= database_now():
        raise _bad("expires_at", "already_over", _("Its end is over already."))
    if of(user).count() >= MOST:
        raise Invalid("too_many_tokens", _("There are too many tokens already. Remove one."))


def _check_held(wish: Wish, by: AccessToken) -> None:
    more = by.held is not None and (not wish.scopes or not set(wish.scopes) <= by.held)
    longer = by.expires_at is not None and (wish.expires_at is None or wish.expires_at > by.expires_at)
    if more or longer:
        raise Forbidden("more_than_held", _("A token makes none that may more or lasts longer than itself."))


def _bad(field: str, code: str, words: str) -> Invalid:
    return Invalid(code, words, {"errors": {field: [words]}})
