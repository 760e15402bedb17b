"""Somebody who works here: what they may do, where they are signed in, and the end of it. The owner's page."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, passkeys, recovery, whereabouts
from accounts.doors import staff_only
from accounts.models import STAFF_ROLES, User
from accounts.recent import is_recent
from bookings.team import changing, rights
from bookings.team.words import role_name
from bookings.views.account import ways
from desk.team.forms import MemberForm
from kernel.errors import NotFound, Refused
from schemas.transactions import transact
from venues.access import check_owner

METHODS = ["GET", "HEAD", "POST"]
Act = Callable[[User, int], User]


@staff_only
@require_http_methods(METHODS)
def person(request: HttpRequest, member_id: int) -> HttpResponse:
    """What somebody may do, to be changed; and everything else about them here."""
    found = _one(request, member_id)
    sent = request.POST if request.method == "POST" else None
    form = MemberForm(rights.ORDER, sent, initial=MemberForm.known(found))
    if form.is_bound and form.is_valid():
        try:
            is_changed = transact(lambda: _changed(request, member_id, form))
        except Refused as refusal:
            form.add_error("venues" if refusal.code == "venues_required" else "role", refusal.detail)
        else:
            if is_changed:
                messages.success(request, _("Saved. They are told by mail."))
                # Who gives up owning the business here is signed out with it.
                return redirect("team") if found.pk == ways.member(request).pk else redirect("team-person", member_id)
    context = {
        "person": found,
        "is_self": found.pk == ways.member(request).pk,
        "role": role_name(found.role),
        "form": form,
        "sessions": whereabouts.of(found),
        "authenticator": codes.of(found),
        "left": recovery.left(found),
        "passkeys": passkeys.of(found).count(),
    }
    return render(request, "desk/team/person.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


def _changed(request: HttpRequest, member_id: int, form: MemberForm) -> bool:
    """Whether it is written; not where another owner has changed it meanwhile, which the form says."""
    rights.alone()
    if not form.check_same(form.known(rights.member(member_id))):
        return False
    changing.change(ways.member(request), member_id, form.cleaned_data["role"], form.cleaned_data["venues"])
    return True


@staff_only
@require_POST
def sign_out(request: HttpRequest, member_id: int) -> HttpResponse:
    """End all of their sessions."""
    found = changing.sign_out(ways.member(request), member_id)
    if found.pk == ways.member(request).pk:
        ways.stay_in(request, found)
    messages.success(request, _("They are signed out everywhere."))
    return redirect("team-person", member_id)


@staff_only
@require_POST
def reactivate(request: HttpRequest, member_id: int) -> HttpResponse:
    """Let them in again."""
    changing.reactivate(ways.member(request), member_id)
    messages.success(request, _("They can sign in again, and are told by mail."))
    return redirect("team-person", member_id)


def _asks(route: str, act: Act, title: str | Promise, what: list[str | Promise], said: Any) -> Any:
    """A page that says what will happen and does it, after a sign-in of the last quarter of an hour."""

    @staff_only
    @require_http_methods(METHODS)
    def page(request: HttpRequest, member_id: int) -> HttpResponse:
        found, user = _one(request, member_id), ways.member(request)
        if not is_recent(request):
            return ways.sign_in_again(request, request.path)
        refused = None
        if request.method == "POST":
            try:
                act(user, member_id)
            except Refused as refusal:
                refused = refusal.detail
            else:
                _stay(request, user)
                messages.success(request, said)
                return redirect("team")
        context = {"person": found, "title": title, "what": what, "route": route, "refused": refused}
        return render(request, "desk/team/sure.html", context, status=HTTPStatus.BAD_REQUEST if refused else 200)

    return page


deactivate = _asks(
    "team-deactivate",
    changing.deactivate,
    gettext_lazy("Switch their account off"),
    [
        gettext_lazy("They are signed out everywhere at once, and cannot sign in."),
        gettext_lazy("Their tokens and apps open nothing."),
        gettext_lazy("You can switch it on again at any time. They are told by mail."),
    ],
    gettext_lazy("Their account is switched off."),
)
remove = _asks(
    "team-remove",
    changing.remove,
    gettext_lazy("Take them off the team"),
    [
        gettext_lazy("They are signed out everywhere at once; their tokens and apps are deleted."),
        gettext_lazy("Their account stays as a customer’s, with their own bookings; they can have it erased."),
        gettext_lazy("What they did here stays in the record. To work here again, they are asked in anew."),
    ],
    gettext_lazy("They do not work here any more."),
)
hand_over = _asks(
    "team-hand-over",
    changing.hand_over,
    gettext_lazy("Hand the business over to them"),
    [
        gettext_lazy("They become owner: they may everything, also take you off the team."),
        gettext_lazy("You become a manager of all venues, and cannot take it back yourself."),
        gettext_lazy("Both of you are told by mail."),
    ],
    gettext_lazy("The business has another owner. You are a manager now."),
)
reset = _asks(
    "team-reset",
    changing.reset_second_factor,
    gettext_lazy("Reset their two-factor sign-in"),
    [
        gettext_lazy("Their app for codes, their recovery codes and their passkeys are removed."),
        gettext_lazy("They are signed out everywhere, and sign in by password or mailed link."),
        gettext_lazy("Do this only if you know that it is them who asks. They are told by mail."),
    ],
    gettext_lazy("Their two-factor sign-in is reset."),
)


def _one(request: HttpRequest, member_id: int) -> User:
    check_owner(request.user)
    found = User.objects.filter(pk=member_id, role__in=STAFF_ROLES).first()
    if found is None:
        raise NotFound("not_found", _("Nobody of that number works here."))
    return found


def _stay(request: HttpRequest, user: User) -> None:
    """Whoever handed the business over is signed out elsewhere, and not here."""
    current = User.objects.get(pk=user.pk)
    if current.sign_outs != user.sign_outs:
        ways.stay_in(request, current)
