"""What somebody who works here may do, and the end of it. The owner's acts; where rights shrink, sessions end."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.utils.translation import gettext as _

from accounts import links, required, whereabouts
from accounts.models import AccessToken, Role, User
from bookings.own import letters, securing
from bookings.team import rights
from bookings.team.inviting import assign, venues_for
from bookings.team.words import role_name
from kernel.errors import Invalid, Refused
from oauth.models import AccessToken as AppToken
from oauth.models import Grant, RefreshToken
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import limits
from tenants.limits import Thing
from venues.models import Venue, VenueAssignment


def change(by: User, user_id: int, role: str, venue_ids: Collection[int]) -> User:
    """Another role, or other venues; they are told. `Refused("last_owner")`, `Invalid("venues_required")`."""

    def act(person: User) -> User:
        if role not in rights.ORDER:
            raise Invalid("unknown_role", _("Choose a role."))
        venues = venues_for(role, venue_ids)
        if role != Role.OWNER:
            rights.check_not_last(person)
        had = set(VenueAssignment.objects.filter(user=person).values_list("venue_id", flat=True))
        if person.role == role and had == {venue.pk for venue in venues}:
            return person
        shrinks = role not in {person.role, Role.OWNER} or bool(had - {venue.pk for venue in venues})
        _become(person, role)
        assign(person, venues)
        if shrinks:
            whereabouts.end_all(person)
        _tell(person, letters.role_changed(role_name(role), ", ".join(venue.name for venue in venues)))
        return person

    return _alone(by, user_id, act)


def hand_over(by: User, user_id: int) -> User:
    """Somebody else owns the business; who did is a manager of all its venues from now on. Answers who is owner now."""

    def act(person: User) -> User:
        before = User.objects.select_for_update().get(pk=by.pk)
        _check_other(before, person)
        if not person.is_active:
            raise Refused("account_closed", _("Their account is switched off."))
        venues = list(Venue.objects.order_by("pk"))
        if not venues:
            raise Refused("venues_required", _("There is no venue yet that you could manage then."))
        _become(person, Role.OWNER)
        assign(person, [])
        _become(before, Role.MANAGER)
        assign(before, venues)
        whereabouts.end_all(before)
        for each in (person, before):
            _tell(each, letters.handed_over(person.name or person.email))
        return person

    return _alone(by, user_id, act)


def deactivate(by: User, user_id: int) -> User:
    """Nothing is open to them, by page, app or token, until they are let in again."""

    def act(person: User) -> User:
        _check_other(by, person)
        rights.check_not_last(person)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            _shut_out(person)
            _tell(person, letters.switched_off)
        return person

    return _alone(by, user_id, act)


def reactivate(by: User, user_id: int) -> User:
    """Let them in again. `Forbidden("plan_limit")`."""

    def act(person: User) -> User:
        if not person.is_active:
            limits.take(Thing.STAFF)
            person.is_active, person.second_factor_from = True, required.since_of(person.role)
            person.save(update_fields=["is_active", "second_factor_from"])
            _tell(person, letters.switched_on)
        return person

    return _alone(by, user_id, act)


def remove(by: User, user_id: int) -> User:
    """They do not work here any more; what is left is a customer's account, which they may have erased."""

    def act(person: User) -> User:
        _check_other(by, person)
        rights.check_not_last(person)
        _become(person, Role.CUSTOMER)
        assign(person, [])
        for model in (AccessToken, AppToken, RefreshToken, Grant):
            model._default_manager.filter(user=person).delete()
        _shut_out(person)
        _tell(person, letters.works_here_no_more)
        return person

    return _alone(by, user_id, act)


def sign_out(by: User, user_id: int) -> User:
    """Every session of theirs is over."""

    def act(person: User) -> User:
        whereabouts.end_all(person)
        return person

    return _alone(by, user_id, act)


def reset_second_factor(by: User, user_id: int) -> User:
    """For somebody who has lost it: app, codes and passkeys are gone, every session is over, and they are told."""

    def act(person: User) -> User:
        _check_other(by, person)
        securing.take_away(person)
        return person

    return _alone(by, user_id, act)


def set_rule(by: User, whom: str, since: datetime) -> None:
    """Of whom a second factor is asked, and from when on; empty for nobody."""

    def act() -> None:
        rights.alone()
        rights.owner(by)
        required.set_rule(whom, since)

    transact(act)


def _alone(by: User, user_id: int, act: Callable[[User], User]) -> User:
    def whole() -> User:
        rights.alone()
        rights.owner(by)
        return act(rights.member(user_id))

    return transact(whole)


def _check_other(by: User, person: User) -> None:
    if by.pk == person.pk:
        raise Refused("yourself", _("That is you. Somebody else has to do that."))


def _become(person: User, role: Role | str) -> None:
    person.role, person.second_factor_from = role, required.since_of(role)
    person.save(update_fields=["role", "second_factor_from"])


def _shut_out(person: User) -> None:
    whereabouts.end_all(person)
    links.drop(person)


def _tell(person: User, said: letters.Saying) -> None:
    now = database_now()
    letters.send(f"team:{person.pk}:{now:%Y%m%d%H%M%S%f}", person.email, said, now, page="login")
