"""The desk's pages of packs and memberships: what is on sale, who has which, selling them, and taking one back."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from billing.payments.models import Document, Refund
from bookings import deskselling, goodwill, parting
from bookings.access import check_desk
from bookings.models import HoursAccount, Purchase
from bookings.parting import UNUSED
from bookings.purchases import rows
from bookings.views.pack_forms import HandOutForm, PackForm, PlanForm, SellForm
from kernel.errors import NotFound, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import MANAGES, check_manager, venues_run_by
from venues.models import CustomerGroup, MembershipPlan, Pack

PER_PAGE, BAD_REQUEST = 50, 400
LIST, ONE, ON_SALE = "desk-packs", "desk-purchase", "on-sale"


@staff_only
@require_safe
def packs(request: HttpRequest) -> HttpResponse:
    """What is on sale or was, and what was bought, the newest first; `q` is a name, an address or a reference.

    `show=unused`: packs that were paid and of which nothing is used, which go back before a business closes.
    """
    sought = request.GET.get("q", "").strip()[:100]
    found = rows.known()
    if sought:
        named = Q(customer__name__icontains=sought) | Q(customer__email__icontains=sought)
        found = found.filter(named | Q(reference__iexact=sought))
    is_unused = request.GET.get("show") == UNUSED
    if is_unused:
        found = found.filter(pk__in=parting.unused(database_now()).values("pk"))
    context = {
        "is_unused": is_unused,
        "packs": Pack.objects.prefetch_related("resources"),
        "plans": MembershipPlan.objects.select_related("group"),
        "page": Paginator(found.order_by("-created_at", "pk"), PER_PAGE).get_page(request.GET.get("page")),
        "q": sought,
        "manages": _staff(request).role in MANAGES,
        "runs": venues_run_by(request.user).exists(),
        "has_groups": CustomerGroup.objects.exists(),
    }
    return render(request, "packs/desk.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest, pack_id: int | None = None) -> HttpResponse:
    """Make a pack, change it, or withdraw it from sale; owner and managers."""
    check_manager(request.user)
    known = Pack.objects.filter(pk=pack_id).first() if pack_id else Pack()
    if known is None:
        raise NotFound("not_found", _("There is no such pack."))
    return _edited(request, PackForm(known, request.POST if request.method == "POST" else None))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, plan_id: int | None = None) -> HttpResponse:
    """Make a membership that is sold, change it, or withdraw it from sale; owner and managers."""
    check_manager(request.user)
    known = MembershipPlan.objects.filter(pk=plan_id).first() if plan_id else MembershipPlan()
    if known is None:
        raise NotFound("not_found", _("There is no such membership."))
    return _edited(request, PlanForm(known, request.POST if request.method == "POST" else None))


def _edited(request: HttpRequest, form: PackForm | PlanForm) -> HttpResponse:
    is_new = form.offer.pk is None
    if form.is_bound and form.is_valid():
        transact(form.save)
        messages.success(request, _("%(name)s is saved.") % {"name": form.offer.name})
        return redirect(ON_SALE)
    context = {"form": form, "is_new": is_new, "is_pack": isinstance(form, PackForm)}
    return render(request, "packs/offer.html", context, status=BAD_REQUEST if form.errors else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def sell(request: HttpRequest) -> HttpResponse:
    """Sell a pack or a membership for money that was paid at the desk."""
    check_desk(request.user)
    form = SellForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            sold = deskselling.sell(given["what"], given["email"], given["way"], _staff(request), given["number"])
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("%(name)s is sold.") % {"name": sold.name})
            return redirect(ONE, sold.pk)
    return render(request, "packs/sell.html", {"form": form}, status=BAD_REQUEST if form.errors else 200)


@staff_only
@require_safe
def purchase(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """One purchase: terms, money, papers, what is left of it, and the ways to take it back."""
    found = _purchase(purchase_id)
    runs = venues_run_by(request.user).exists()
    account = HoursAccount.objects.filter(purchase=found).first()
    context = {
        "purchase": found,
        "account": account,
        "entries": account.entries.select_related("booking").order_by("-pk")[:PER_PAGE] if account else [],
        "papers": Document.objects.filter(booking_id=found.pk, is_of_purchase=True).order_by("pk"),
        "refunds": Refund.objects.filter(booking_id=found.pk).order_by("created_at"),
        "noted": found.on_site_payments.select_related("taken_by").order_by("pk"),
        "is_disputed": rows.is_disputed(found),
        "returnable": runs and deskselling.is_returnable(found),
        "handing": HandOutForm(initial={"seen": found.paid_minor}) if runs and found.is_owed else None,
        "runs": runs,
        "says_why": _staff(request).role not in MANAGES,
    }
    return render(request, "packs/purchase.html", context)


@staff_only
@require_POST
def take_back(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Take back what was not used; the money goes the way it came."""
    check_desk(request.user)
    note = request.POST.get("note", "").strip()[:200]

    def act() -> Purchase:
        goodwill.check_says_why(_staff(request), note)
        return deskselling.take_back(purchase_id, _staff(request), note)

    return _done(request, purchase_id, act, _("It is taken back, and the money goes the way it came."))


@staff_only
@require_POST
def again(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Have another try at a refund that has failed."""
    check_desk(request.user)
    act = partial(deskselling.try_again, purchase_id, _staff(request))
    return _done(request, purchase_id, act, _("The refund is tried again."))


@staff_only
@require_POST
def hand_out(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Note that what is still owed was handed out at the desk."""
    check_desk(request.user)
    form = HandOutForm(request.POST)

    def act() -> Purchase:
        if not form.is_valid():
            raise Refused("invalid", _("Please look at this again."))
        return deskselling.hand_out(purchase_id, form.cleaned_data["way"], _staff(request), form.cleaned_data["seen"])

    return _done(request, purchase_id, act, _("It is noted as handed out."))


def _done(request: HttpRequest, purchase_id: UUID, act: Callable[[], Purchase], said: str) -> HttpResponse:
    _purchase(purchase_id)
    try:
        act()
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said)
    return redirect(ONE, purchase_id)


def _purchase(purchase_id: UUID) -> Purchase:
    found = rows.known().filter(pk=purchase_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such purchase."))
    return found


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
