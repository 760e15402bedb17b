"""Vouchers: the list, one with its uses, making many at once, and their codes as a file."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import staff_only
from bookings import issuing, vouchers
from bookings.exports.cells import guarded
from bookings.models import VoucherUse
from desk.once import once
from desk.prices.examples import voucher_example
from desk.prices.voucher_forms import ManyForm, TermsForm, VoucherForm
from desk.spreadsheets import attached, written
from kernel.errors import NotFound
from kernel.money import as_text, percent_text
from schemas.clock import database_now
from schemas.current import current_tenant
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate, transact
from tenants.zones import zone
from venues.access import check_manager, venues_seen_by
from venues.models import Voucher

PER_PAGE, LONGEST_SEARCH, MOST_CODES = 50, 100, 20_000
EXAMPLE = "example"
HEADER = ["code", "name", "percent_off", "amount_off", "currency", "valid_from", "valid_until", "uses", "most_uses"]


@staff_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Vouchers with their uses, a page at a time; `q` is in the code or the name."""
    check_manager(request.user)
    rows = _found(request).select_related("group").prefetch_related("resources")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    used = _used([row.pk for row in page])
    context = {
        "page": page,
        "vouchers": [(row, used.get(row.pk, 0)) for row in page],
        "q": _sought(request),
        "today": database_now().astimezone(zone(current_tenant().time_zone)).date(),
    }
    return render(request, "desk/prices/vouchers.html", context)


@staff_only
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """What the list shows, all pages of it, as a CSV file."""
    check_manager(request.user)
    rows = list(_found(request)[:MOST_CODES])
    used = _used([row.pk for row in rows])
    return attached(written(HEADER, (_cells(row, used.get(row.pk, 0)) for row in rows)), "vouchers")


def _cells(row: Voucher, uses: int) -> list[Any]:
    amount = as_text(row.amount_minor, row.currency) if row.amount_minor else ""
    percent = percent_text(row.percent_off) if row.percent_off else ""
    what = [row.code, guarded(row.name), percent, amount, row.currency]
    return [*what, row.valid_from or "", row.valid_until or "", uses, row.most_uses or ""]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def voucher(request: HttpRequest, voucher_id: int | None = None) -> HttpResponse:
    """Make a voucher, change it, or have it count no longer."""
    check_manager(request.user)
    known = Voucher.objects.filter(pk=voucher_id).first() if voucher_id else Voucher()
    if known is None:
        raise NotFound("not_found", _("There is no such voucher."))
    form = VoucherForm(request.user, known, request.POST if request.method == "POST" else None)
    if _is_sent(request) and form.is_valid() and _save(request, form):
        return redirect("vouchers")
    uses = _uses(request, known) if known.pk else {}
    return _page(request, form, "desk/prices/voucher.html", uses)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def many(request: HttpRequest) -> HttpResponse:
    """Make many vouchers alike, each with a code of its own."""
    check_manager(request.user)
    form = ManyForm(request.user, Voucher(), request.POST if request.method == "POST" else None)
    if _is_sent(request) and form.is_valid():
        data = form.cleaned_data

        def make() -> int:
            return issuing.issue_vouchers(form.voucher, list(data["resources"]), data["count"], data["begins"])

        if count := once(request, data["number"], make):
            told = _("%(count)d codes are made. Take them along as a file below.")
            messages.success(request, told % {"count": count})
        return redirect(f"{reverse('vouchers')}?{urlencode({'q': data['name']})}")
    return _page(request, form, "desk/prices/vouchers_many.html", {})


def _page(request: HttpRequest, form: TermsForm, template: str, more: dict[str, Any]) -> HttpResponse:
    is_wrong = bool(form.is_bound and form.errors) and _is_sent(request)
    context = {"form": form, "voucher": form.voucher, "example": voucher_example(form), **more}
    return render(request, template, context, status=HTTPStatus.BAD_REQUEST if is_wrong else 200)


def _is_sent(request: HttpRequest) -> bool:
    """Whether to save, and not only to work the example out."""
    return request.method == "POST" and request.POST.get("act") != EXAMPLE


def _save(request: HttpRequest, form: VoucherForm) -> bool:
    """Whether that is done with; not where somebody else has changed it meanwhile, which the form says."""
    row, is_known = form.voucher, bool(form.voucher.pk)

    def act() -> Voucher:
        row.code = row.code or issuing.new_code()
        try:
            row.save()
        except IntegrityError as error:
            if sqlstate(error) == UNIQUE_VIOLATION:
                raise Again from error
            raise
        row.resources.set(form.cleaned_data["resources"])
        return row

    def change() -> Voucher | None:
        now = Voucher.objects.select_for_update(no_key=True).get(pk=row.pk)
        return act() if form.check_same(form.known(now)) else None

    saved = transact(change) if is_known else once(request, form.cleaned_data["number"], act)
    if saved:
        messages.success(request, _("%(name)s is saved.") % {"name": saved.code})
    return bool(saved) or not is_known


def _uses(request: HttpRequest, row: Voucher) -> dict[str, Any]:
    """The bookings that use it, the newest first: of other people's venues only how many."""
    rows = vouchers.uses([row.pk], database_now())
    seen = rows.filter(booking__resource__venue__in=venues_seen_by(request.user))
    shown = seen.select_related("booking__resource__venue", "voucher").order_by("-pk")
    return {
        "uses": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "used": rows.count(),
        "elsewhere": rows.count() - seen.count(),
    }


def _sought(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST_SEARCH]


def _found(request: HttpRequest) -> QuerySet[Voucher]:
    sought = _sought(request)
    rows = Voucher.objects.order_by("-is_active", "code")
    return rows.filter(Q(code__icontains=sought) | Q(name__icontains=sought)) if sought else rows


def _used(ids: list[int]) -> dict[int, int]:
    counted: QuerySet[VoucherUse, Any] = vouchers.uses(ids, database_now()).order_by().values_list("voucher")
    return dict(counted.annotate(count=Count("pk")))
