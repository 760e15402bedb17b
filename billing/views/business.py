"""The owner's page about who sells."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from billing.access import check_runs_money
from billing.payments.issuing import business, locked_business
from billing.views.forms import BusinessForm
from schemas.transactions import transact

BAD_REQUEST = 400


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """What documents say of the seller; sent, it counts for those that are issued from now on."""
    check_runs_money(request.user)
    form = BusinessForm(request.POST if request.method == "POST" else None, instance=business())

    def change() -> bool:
        return form.check_same(form.known(locked_business())) and bool(form.save())

    if form.is_bound and form.is_valid() and transact(change):
        messages.success(request, _("Saved. New documents say so."))
        return redirect("money-business")
    return render(request, "money/business.html", {"form": form}, status=BAD_REQUEST if form.errors else 200)
