"""The owner's pages about domains: which there are, a new one, how far it is, the main one, giving one up."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings.views.account import ways
from desk.settings.domain_forms import DomainForm
from kernel.errors import Refused
from rest.counters import take
from rest.limits import LETTER, counts_of, refusal
from tenants import domainnames, domains
from tenants.addresses import at, own_host
from tenants.claims import DomainClaim
from tenants.models import Domain, Tenant
from venues.access import check_owner

LIST, ONE = "domains", "domain"
SERVED, AT_RISK, WAITING = "served", "at_risk", "waiting"
WORDS = {
    SERVED: gettext_lazy("Proven"),
    AT_RISK: gettext_lazy("Proof missing"),
    WAITING: gettext_lazy("Waits for proof"),
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for another one."""
    tenant = _owners(request)
    form = DomainForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return redirect(ONE, domains.ask(tenant, form.cleaned_data["domain"]).pk)
        except Refused as refused:
            form.add_error("domain", refused.detail)
    main = Domain.objects.filter(tenant_id=tenant.pk, is_primary=True).values_list("domain", flat=True).first()
    context = {
        "form": form,
        "own": own_host(tenant),
        "main": main,
        "rows": [_row(claim, main) for claim in domains.claims_of(tenant)],
    }
    return render(request, "desk/settings/domains.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


@staff_only
@require_safe
def one(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What to enter at the DNS, and how far it is."""
    tenant = _owners(request)
    claim = domains.one(tenant, claim_id)
    main = Domain.objects.filter(tenant_id=tenant.pk, is_primary=True).values_list("domain", flat=True).first()
    context = {
        "row": _row(claim, main),
        "record": domains.record_of(claim),
        "own": own_host(tenant),
        "is_top": domainnames.is_top(claim.domain),
        "addresses": settings.WEB_ADDRESSES,
        "address": at(claim.domain, "/"),
        "grace": domains.GRACE.days,
    }
    return render(request, "desk/settings/domain.html", context)


@staff_only
@require_POST
def check(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Look now."""
    tenant = _owners(request)
    domains.one(tenant, claim_id)
    taken = take(counts_of(request, LETTER, f"domain:{tenant.pk}"))
    if not taken.is_allowed:
        raise refusal(taken)
    claim = domains.check(tenant, claim_id)
    if claim.proven_at and not claim.trouble:
        messages.success(request, _("Proven: the record is there."))
    else:
        messages.info(request, claim.get_trouble_display())
    return redirect(ONE, claim_id)


@staff_only
@require_POST
def make_main(request: HttpRequest) -> HttpResponse:
    """Lead everybody to this one."""
    tenant = _owners(request)
    try:
        domains.make_main(tenant, request.POST.get("domain", ""))
    except Refused as refused:
        if refused.code != "domain_not_ready":
            raise
        messages.error(request, refused.detail)
    else:
        messages.success(request, _("Letters and pages lead there from now on."))
    return redirect(LIST)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Say what happens, then give the domain up."""
    tenant = _owners(request)
    claim = domains.one(tenant, claim_id)
    if request.method == "POST":
        name = domains.remove(tenant, claim.pk)
        messages.success(request, _("%(domain)s is given up.") % {"domain": domainnames.as_read(name)})
        return redirect(LIST)
    main = Domain.objects.filter(tenant_id=tenant.pk, is_primary=True).values_list("domain", flat=True).first()
    context = {"row": _row(claim, main), "own": own_host(tenant)}
    return render(request, "desk/settings/domain_remove.html", context)


def _owners(request: HttpRequest) -> Tenant:
    check_owner(ways.member(request))
    tenant: Tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]
    return tenant


def _row(claim: DomainClaim, main: str | None) -> dict[str, Any]:
    state = WAITING if claim.proven_at is None else AT_RISK if claim.lost_since else SERVED
    return {
        "claim": claim,
        "name": domainnames.as_read(claim.domain),
        "state": state,
        "word": WORDS[state],
        "is_main": claim.domain == main,
        "may_be_main": state == SERVED and bool(claim.points_here) and claim.domain != main,
        "ends_at": claim.lost_since + domains.GRACE if claim.lost_since else None,
    }
