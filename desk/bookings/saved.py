"""Views of the list by name: one's own, those that the team shares, and a few that everybody has."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from accounts.models import User
from desk.bookings.wanted import Wanted, wanted_of
from desk.models import SavedView
from kernel.errors import Forbidden, NotFound, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import MANAGES

MOST_VIEWS = 30
"""Of one person: more do not fit above a list."""
LONGEST_NAME = 40
USUAL: tuple[tuple[str | Promise, Wanted], ...] = (
    (gettext_lazy("Today"), Wanted(when="today")),
    (gettext_lazy("Waits for approval"), Wanted(state="approval")),
    (gettext_lazy("Unpaid, next 7 days"), Wanted(when="7days", money="unpaid")),
    (gettext_lazy("To be returned"), Wanted(when="all", money="back")),
)
"""Everybody has these."""


@dataclass(frozen=True, slots=True)
class View:
    """A view as it stands above the list. `pk` is None for those that everybody has; `is_mine`: it can be changed."""

    name: str
    query: str
    is_current: bool
    pk: int | None = None
    is_shared: bool = False
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class Keeping:
    """A filter, the name that it gets, and whether the team has it too."""

    name: str
    query: str = ""
    is_shared: bool = False


class ViewForm(DressedForm):
    """A name for a filter."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    shared = forms.BooleanField(label=gettext_lazy("For the whole team"), required=False)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["shared"].widget.attrs["class"] = "checkbox"

    @property
    def keeping(self) -> Keeping:
        """Of a valid form."""
        given = self.cleaned_data
        query = wanted_of(self.user, given["query"]).kept
        return Keeping(given["name"], query, given["shared"])


def seen_by(user: User) -> QuerySet[SavedView]:
    """One's own, and what the team shares."""
    return SavedView.objects.filter(Q(user=user) | Q(is_shared=True))


def views_for(user: User, wanted: Wanted) -> list[View]:
    """What stands above the list, in one query."""
    usual = [View(str(name), each.query, each == wanted) for name, each in USUAL]
    kept = [
        View(row.name, row.query, row.query == wanted.query, row.pk, row.is_shared, _may_change(user, row))
        for row in seen_by(user).order_by("name", "pk")
    ]
    return usual + kept


def view_of(user: User, view_id: int) -> SavedView:
    """A view that somebody may change: an own one, or for the owner and managers what is shared. `NotFound`."""
    found = seen_by(user).filter(pk=view_id).first()
    if found is None or not _may_change(user, found):
        raise NotFound("not_found", _("There is no such view."))
    return found


def _may_change(user: User, view: SavedView) -> bool:
    return view.user_id == user.pk or (view.is_shared and user.role in MANAGES)


def keep(user: User, wanted: Keeping) -> SavedView:
    """Keep a filter under a name; the same name once more keeps the new filter.

    Raises `Refused` with `nothing_to_keep` or `too_many_views`, and `Forbidden` where it may not be shared.
    """
    _check_shares(user, wanted)
    if not wanted.query:
        raise Refused("nothing_to_keep", _("Choose a filter first, then keep it under a name."))

    def act() -> SavedView:
        mine = User.objects.select_for_update(no_key=True).get(pk=user.pk).saved_views
        if not mine.filter(name=wanted.name).exists() and mine.count() >= MOST_VIEWS:
            raise Refused("too_many_views", _("You have many views already. Delete one first."))
        view, _is_new = mine.update_or_create(
            name=wanted.name,
            defaults={"query": wanted.query, "is_shared": wanted.is_shared},
            create_defaults={"query": wanted.query, "is_shared": wanted.is_shared, "created_at": database_now()},
        )
        return view

    return transact(act)


def rename(user: User, view: SavedView, wanted: Keeping) -> None:
    """Another name, and whether it is shared. Raises `Refused("name_taken")`."""
    if wanted.is_shared != view.is_shared:
        _check_shares(user, wanted)

    def act() -> None:
        view.name, view.is_shared = wanted.name, wanted.is_shared
        view.save(update_fields=["name", "is_shared"])

    try:
        transact(act)
    except IntegrityError:
        raise Refused("name_taken", _("There is a view of this name already.")) from None


def _check_shares(user: User, wanted: Keeping) -> None:
    if wanted.is_shared and user.role not in MANAGES:
        raise Forbidden("permission_denied", _("Only the owner and managers share a view with the team."))
