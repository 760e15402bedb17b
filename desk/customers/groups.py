"""Groups of customers, and who is in them. What a group pays is set with the prices."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import staff_only
from bookings.members import groups_seen_by, members_seen_by
from bookings.purchases.granting import today
from desk.callers import staff
from desk.customers import members
from desk.customers.forms import GroupForm, MemberForm
from desk.customers.leafing import leaf
from kernel.errors import NotFound
from rest.fields import BIGINT_MAX
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import MANAGES, check_manager, sees_every_venue
from venues.models import CustomerGroup

METHODS = ["GET", "HEAD", "POST"]


@staff_only
@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """All of them with how many are in each."""
    page = leaf(request, groups_seen_by(request.user).order_by("position", "name", "pk"))
    return render(request, "desk/customers/groups.html", {"page": page, "manages": staff(request).role in MANAGES})


@staff_only
@require_http_methods(METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Make one; owner and managers."""
    check_manager(request.user)
    form = GroupForm(CustomerGroup(), request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = transact(form.save)
        messages.success(request, _("%(name)s is saved.") % {"name": made.name})
        return redirect("desk-group", made.pk)
    return render(
        request, "desk/customers/group_new.html", {"form": form}, status=HTTPStatus.BAD_REQUEST if form.errors else 200
    )


@staff_only
@require_http_methods(METHODS)
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group: its name and percentage, and its members, to be added and leafed through."""
    found = one(group_id)
    sent = request.POST if request.method == "POST" else None
    if sent is not None:
        check_manager(request.user)
    is_member = sent is not None and "email" in sent
    form = GroupForm(found, sent if sent is not None and not is_member else None)
    joining = MemberForm(found, request.user, sent if is_member else None)
    if is_member and joining.is_valid() and members.add(request, found, joining):
        return redirect("desk-group", found.pk)
    if form.is_bound and form.is_valid() and transact(lambda: _changed(form)):
        messages.success(request, _("%(name)s is saved.") % {"name": form.group.name})
        return redirect("desk-group", found.pk)
    rows = members_seen_by(request.user).filter(group=found).select_related("user").order_by("user__name", "user_id")
    context = {
        "group": found,
        "form": form,
        "joining": joining,
        "page": leaf(request, rows),
        "today": today(database_now()),
        "manages": staff(request).role in MANAGES,
        "sees_all": sees_every_venue(request.user),
    }
    is_wrong = bool(form.errors or joining.errors)
    return render(request, "desk/customers/group.html", context, status=HTTPStatus.BAD_REQUEST if is_wrong else 200)


def _changed(form: GroupForm) -> bool:
    """Whether it is written; not where somebody else has changed it meanwhile, which the form says."""
    now = CustomerGroup.objects.select_for_update(no_key=True).filter(pk=form.group.pk).first()
    if now is None:
        raise _gone()
    return form.check_same(form.known(now)) and bool(form.save())


def one(group_id: int) -> CustomerGroup:
    """A group by its number; raises `NotFound`."""
    found = CustomerGroup.objects.filter(pk=group_id).first() if group_id <= BIGINT_MAX else None
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound("not_found", _("There is no such group."))
