"""Telling the platform that something is wrong with this business's pages (Digital Services Act, article 16)."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from rest import decoy
from rest.limits import LETTER, admit_visitor
from schemas.clock import database_now
from tenants.models import AbuseReport

LONGEST_PAGE = 300


class ReportForm(forms.ModelForm):
    """What is the matter, where, and where an answer may go."""

    page = forms.CharField(max_length=LONGEST_PAGE, widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("What is the matter?"), choices=AbuseReport.Kind, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What did you see, and why is it wrong?"),
        max_length=AbuseReport.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "class": "textarea w-full"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Only if you would like an answer. The business never sees it."),
        required=False,
        widget=forms.EmailInput(attrs={"class": "input w-full", "autocomplete": "email"}),
    )

    class Meta:
        model = AbuseReport
        fields = ["page", "kind", "text", "email"]


@open_to_all("whoever sees something unlawful may say so")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; after it, that it was received and what happens now."""
    form = ReportForm(request.POST or None, initial={"page": request.GET.get("page", "")[:LONGEST_PAGE]})
    if request.method != "POST":
        return render(request, "bookings/report.html", {"form": form})
    decoy.check(request)
    if not form.is_valid():
        return render(request, "bookings/report.html", {"form": form}, status=400)
    admit_visitor(request, LETTER)
    made = form.save(commit=False)
    tenant = request.tenant  # type: ignore[attr-defined]
    made.schema_name, made.tenant_name = tenant.schema_name, tenant.name
    made.reported_at, made.language = database_now(), get_language() or ""
    made.save()
    return render(request, "bookings/report.html", {"made": made})
