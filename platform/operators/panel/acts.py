"""What operators do about a tenant: each act has a right, a form that asks why, and a line in the record.

A module registers its acts with `act`; the tenant's page offers those that make sense and that the caller may do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from kernel.errors import NotFound, Refused
from operators import access, record
from operators.access import Right
from operators.panel.site import panel
from schemas.transactions import transact
from tenants.models import Tenant

REASON = 200
Words = str | Promise


class ActForm(forms.Form):
    """Why; acts that ask more derive from it and name their fields before it."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON, widget=UnfoldAdminTextInputWidget())

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.initial.update(self.begins_with())
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    @property
    def now(self) -> str:
        """How it is before the act, in words; empty where there is nothing to say."""
        return ""

    def begins_with(self) -> dict[str, Any]:
        """What stands in the fields at first, by name."""
        return {}


def always(_tenant: Tenant) -> bool:
    """Offered whatever the tenant's state is."""
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """An act. `do` changes things and answers what the record says of it; `Refused` is shown and changes nothing.

    `means` says what will happen, before it does. What `is_outside` speaks to Stripe, so in no transaction: its line is
    written after it. Every other act and its line are there together, or neither is.
    """

    name: str
    right: Right
    title: Words
    means: Words
    do: Callable[[Tenant, dict[str, Any]], str]
    form: type[ActForm] = ActForm
    is_offered: Callable[[Tenant], bool] = always
    is_grave: bool = False
    is_outside: bool = False


_acts: dict[str, Act] = {}


def act(made: Act) -> Act:
    """Register an act."""
    _acts[made.name] = made
    return made


def offered(tenant: Tenant, user: Any) -> list[Act]:
    """What somebody can do about a tenant as it is now."""
    return [each for each in _acts.values() if access.may(user, each.right) and each.is_offered(tenant)]


@panel.page("tenants/<int:tenant_id>/<slug:name>/", "operator-act")
def perform(request: HttpRequest, tenant_id: int, name: str) -> HttpResponse:
    """The form of an act, and doing it."""
    wanted = _acts.get(name)
    if wanted is None:
        raise NotFound("not_found", "There is no such act.")
    access.check(request.user, wanted.right)
    tenant = get_object_or_404(Tenant.objects.exclude(schema_name=get_public_schema_name()), pk=tenant_id)
    form = wanted.form(tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            about = _done(request.user, wanted, tenant, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            said = _("Done: %(what)s") % {"what": wanted.title}
            messages.success(request, f"{said} · {about}" if about else said)
            return redirect("admin:tenants_tenant_change", tenant.pk)
    context = {"act": wanted, "tenant": tenant, "form": form, "subtitle": tenant.name}
    return panel.show(request, "operators/act.html", str(wanted.title), **context)


def _done(user: User | AnonymousUser, wanted: Act, tenant: Tenant, said: dict[str, Any]) -> str:
    def both() -> str:
        about = wanted.do(tenant, said)
        record.note(user, wanted.name, tenant, about=about, reason=said["reason"])
        return about

    return both() if wanted.is_outside else transact(both)
