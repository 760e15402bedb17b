"""Forms about clients and tokens, as people fill them in."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import tokens
from accounts.forms import DressedForm
from accounts.models import User
from oauth import clients
from oauth.clients import GRANTS, KINDS, LONGEST_ADDRESS, MOST_ADDRESSES, Wish
from oauth.models import Application
from rest.scopes import SCOPES, STAFF_READ, STAFF_WRITE, WEBHOOK_WRITE

LONGEST_LIST = MOST_ADDRESSES * (LONGEST_ADDRESS + 2)
FOR_STAFF = frozenset({STAFF_READ, STAFF_WRITE, WEBHOOK_WRITE})
ENDS = {"30": _("in 30 days"), "90": _("in 90 days"), "365": _("in a year"), "": _("never, until I remove it")}


def _ticks(label: Any, choices: list[tuple[str, Any]], **more: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"})
    return forms.MultipleChoiceField(label=label, choices=choices, widget=widget, **more)


def _list(label: Any, words: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "https://"})
    return forms.CharField(label=label, max_length=LONGEST_LIST, required=False, widget=widget, help_text=words)


class ClientForm(DressedForm):
    """A client to register or change."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("People see it when they are asked."))
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=list(KINDS.items()),
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm"}),
        initial=clients.SERVER,
    )
    grants = _ticks(_("For whom it acts"), list(GRANTS.items()))
    scopes = _ticks(_("What it may do"), list(SCOPES.items()))
    redirect_uris = _list(_("Where people return to"), _("One address a line, compared character by character."))
    allowed_origins = _list(_("Where its pages are"), _("For scripts in browsers: one origin a line."))
    acts_as = forms.TypedChoiceField(
        label=_("For itself, it acts as"), coerce=int, empty_value=None, required=False, choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = [(user.pk, f"{user.name or user.email} · {user.get_role_display()}") for user in clients.staff()]
        self.fields["acts_as"].choices = [("", _("nobody: it sees what is offered")), *staff]  # type: ignore[attr-defined]

    @staticmethod
    def filled_with(client: Application) -> dict[str, Any]:
        """What a client looks like in it."""
        wish = clients.wish_of(client)
        lists = {name: "\n".join(getattr(wish, name)) for name in ("redirect_uris", "allowed_origins")}
        return {**vars(wish), **lists}

    def wish(self) -> Wish:
        """What was filled in."""
        filled = self.cleaned_data
        lists = {name: tuple(filled[name].split()) for name in ("redirect_uris", "allowed_origins")}
        ticks = {name: tuple(filled[name]) for name in ("grants", "scopes")}
        return Wish(name=filled["name"], kind=filled["kind"], acts_as=filled["acts_as"], **lists, **ticks)


class TokenForm(DressedForm):
    """A personal token to make."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = _ticks(_("What it may do"), list(SCOPES.items()), required=False)
    ends = forms.ChoiceField(label=_("It ends"), choices=list(ENDS.items()), required=False, initial="90")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_staff_member:
            theirs = [(name, words) for name, words in SCOPES.items() if name not in FOR_STAFF]
            self.fields["scopes"].choices = theirs  # type: ignore[attr-defined]

    def wish(self, now: datetime) -> tokens.Wish:
        """What was filled in; nothing ticked is everything."""
        filled = self.cleaned_data
        ends = now + timedelta(days=int(filled["ends"])) if filled["ends"] else None
        return tokens.Wish(filled["name"], tuple(filled["scopes"]), ends)


def user_of(request: Any) -> User:
    """Who is signed in, behind a door that lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
