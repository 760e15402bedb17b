"""Who is in a group, and on which days: joining, other days, leaving. Owner and managers."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.models import User
from bookings import customers
from bookings.customers import Whom
from bookings.members import members_seen_by
from desk.callers import staff
from desk.customers import whom
from desk.customers.forms import DaysForm, JoinForm, MemberDaysForm, MemberForm
from kernel.errors import NotFound, Refused
from rest.fields import BIGINT_MAX
from venues.access import check_manager
from venues.models import CustomerGroup, Membership

LEAVE = "leave"


@staff_only
@require_POST
def join(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A customer joins a group, or has other days in it."""
    check_manager(request.user)
    customer = whom.one(staff(request), customer_id)
    form = JoinForm(request.POST)
    if form.is_valid():
        try:
            _write(customer, form.cleaned_data["group"], form)
        except Refused as refusal:
            messages.error(request, refusal.detail)
        else:
            told = _("%(name)s is in the group %(group)s.")
            group = form.cleaned_data["group"]
            messages.success(request, told % {"name": customer.name or customer.email, "group": group.name})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("desk-customer", customer.pk)


def add(request: HttpRequest, group: CustomerGroup, form: MemberForm) -> bool:
    """Add who was named in a valid form; whether that worked."""
    person = form.cleaned_data["email"]
    try:
        _write(person, group, form)
    except Refused as refusal:
        form.add_error(None, refusal.detail)
        return False
    messages.success(request, _("%(name)s is in the group %(group)s.") % {"name": person.name, "group": group.name})
    return True


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, group_id: int, user_id: int) -> HttpResponse:
    """Other days, or leaving; what was booked stays as agreed."""
    check_manager(request.user)
    found = _member(request, group_id, user_id)
    if request.method == "POST" and LEAVE in request.POST:
        customers.alone(Whom.of(found.user), found.delete)
        told = _("%(name)s is no longer in the group %(group)s.")
        messages.success(request, told % {"name": found.user.name, "group": found.group.name})
        return redirect("desk-group", group_id)
    form = MemberDaysForm(request.POST if request.method == "POST" else None, initial=MemberDaysForm.known(found))

    def change() -> bool:
        now = _member(request, group_id, user_id)
        return form.check_same(form.known(now)) and bool(_write(found.user, found.group, form))

    if form.is_bound and form.is_valid() and customers.alone(Whom.of(found.user), change):
        messages.success(request, _("The days are changed."))
        return redirect("desk-group", group_id)
    context = {"member": found, "form": form}
    return render(request, "desk/customers/member.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


def _write(person: User, group: CustomerGroup, form: DaysForm) -> Membership:
    first, last = form.days
    days = {"valid_from": first, "valid_until": last}

    def act() -> Membership:
        return Membership.objects.update_or_create(user=person, group=group, defaults=days)[0]

    return customers.alone(Whom.of(person), act)


def _member(request: HttpRequest, group_id: int, user_id: int) -> Membership:
    rows = members_seen_by(request.user).select_related("user", "group")
    is_number = max(group_id, user_id) <= BIGINT_MAX
    found = rows.filter(group=group_id, user=user_id).first() if is_number else None
    if found is None:
        raise NotFound("not_found", _("There is no such member."))
    return found
