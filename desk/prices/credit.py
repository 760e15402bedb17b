"""Gift credit: what was given out and how much of it is left, and giving out more."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import issuing
from bookings.issuing import Gift
from bookings.models import CreditEntry, GiftCredit
from desk.customers.forms import CreditForm
from desk.inputs import day_input
from desk.once import once
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone
from venues.access import check_manager

PER_PAGE, LONGEST_SEARCH = 50, 100


class NewCreditForm(CreditForm):
    """Gift credit for whoever has the code."""

    valid_until = forms.DateField(label=gettext_lazy("Last day (optional)"), required=False, widget=day_input())

    def clean_valid_until(self) -> date | None:
        """A day that is not over."""
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < _today():
            raise forms.ValidationError(_("That day is over."))
        return day


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def gift_credit(request: HttpRequest) -> HttpResponse:
    """What there is, the newest first; `q` is a code, a note or whom it is for. A POST gives out more."""
    check_manager(request.user)
    form = NewCreditForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        gift = Gift(given["amount"], form.currency, valid_until=given["valid_until"], note=given["note"])
        if made := once(request, given["number"], lambda: issuing.issue(gift)):
            messages.success(request, _("The credit has the code %(code)s.") % {"code": made.code})
        return redirect("gift-credit")
    sought = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    left = GiftCredit.objects.filter(_is_good()).order_by("currency").values("currency")
    context: dict[str, Any] = {
        "form": form,
        "page": Paginator(_found(sought), PER_PAGE).get_page(request.GET.get("page")),
        "left": left.annotate(minor=Sum("balance_minor")).filter(minor__gt=0),
        "q": sought,
        "today": _today(),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "desk/prices/credit.html", context, status=status)


def _found(sought: str) -> QuerySet[GiftCredit]:
    # What was used stands by a booking. Asked of the rows of a page, and not of all.
    entries: QuerySet[CreditEntry, Any] = CreditEntry.objects.filter(credit=OuterRef("pk"), booking=None).order_by()
    given = entries.values("credit").annotate(minor=Sum("amount_minor")).values("minor")
    rows = GiftCredit.objects.annotate(given_minor=Subquery(given))
    if sought:
        theirs = Q(customer__name__icontains=sought) | Q(customer__email__icontains=sought)
        rows = rows.filter(Q(code__icontains=sought) | Q(note__icontains=sought) | theirs)
    return rows.select_related("customer").order_by("-created_at", "pk")


def _is_good() -> Q:
    return Q(valid_until=None) | Q(valid_until__gte=_today())


def _today() -> date:
    return database_now().astimezone(zone(current_tenant().time_zone)).date()
