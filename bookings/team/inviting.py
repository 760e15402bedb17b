"""Asking somebody to work here: a mailed link, good once, for a week; and taking it.

An address that has a customer's account becomes that account's: its owner signs in first. An invitation is as good as
who wrote it: once they may not offer the role any more, it is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import links, required
from accounts.links import LASTS, Purpose, Wish
from accounts.models import STAFF_ROLES, MailedLink, Role, User
from bookings.own import letters
from bookings.team import rights
from bookings.team.words import role_name
from kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import limits
from tenants.limits import Thing
from venues.models import Invitation, Venue, VenueAssignment


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked in: the address, what they are called, in which role and, as a manager, for which venues."""

    email: str
    name: str
    role: str
    venues: Collection[int] = ()


def invite(by: User, asked: Asked) -> Invitation:
    """Ask somebody in, and mail the link.

    `Forbidden`: `permission_denied`, `plan_limit`; `Conflict`: `works_here`, `account_closed`, `invited_already`;
    `Invalid("venues_required")` for a manager of nothing.
    """

    def act() -> Invitation:
        rights.alone()
        current, email = rights.acting(by), asked.email.strip().lower()
        if asked.role not in rights.roles_offered_by(current):
            raise Forbidden("permission_denied", _("You may not ask anybody in for that."))
        venues = venues_for(asked.role, asked.venues)
        _check_new(email)
        limits.take(Thing.STAFF, 1 + Invitation.objects.count())
        now = database_now()
        made = Invitation.objects.create(
            email=email,
            name=asked.name.strip(),
            role=asked.role,
            invited_by=current,
            created_at=now,
            expires_at=now + LASTS[Purpose.INVITE],
        )
        made.venues.set(venues)
        _send(made, now)
        return made

    return transact(act)


def resend(by: User, invitation_id: int) -> Invitation:
    """Mail another link; those of before are over, and the week begins anew."""

    def act() -> Invitation:
        rights.alone()
        found, now = _one(by, invitation_id), database_now()
        found.invited_by, found.expires_at = rights.acting(by), now + LASTS[Purpose.INVITE]
        found.save(update_fields=["invited_by", "expires_at"])
        _drop_links(found.email)
        _send(found, now)
        return found

    return transact(act)


def withdraw(by: User, invitation_id: int) -> str:
    """Nobody is asked any more; answers the address."""

    def act() -> str:
        rights.alone()
        found = _one(by, invitation_id)
        _drop_links(found.email)
        found.delete()
        return found.email

    return transact(act)


def look(link: MailedLink) -> Invitation:
    """What a link asks; `Gone("link_over")` where that does not stand any more."""
    found = Invitation.objects.select_related("invited_by").filter(email=link.email).first()
    if found is None or not _is_good(found):
        raise Gone("link_over", _("This invitation does not stand any more."))
    return found


def known(link: MailedLink) -> User | None:
    """Whose account the address has already: they sign in before they accept."""
    return User.objects.filter(email=link.email).first()


def accept(token: str, name: str, password: str) -> User:
    """Begin to work here. `name` and `password` are for whoever has no account; an empty password is none.

    Raises as `links.use`; `Gone("link_over")`; `Forbidden("plan_limit")`; `Invalid` with `errors` for a weak password.
    """

    def act() -> User:
        rights.alone()
        link = links.use(token, Purpose.INVITE)
        asked = look(link)
        user = User.objects.select_for_update().filter(email=link.email).first()
        if user is None:
            user = _made(link.email, name or asked.name, password)
        elif not user.is_active or user.role != Role.CUSTOMER:
            raise Gone("link_over", _("This invitation does not stand any more."))
        limits.take(Thing.STAFF)
        user.role, user.second_factor_from = asked.role, required.since_of(asked.role)
        user.verified_at = user.verified_at or database_now()
        user.save(update_fields=["role", "second_factor_from", "verified_at"])
        assign(user, asked.venues.all())
        asked.delete()
        return user

    return transact(act)


def assign(user: User, venues: Collection[Venue] | QuerySet[Venue]) -> None:
    """Exactly these venues are theirs, in the caller's transaction."""
    wanted = {venue.pk for venue in venues}
    VenueAssignment.objects.filter(user=user).exclude(venue__in=wanted).delete()
    had = set(VenueAssignment.objects.filter(user=user).values_list("venue_id", flat=True))
    VenueAssignment.objects.bulk_create(VenueAssignment(user=user, venue_id=pk) for pk in sorted(wanted - had))


def venues_for(role: str, wanted: Collection[int]) -> list[Venue]:
    """The venues of a manager; nobody else has any. `Invalid("venues_required")` for none."""
    if role != Role.MANAGER:
        return []
    found = list(Venue.objects.filter(pk__in=wanted).order_by("pk"))
    if not found:
        words = _("Choose at least one venue.")
        raise Invalid("venues_required", words, {"errors": {"venues": [words]}})
    return found


def _check_new(email: str) -> None:
    user = User.objects.filter(email=email).first()
    if user is not None and user.role in STAFF_ROLES:
        raise Conflict("works_here", _("They work here already."))
    if user is not None and not user.is_active:
        raise Conflict("account_closed", _("There is an account with this address, and it is closed."))
    if Invitation.objects.filter(email=email).exists():
        raise Conflict("invited_already", _("They are asked already. Send the invitation again."))


def _one(by: User, invitation_id: int) -> Invitation:
    found = rights.invitations_of(rights.acting(by)).filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such invitation."))
    return found


def _is_good(asked: Invitation) -> bool:
    by = asked.invited_by
    return by is not None and by.is_active and asked.role in rights.roles_offered_by(by)


def _made(email: str, name: str, password: str) -> User:
    if password:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise Invalid("weak_password", " ".join(error.messages), {"errors": {"password": error.messages}}) from None
    return User.objects.create_user(email, password or None, name=name)


def _drop_links(email: str) -> None:
    MailedLink.objects.filter(email=email, purpose=Purpose.INVITE, used_at=None).delete()


def _send(asked: Invitation, now: datetime) -> None:
    by, role = asked.invited_by, role_name(asked.role)
    who = (by.name or by.email) if by else ""
    letters.send_link(Wish(Purpose.INVITE, asked.email, name=asked.name), letters.invites(who, role), now)
