"""The owner's pages about the business itself: what it is called, and in which language it writes."""

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from billing.payments.issuing import business as seller
from billing.payments.issuing import locked_business
from bookings import naming
from bookings.views.account import ways
from desk.settings.forms import BusinessForm, LanguageForm
from kernel.errors import Invalid
from schemas.transactions import transact
from tenants.models import Tenant
from venues.access import check_owner


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def business(request: HttpRequest) -> HttpResponse:
    """Name, clock and currency."""
    check_owner(ways.member(request))
    tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]
    is_fixed = naming.has_fixed_currency()
    form = BusinessForm(tenant, request.POST if request.method == "POST" else None, is_fixed=is_fixed)
    if form.is_bound and form.is_valid():
        try:
            is_changed = naming.change(form.named(), lambda now: form.check_same(form.known(now)))
        except Invalid as invalid:
            _say(form, invalid)
        else:
            if is_changed:
                messages.success(request, _("Saved. Pages and letters say so from now on."))
                return redirect("settings-business")
    context = {"form": form, "is_fixed": is_fixed}
    return render(
        request, "desk/settings/business.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def languages(request: HttpRequest) -> HttpResponse:
    """In which language the house writes; pages are in that of their reader."""
    check_owner(ways.member(request))
    form = LanguageForm(request.POST if request.method == "POST" else None, initial={"language": seller().language})

    def change() -> bool:
        about = locked_business()
        if not form.check_same({"language": about.language}):
            return False
        about.language = form.cleaned_data["language"]
        about.save(update_fields=["language"])
        return True

    if form.is_bound and form.is_valid() and transact(change):
        messages.success(request, _("Saved. New documents and letters are in this language."))
        return redirect("settings-languages")
    context = {"form": form, "offered": settings.LANGUAGES}
    return render(
        request, "desk/settings/languages.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200
    )


def _say(form: forms.Form, invalid: Invalid) -> None:
    errors = invalid.extra.get("errors")
    if not isinstance(errors, dict):
        form.add_error("currency", invalid.detail)
        return
    for name, told in errors.items():
        form.add_error(name if name in form.fields else None, list(told))
