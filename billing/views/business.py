"""The owner's page about who sells."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from billing.access import check_runs_money
from billing.payments.issuing import business
from billing.views.forms import BusinessForm

BAD_REQUEST = 400


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """What documents say of the seller; sent, it counts for those that are issued from now on."""
    check_runs_money(request.user)
    form = BusinessForm(request.POST if request.method == "POST" else None, instance=business())
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("Saved. New documents say so."))
        return redirect("money-business")
    return render(request, "money/business.html", {"form": form}, status=BAD_REQUEST if form.errors else 200)
