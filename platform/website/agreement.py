"""The owner's page about what the business has agreed to with the platform, and the button for what is new."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings.views.account import ways
from kernel.errors import Conflict
from tenants.addresses import at
from tenants.models import Tenant
from venues.access import check_owner
from website import agreeing, legal, texts
from website.models import AgreedText, TermsAgreement
from website.speaking import PARAMETER

CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and where it can be read."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement with the texts of it as they were shown."""

    day: datetime
    email: str
    version: str
    language: str
    links: list[Link]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    """What was agreed to, when and by whom, and what there is new."""
    user = ways.member(request)
    check_owner(user)
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    refused = ""
    if request.method == "POST":
        try:
            agreeing.agree(tenant, user, request.POST.get("version", ""), get_language() or "en")
        except Conflict as conflict:
            refused = str(conflict.detail)
        else:
            messages.success(request, _("Thank you. It stands here from now on."))
            return redirect("settings-agreement")
    rows = list(agreeing.of(tenant))
    context = {
        "version": legal.VERSION,
        "day": legal.version_day(),
        "is_due": legal.VERSION not in {row.version for row in rows},
        "now": [Link(texts.label(name), _page(name)) for name in texts.LABELS],
        "agreed": _with_links(rows),
        "refused": refused,
    }
    return render(request, "desk/settings/agreement.html", context, status=CONFLICT if refused else 200)


def _with_links(rows: list[TermsAgreement]) -> list[Agreed]:
    names = dict(
        AgreedText.objects.filter(digest__in=[each for row in rows for each in row.texts]).values_list("digest", "name")
    )
    return [
        Agreed(
            row.agreed_at,
            row.email,
            row.version,
            row.language,
            [Link(texts.label(names[digest]), _at("kept-text", digest)) for digest in row.texts if digest in names],
        )
        for row in rows
    ]


def _page(name: str) -> str:
    return f"{_at(name)}?{PARAMETER}={(get_language() or 'en').partition('-')[0]}"


def _at(route: str, *args: str) -> str:
    """The full address of a page of the platform's host."""
    return at(settings.BASE_DOMAIN, reverse(route, urlconf=settings.PUBLIC_SCHEMA_URLCONF, args=args))
