"""Signing up: what was typed is kept, and a link is mailed that proves the address. No business is made before that.

Addresses are looked up nowhere, so nobody learns who has a business here. Looking at a link uses nothing up, for
scanners of mail follow links; its button does (`website.opening`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from kernel.errors import Gone, WrongLink
from schemas.clock import database_now
from schemas.keys import salt
from schemas.transactions import transact
from tenants import cleaning
from website import legal, letters, texts
from website.models import SignUp, SignUpLink

TOKEN_BYTES = 32
LASTS = timedelta(hours=24)
KEPT = timedelta(days=30)
"""So long after it was made a sign-up is there, used or not."""
MOST_LETTERS = 5
"""So many letters one sign-up gets at most, however slowly they are asked for."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says, checked: the address in lower case, the plan's code or nothing where none are sold."""

    name: str
    slug: str
    email: str
    time_zone: str
    currency: str
    plan: str = ""


def apply(typed: Typed) -> SignUp:
    """Keep what was typed and mail the link."""

    def act() -> SignUp:
        now = database_now()
        language = get_language() or "en"
        row = SignUp.objects.create(
            name=typed.name,
            slug=typed.slug,
            email=typed.email,
            time_zone=typed.time_zone,
            currency=typed.currency,
            plan=typed.plan,
            terms=legal.VERSION,
            texts=texts.keep(language, now),
            language=language,
            made_at=now,
        )
        _mail(row, now)
        return row

    return transact(act)


def again(sign_up: SignUp) -> None:
    """Mail another link for the same sign-up; the earlier ones stay good. `Gone` where it is used or had enough."""

    def act() -> None:
        row = SignUp.objects.select_for_update().get(pk=sign_up.pk)
        if row.used_at is not None:
            raise Gone("sign_up_used", _("This business is open already."))
        if row.letters >= MOST_LETTERS:
            raise Gone("sign_up_letters", _("That were many letters. Please sign up anew, or write to us."))
        with override(row.language):
            _mail(row, database_now())

    transact(act)


def look(token: str) -> SignUpLink:
    """The link of a token with its sign-up, whether or not it is still good. `WrongLink` for nobody's."""
    found = SignUpLink.objects.select_related("sign_up").filter(digest=digest_of(token)).first()
    if found is None:
        raise WrongLink("not_found", _("This link leads nowhere."))
    return found


def is_over(link: SignUpLink, now: datetime) -> bool:
    """Whether the link is too old; a new one can be mailed."""
    return link.expires_at <= now


def sign_ups(*, waiting: bool = False) -> QuerySet[SignUp]:
    """Those of the last `KEPT`, newest first: for the operators. `waiting`: only those that opened no business yet."""
    found = SignUp.objects.order_by("-made_at", "pk")
    return found.filter(used_at=None) if waiting else found


def sweep() -> int:
    """Delete what was typed `KEPT` ago."""
    return cleaning.sweep(SignUp.objects.filter(made_at__lt=database_now() - KEPT))


def digest_of(token: str) -> str:
    """SHA-256 of a token: 256 random bits need no stretching."""
    return hashlib.sha256(f"{salt('sign-up')}:{token}".encode()).hexdigest()


def _mail(row: SignUp, now: datetime) -> None:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    SignUpLink.objects.create(sign_up=row, digest=digest_of(token), expires_at=now + LASTS)
    row.letters += 1
    row.save(update_fields=["letters"])
    letters.post(row, token, now)
