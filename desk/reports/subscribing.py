"""Who has figures mailed: one's own, on a page with a form."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.forms import DressedForm
from desk.callers import staff
from desk.models import ReportMailing
from desk.reports import mailing
from venues.access import Anyone, venues_seen_by
from venues.models import Venue

PAGE = "reports-mailed"


class MailingForm(DressedForm):
    """How often, and of which venue."""

    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=ReportMailing.Rhythm.choices)
    venue = forms.ModelChoiceField(
        label=gettext_lazy("Venue"),
        queryset=Venue.objects.none(),
        required=False,
        empty_label=gettext_lazy("All venues"),
    )

    def __init__(self, user: Anyone, *args: Any) -> None:
        super().__init__(*args)
        venues: Any = self.fields["venue"]
        venues.queryset = venues_seen_by(user).order_by("position", "name")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def mailed(request: HttpRequest) -> HttpResponse:
    """What comes to the caller, and a form for more."""
    user = staff(request)
    form = MailingForm(user, *([request.POST] if request.method == "POST" else []))
    if form.is_valid():
        mailing.begin(user, form.cleaned_data["rhythm"], form.cleaned_data["venue"])
        messages.success(request, _("The figures will come to %(address)s.") % {"address": user.email})
        return redirect(PAGE)
    rows = ReportMailing.objects.filter(user=user).select_related("venue")
    status = HTTPStatus.BAD_REQUEST if form.is_bound else 200
    return render(request, "desk/reports/mailed.html", {"form": form, "rows": rows}, status=status)


@staff_only
@require_POST
def stop(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """No more of these letters."""
    mailing.end(get_object_or_404(ReportMailing, pk=mailing_id, user=staff(request)))
    messages.success(request, _("These letters have stopped."))
    return redirect(PAGE)
