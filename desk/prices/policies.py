"""Cancellation policies: the list with who uses which, and the editor with worked cases beside it."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings import terms
from bookings.terms import Agreed
from bookings.views import terms as in_words
from desk.prices.example_forms import ExampleForm
from desk.prices.examples import Case, policy_cases
from desk.prices.policy_forms import PolicyForm, StepForm, Steps, StepSet, agreed, draft
from kernel.errors import NotFound, Refused
from schemas.current import current_tenant
from venues import policies
from venues.access import Anyone, check_manager, venues_seen_by
from venues.currencies import house_currency
from venues.models import CancellationPolicy, Resource, Venue

PER_PAGE = 50
EXAMPLE = "example"
LIST, ONE = "policies", "policy"


@staff_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The policies that new bookings may be made under, in words, with the venues and resources that use them."""
    check_manager(request.user)
    page = Paginator(policies.current().prefetch_related("steps"), PER_PAGE).get_page(request.GET.get("page"))
    used = _used_by(request.user, [row.pk for row in page])
    currency = _currency()
    context = {
        "page": page,
        "policies": [(row, in_words.in_words(row, currency), used[row.pk]) for row in page],
        "standard": in_words.in_words(None, currency),
        "without": Venue.objects.filter(pk__in=venues_seen_by(request.user), cancellation_policy=None),
    }
    return render(request, "desk/prices/policies.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, policy_id: int | None = None) -> HttpResponse:
    """Make a policy, or the version that takes the place of one; old versions can only be read."""
    check_manager(request.user)
    known = _policy(policy_id) if policy_id else None
    form, steps, example = _forms(request, known)
    is_fine = all([form.is_valid(), steps.is_valid(), example.is_valid()]) if form.is_bound else False
    if is_fine and request.POST.get("act") != EXAMPLE:
        new = draft(form, steps)
        try:
            made = policies.revise(known, new) if known else policies.create(new)
        except Refused as refusal:
            messages.error(request, refusal.detail)
            return redirect(ONE, known.pk) if known else redirect(LIST)
        messages.success(request, _("%(name)s is saved. It counts for new bookings.") % {"name": made.name})
        return redirect(LIST)
    cases = _cases(known, form, steps, example, is_fine)
    context: dict[str, Any] = {
        "policy": known,
        "form": form,
        "steps": steps,
        "example": example,
        "cases": cases,
        "currency": _currency(),
        "older": list(known.replaces.order_by("-pk")[:PER_PAGE]) if known else [],
        "used": _used_by(request.user, [known.pk])[known.pk] if known else [],
    }
    is_wrong = form.is_bound and not is_fine and request.POST.get("act") != EXAMPLE
    return render(request, "desk/prices/policy.html", context, status=HTTPStatus.BAD_REQUEST if is_wrong else 200)


@staff_only
@require_POST
def remove(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Take a policy away that was never used."""
    check_manager(request.user)
    known = _policy(policy_id)
    try:
        policies.remove(known)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect(ONE, policy_id)
    messages.success(request, _("%(name)s is removed.") % {"name": known.name})
    return redirect(LIST)


def _policy(policy_id: int) -> CancellationPolicy:
    found = CancellationPolicy.objects.prefetch_related("steps").filter(pk=policy_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such policy."))
    return found


def _forms(request: HttpRequest, known: CancellationPolicy | None) -> tuple[PolicyForm, Steps, ExampleForm]:
    sent = request.POST if request.method == "POST" else None
    currency = _currency()
    start = known.steps.all() if known else terms.STANDARD.steps
    form = PolicyForm(sent, initial=PolicyForm.known(known) if known else {})
    steps: Any = StepSet(
        sent, prefix="step", initial=[StepForm.known(step) for step in start], form_kwargs={"currency": currency}
    )
    return form, steps, ExampleForm(currency, sent, prefix="example")


def _cases(
    known: CancellationPolicy | None, form: PolicyForm, steps: Steps, example: ExampleForm, is_fine: bool
) -> list[Case]:
    """By what stands in the form; by what was agreed before anybody has changed it."""
    if form.is_bound:
        return policy_cases(agreed(draft(form, steps)), example.money()) if is_fine else []
    found: Agreed = terms.of_policy(known) if known else terms.STANDARD
    return policy_cases(found, example.usual())


def _used_by(user: Anyone, ids: Iterable[int]) -> dict[int, list[str]]:
    """The venues and resources under each policy, of those that somebody looks after: two queries."""
    found: dict[int, list[str]] = defaultdict(list)
    seen = venues_seen_by(user)
    for venue in Venue.objects.filter(pk__in=seen, cancellation_policy__in=ids):
        found[venue.cancellation_policy_id or 0].append(venue.name)
    for resource in Resource.objects.filter(venue__in=seen, cancellation_policy__in=ids).select_related("venue"):
        found[resource.cancellation_policy_id or 0].append(f"{resource.name}, {resource.venue.name}")
    return found


def _currency() -> str:
    return house_currency() or current_tenant().currency
