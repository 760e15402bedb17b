"""An operator sees a tenant's pages as one of its people: with a reason, for minutes, and the tenant knows of it.

`begin` makes a link that is good once and for a minute; `enter` changes it for a cookie at the tenant's own host,
writes the tenant's record and tells its owners. Nobody's session is made or used: the person is signed in nowhere by
it, and their last sign-in, their devices and their wrong passwords stay as they are. Each request asks `is_live`.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from accounts.models import Role, User
from desk.models import LookedIn, LookInRule
from kernel import failpoints
from kernel.errors import Forbidden, Invalid, Refused, WrongLink
from operators import access, lookin_letters, record
from operators.access import Right
from operators.models import LookIn
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants.models import Tenant

SECRET_BYTES = 32
LINK_LASTS = timedelta(seconds=60)
SHORTEST_REASON, LONGEST_REASON = 10, 400
LEAST_MINUTES, MOST_MINUTES = 5, 60
DEMO_NUMBER = 2**62
"""Of nobody's look-in: by it goes what is noted of visitors of the demo."""
ORDER = (Role.OWNER, Role.MANAGER, Role.FRONT_DESK, Role.ACCOUNTANT)


@dataclass(frozen=True, slots=True)
class Wish:
    """As whom, why, for how long, and whether anything may be changed."""

    user_id: int
    reason: str
    minutes: int
    may_change: bool = False


def staff_of(tenant: Tenant) -> list[User]:
    """Who works there and can sign in, owners first."""
    with tenant_context(tenant):
        found = list(User.objects.filter(role__in=ORDER, is_active=True).order_by("pk"))
    return sorted(found, key=lambda user: ORDER.index(Role(user.role)))


def customer_of(tenant: Tenant, email: str) -> User | None:
    """The customer with an address."""
    with tenant_context(tenant):
        found = User.objects.filter(email=email.strip().lower(), role=Role.CUSTOMER, is_active=True)
        return found.first()


def of(tenant: Tenant) -> QuerySet[LookIn]:
    """Those of a tenant, the newest first."""
    return LookIn.objects.filter(schema_name=tenant.schema_name)


def begin(operator: User, tenant: Tenant, wish: Wish) -> tuple[LookIn, str]:
    """A link's secret, for an operator who may. In `public`.

    `Invalid` with `errors` for what is missing; `Refused("tenant_state")` where its pages are closed,
    `Refused("owner_is_asked")` where the owner wants to be asked and has not said yes.
    """
    access.check(operator, Right.LOOK_IN)
    reason = " ".join(wish.reason.split())
    _check(reason, wish.minutes)
    if tenant.schema_name == get_public_schema_name() or not tenant.is_ready:
        raise Refused("tenant_state", _("Its pages are closed."))
    person = _person(tenant, wish.user_id)
    if person is None:
        raise _bad("person", _("There is nobody like that who can sign in."))
    token = secrets.token_urlsafe(SECRET_BYTES)

    def act() -> LookIn:
        now = database_now()
        _check_asked(tenant, now)
        made: LookIn = LookIn.objects.create(
            operator=operator,
            email=operator.email,
            name=operator.name or operator.email,
            schema_name=tenant.schema_name,
            user_id=person.pk,
            role=person.role,
            reason=reason[:LONGEST_REASON],
            may_change=wish.may_change,
            digest=digest_of(token),
            link_until=now + LINK_LASTS,
            started_at=now,
            expires_at=now + timedelta(minutes=wish.minutes),
        )
        changes = _("may change") if wish.may_change else _("only reads")
        about = f"{made.pk}: {person.email}, {person.role}, {wish.minutes} min, {changes}"
        record.note(operator, "look-in", tenant, about=about, reason=reason)
        return made

    return transact(act), token


def of_link(token: str) -> tuple[LookIn, User]:
    """The look-in of a link and as whom, in the tenant's schema; looking uses nothing up. `WrongLink` for any other."""
    rows = LookIn.objects.filter(digest=digest_of(token), schema_name=current_schema())
    found = rows.filter(opened=None, ended_at=None, link_until__gt=Now()).first()
    person = person_of(found) if found else None
    if found is None or person is None or not _may_still(found):
        raise wrong_link()
    return found, person


def enter(token: str) -> tuple[LookIn, str]:
    """The look-in of a link, and the secret of its cookie. In the tenant's schema; `WrongLink` for any other link.

    The tenant's own record and the letter to its owners are written with it.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)

    def act() -> LookIn:
        found, _person = of_link(token)
        failpoints.hit("look_in.looked")
        # Of two who have the link, one gets in: the other one's row is opened by then.
        if not LookIn.objects.filter(pk=found.pk, opened=None).update(opened=digest_of(secret)):
            raise wrong_link()
        kept = LookedIn.objects.create(
            id=found.pk,
            operator=found.name,
            user_id=found.user_id,
            role=found.role,
            reason=found.reason,
            may_change=found.may_change,
            begun_at=database_now(),
            until=found.expires_at,
        )
        lookin_letters.tell_owners(kept)
        return found

    return transact(act), secret


def known(secret: str) -> LookIn | None:
    """The look-in of a cookie at this tenant, over or not."""
    return LookIn.objects.filter(opened=digest_of(secret), schema_name=current_schema()).first()


def is_live(found: LookIn) -> bool:
    """Whether it goes on, by the database's clock; whose right was taken away is ended with this."""
    if not LookIn.objects.filter(pk=found.pk, ended_at=None, expires_at__gt=Now()).exists():
        return False
    if not LookedIn.objects.filter(pk=found.pk, ended_at=None).exists():
        return False
    if person_of(found) is None or not _may_still(found):
        end(found)
        return False
    return True


def end(found: LookIn) -> None:
    """It is over from now on; in the tenant's schema."""

    def act() -> None:
        now = database_now()
        if LookIn.objects.filter(pk=found.pk, ended_at=None).update(ended_at=now):
            LookedIn.objects.filter(pk=found.pk, ended_at=None).update(ended_at=now)
            tenant = Tenant.objects.get(schema_name=found.schema_name)
            by = _operator(found)
            record.note(by, "look-in ended", tenant, about=str(found.pk))

    transact(act)


def person_of(found: LookIn) -> User | None:
    """As whom; None for somebody who cannot sign in any more, or has another role by now."""
    person = User.objects.filter(pk=found.user_id, role=found.role, is_active=True).first()
    if person is not None:
        person.look_in = found.pk
    return person


def shown_person() -> User | None:
    """As whom everybody sees the demo's desk: its first owner. What is noted of it names the platform."""
    person = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    if person is not None:
        person.look_in = DEMO_NUMBER
    return person


def wrong_link() -> WrongLink:
    """What is said of every link that is not good, whatever is wrong with it."""
    return WrongLink("not_found", _("This link leads nowhere."))


def digest_of(token: str) -> str:
    """SHA-256 of a secret: 256 random bits need no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def _operator(found: LookIn) -> User | None:
    with schema_context(get_public_schema_name()):
        return User.objects.filter(pk=found.operator_id or 0).first()


def _may_still(found: LookIn) -> bool:
    operator = _operator(found)
    with schema_context(get_public_schema_name()):
        return operator is not None and access.may(operator, Right.LOOK_IN)


def _person(tenant: Tenant, user_id: int) -> User | None:
    with tenant_context(tenant):
        return User.objects.filter(pk=user_id, is_active=True, erased_at=None).first()


def _check(reason: str, minutes: int) -> None:
    if len(reason) < SHORTEST_REASON:
        raise _bad("reason", _("Say why in ten characters at least: the tenant reads it."))
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise _bad("minutes", _("Between 5 and 60 minutes."))


def _check_asked(tenant: Tenant, now: datetime) -> None:
    with tenant_context(tenant):
        rule = LookInRule.objects.first()
    if rule and rule.asks_first and (rule.open_until is None or rule.open_until <= now):
        raise Forbidden(
            "owner_is_asked", _("This business wants to be asked first. Its owner allows it under Team, Forecourt.")
        )


def _bad(field: str, words: str) -> Invalid:
    return Invalid("invalid", words, {"errors": {field: [words]}})
