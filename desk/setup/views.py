"""From an empty business to the first bookable court: an overview, a screen for each step, and a page at the end."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from desk.callers import staff
from desk.places.codes import Code
from desk.setup import typed
from desk.setup.guide import Guide
from desk.setup.screens import SCREENS, saved
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import hosts
from tenants.models import Tenant
from venues.access import check_manager, public_resources

FREE_OF_A_VENUE = frozenset({"venue", "brand", "payment", "team"})


def guide_of(request: HttpRequest) -> Guide:
    """The caller's; `Forbidden` for those who manage nothing."""
    return Guide(current_tenant(), staff(request))


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All steps, and how far they are."""
    guide = guide_of(request)
    context = {"guide": guide, "is_away": guide.tenant.set_up_at is not None}
    return render(request, "desk/setup/overview.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, code: str) -> HttpResponse:
    """One screen: what was typed is saved and one goes on, or kept and one goes back."""
    guide = guide_of(request)
    at = guide.step(code)
    if at is None:
        raise Http404
    if guide.venue is None and (code not in FREE_OF_A_VENUE or (code == "venue" and not guide.owns)):
        return redirect("setup-venue" if guide.owns else "desk-setup")
    if request.method == "POST" and request.POST.get("go") == "back":
        typed.keep(request, code)
        return redirect(guide.before(code))
    form, more = SCREENS[code][0](guide, request.POST if request.method == "POST" else None)
    if request.method == "POST" and (form is None or (form.is_valid() and saved(request, guide, code, form))):
        typed.drop(request, code)
        return _onward(guide, code)
    if form is not None and request.method != "POST":
        form.initial.update(typed.of(request, code, form.fields))
    return _screen(request, guide, code, form, more)


def _screen(
    request: HttpRequest, guide: Guide, code: str, form: forms.Form | None, more: dict[str, object]
) -> HttpResponse:
    context = {
        "guide": guide,
        "step": guide.step(code),
        "number": guide.number(code),
        "form": form,
        "screen": f"desk/setup/{code}.html",
        "after": guide.after(code),
        "before": guide.before(code),
        **more,
    }
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/setup/step.html", context, status=status)


def _onward(guide: Guide, code: str) -> HttpResponse:
    if code == "open" and Guide(guide.tenant, guide.user).is_through:
        _put_away(guide.tenant)
        return redirect("setup-ready")
    return redirect(guide.after(code) if code != "open" else "desk-setup")


@staff_only
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """It stands: the address to pass on, a code to hang up, and a booking to try."""
    guide = guide_of(request)
    if guide.venue is None or not guide.is_through:
        return redirect("desk-setup")
    address = request.build_absolute_uri(reverse("venue", args=[guide.venue.slug]))
    context = {
        "guide": guide,
        "venue": guide.venue,
        "code": Code(guide.venue.name, address),
        "first": public_resources().filter(venue=guide.venue).order_by("position", "name", "pk").first(),
    }
    return render(request, "desk/setup/ready.html", context)


@staff_only
@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """The way to the steps is shown among the settings from now on; or first again."""
    check_manager(request.user)
    tenant = current_tenant()
    if request.POST.get("away") == "no":
        _write(tenant, None)
        return redirect("desk-setup")
    _put_away(tenant)
    messages.success(request, _("The first steps are put away. You find them under Settings."))
    return redirect("desk")


def _put_away(tenant: Tenant) -> None:
    _write(tenant, database_now())


def _write(tenant: Tenant, at: object) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(set_up_at=at)
    tenant.set_up_at = at  # type: ignore[assignment]
    hosts.forget()
