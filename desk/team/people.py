"""Who works here, and who is asked to."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import required
from accounts.doors import staff_only
from accounts.models import Authenticator, Passkey, Role, User
from bookings.team import inviting, rights
from bookings.team.inviting import Asked
from bookings.team.words import role_name
from bookings.views.account import ways
from desk.team.forms import InviteForm
from kernel.errors import Forbidden, Refused
from schemas.clock import database_now
from tenants import limits
from tenants.limits import Thing
from venues.access import team_seen_by
from venues.models import VenueAssignment

AT_ONCE = 50
MOST_ASKED = 100
FIELDS = {"works_here": "email", "account_closed": "email", "invited_already": "email", "venues_required": "venues"}
"""Which field a refusal is about."""


@staff_only
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Everybody, with what they may do and, for the owner, how they sign in; and who has not accepted yet."""
    user = ways.member(request)
    page = Paginator(_people(user), AT_ONCE).get_page(request.GET.get("page"))
    asked = rights.invitations_of(user).prefetch_related("venues")[:MOST_ASKED]
    context = {
        "page": page,
        "people": [(person, role_name(person.role)) for person in page],
        "invitations": [(each, role_name(each.role)) for each in asked],
        "may_invite": bool(rights.roles_offered_by(user)),
        "owns": user.role == Role.OWNER,
        "rule": required.rule() if user.role == Role.OWNER else None,
        "now": database_now(),
    }
    return render(request, "desk/team/team.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody in."""
    user = ways.member(request)
    roles = rights.roles_offered_by(user)
    if not roles:
        raise Forbidden("permission_denied", _("Only the owner, and managers of all venues, may ask somebody in."))
    form = InviteForm(roles, request.POST if request.method == "POST" else None, initial={"role": roles[-1]})
    if form.is_bound and form.is_valid():
        ways.admit_letter(request, form.cleaned_data["email"].lower())
        try:
            made = inviting.invite(user, _asked(form.cleaned_data))
        except Refused as refusal:
            _say(form, refusal)
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": made.email})
            return redirect("team")
    context = {"form": form, "used": limits.used(Thing.STAFF)}
    return render(request, "desk/team/invite.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


@staff_only
@require_POST
def resend(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Mail another link."""
    user = ways.member(request)
    known = rights.invitations_of(user).filter(pk=invitation_id).first()
    if known is not None:
        ways.admit_letter(request, known.email)
    made = inviting.resend(user, invitation_id)
    messages.success(request, _("Another link is on its way to %(email)s.") % {"email": made.email})
    return redirect("team")


@staff_only
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Ask no more."""
    email = inviting.withdraw(ways.member(request), invitation_id)
    messages.success(request, _("%(email)s is not asked any more; the link is void.") % {"email": email})
    return redirect("team")


def _people(user: User) -> QuerySet[User]:
    assigned = VenueAssignment.objects.select_related("venue").order_by("venue__position", "venue__name")
    return (
        team_seen_by(user)
        .annotate(
            has_app=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
            has_passkey=Exists(Passkey.objects.filter(user=OuterRef("pk"))),
        )
        .prefetch_related(Prefetch("venue_assignments", assigned))
        .order_by("-is_active", "name", "pk")
    )


def _asked(said: dict[str, Any]) -> Asked:
    return Asked(said["email"], said["name"], said["role"], said.get("venues", []))


def _say(form: InviteForm, refusal: Refused) -> None:
    form.add_error(FIELDS.get(refusal.code), refusal.detail)
