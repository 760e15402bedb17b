"""Rows that are customers: an account each, without a password, and nobody is written to."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import customers
from bookings.exports.people import BETWEEN
from bookings.imports.rows import Found, Run, There, Trade
from bookings.imports.values import Cells, wrong
from kernel.errors import Invalid
from venues.models import CustomerGroup, Membership

LONGEST = {"email": 254, "name": 150, "phone": 32}


def email_of(cells: Cells) -> str:
    """The address in lower case; `Invalid` for one that is none."""
    email = cells.get("email", "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise wrong("email") from None
    return email


def check_lengths(cells: Cells) -> None:
    """Refuse what does not fit."""
    for name, most in LONGEST.items():
        if len(cells.get(name, "")) > most:
            raise wrong(name)


def _groups(cells: Cells) -> list[CustomerGroup]:
    names = {name.strip().casefold() for name in cells.get("groups", "").split(BETWEEN)} - {""}
    found = [group for group in CustomerGroup.objects.all() if group.name.casefold() in names] if names else []
    if len(found) != len(names):
        raise Invalid("group_unknown", _("There is no such group."), {"column": "groups"})
    return found


def _attempt(_run: Run, cells: Cells) -> Found:
    check_lengths(cells)
    known = User.objects.filter(email=email_of(cells)).first()
    if known:
        return Found(made=str(known.pk))
    _groups(cells)
    return Found()


def _make(_run: Run, cells: Cells) -> str:
    check_lengths(cells)
    email, groups = email_of(cells), _groups(cells)
    known = User.objects.filter(email=email).first()
    if known:
        raise There(str(known.pk))
    user = customers.make(email, {name: cells[name] for name in customers.PERSONAL if name in cells})
    Membership.objects.bulk_create(Membership(group=group, user=user) for group in groups)
    return str(user.pk)


def _is_there(made: str) -> bool:
    return User.objects.filter(pk=int(made)).exists()


TRADE = Trade(_attempt, _make, _is_there)
