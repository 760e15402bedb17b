"""Extras and services: lists of them, and a page to change each."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings.api.manage import offers as api
from bookings.api.manage import products as product_api
from desk.callers import staff
from desk.places import rows
from desk.places.doors import check_changes, may_change, product_of
from desk.places.offer_forms import (
    ExtraForm,
    OfferWhereForm,
    ProductForm,
    QuestionForm,
    ServiceForm,
)
from kernel.errors import NotFound
from venues.access import check_manager, products_seen_by
from venues.models import CustomField, ExtraOffer, Product, Rate

PER_PAGE = 50
LONGEST_SLUG = 50
BOOKING, EXTRA = Product.Kind.BOOKING, Product.Kind.EXTRA
FORMS: dict[str, type[ProductForm]] = {BOOKING: ServiceForm, EXTRA: ExtraForm}
LISTS: dict[str, str] = {BOOKING: "desk-services", EXTRA: "desk-extras"}
PAGES: dict[str, str] = {BOOKING: "desk-service", EXTRA: "desk-extra"}


@staff_only
@require_safe
def extras(request: HttpRequest) -> HttpResponse:
    """All extras."""
    return _products(request, EXTRA)


@staff_only
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """All services."""
    return _products(request, BOOKING)


def _products(request: HttpRequest, kind: str) -> HttpResponse:
    check_manager(request.user)
    found = products_seen_by(request.user).filter(kind=kind).select_related("stock__venue")
    found = found.annotate(places=Count("offers" if kind == EXTRA else "resources", distinct=True))
    page = Paginator(found.order_by("position", "name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    prices = set(Rate.objects.filter(product__in=[each.pk for each in page]).values_list("product_id", flat=True))
    context = {"page": page, "kind": kind, "is_extra": kind == EXTRA, "priced": prices}
    return render(request, "desk/places/products.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_extra(request: HttpRequest) -> HttpResponse:
    """An extra that there was not."""
    return _new(request, EXTRA)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_service(request: HttpRequest) -> HttpResponse:
    """A service that there was not."""
    return _new(request, BOOKING)


def _new(request: HttpRequest, kind: str) -> HttpResponse:
    check_manager(request.user)
    form = FORMS[kind](request.POST if request.method == "POST" else None, user=staff(request))
    if request.method == "POST" and form.is_valid():
        made = rows.write(
            request, product_api.ProductsView(), form, None, kind=kind, slug=_slug(form.cleaned_data["name"], kind)
        )
        if made is not None:
            messages.success(request, _("%(name)s is there. Give it a price next.") % {"name": made.name})
            return redirect(PAGES[kind], made.pk)
    context = {"form": form, "kind": kind, "is_extra": kind == EXTRA}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/product.html", context, status=status)


def _slug(name: str, kind: str) -> str:
    base = slugify(name)[:LONGEST_SLUG].strip("-") or str(kind)
    known = set(Product.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, found = 1, base
    while found in known:
        number += 1
        found = f"{base}-{number}"
    return found


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def extra(request: HttpRequest, product_id: int) -> HttpResponse:
    """An extra: what it is, how many there are, and with what it can be had."""
    return _product(request, product_of(request, product_id, EXTRA))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, product_id: int) -> HttpResponse:
    """A service: what it is, where, and what is asked."""
    return _product(request, product_of(request, product_id, BOOKING))


def _product(request: HttpRequest, row: Product) -> HttpResponse:
    view, kind = product_api.ProductView(), str(row.kind)
    if request.method != "POST":
        form = FORMS[kind](
            initial=rows.shown(request, view, product_api.with_stock(_one(row)).get()), user=staff(request)
        )
        return _product_page(request, row, form)
    check_changes(request, row)
    form = FORMS[kind](request.POST, user=staff(request))
    if form.is_valid() and rows.write(request, view, form, row.pk):
        messages.success(request, _("Saved."))
        return redirect(PAGES[kind], row.pk)
    return _product_page(request, row, form, HTTPStatus.BAD_REQUEST)


def _one(row: Product) -> Any:
    return Product.objects.filter(pk=row.pk)


def _product_page(
    request: HttpRequest, row: Product, form: ProductForm, status: int = 200, other: rows.RowForm | None = None
) -> HttpResponse:
    is_extra = row.kind == EXTRA
    user = staff(request)
    below = OfferWhereForm(user=user, extra=row) if is_extra else QuestionForm()
    offers = ExtraOffer.objects.filter(extra=row).select_related("resource__venue", "product")
    context = {
        "row": row,
        "kind": row.kind,
        "is_extra": is_extra,
        "form": form,
        "may_change": may_change(request, row),
        "below": other or below,
        "offers": offers if is_extra else [],
        "questions": [] if is_extra else CustomField.objects.filter(product=row),
        "has_price": Rate.objects.filter(product=row).exists(),
    }
    return render(request, "desk/places/product.html", context, status=status)


@staff_only
@require_POST
def remove_product(request: HttpRequest, product_id: int) -> HttpResponse:
    """Take a service or an extra away that nobody ever booked."""
    check_manager(request.user)
    row = products_seen_by(request.user).filter(pk=product_id).first()
    if row is None:
        raise NotFound("not_found", _("There is nothing like that."))
    refusal = rows.remove(request, product_api.ProductView(), row.pk)
    if refusal:
        instead = _("Take it from sale instead: untick “On offer”.")
        messages.error(request, f"{refusal} {instead}")
        return redirect(PAGES[str(row.kind)], row.pk)
    messages.success(request, _("%(name)s is gone.") % {"name": row.name})
    return redirect(LISTS[str(row.kind)])


@staff_only
@require_POST
def offer_extra(request: HttpRequest, product_id: int) -> HttpResponse:
    """Have an extra with one more resource."""
    row = product_of(request, product_id, EXTRA)
    form = OfferWhereForm(request.POST, user=staff(request), extra=row)
    if form.is_valid() and rows.write(request, api.OffersView(), form, None, extra=row.pk):
        messages.success(request, _("It can be had there now."))
        return redirect("desk-extra", row.pk)
    shown = rows.shown(request, product_api.ProductView(), product_api.with_stock(_one(row)).get())
    return _product_page(request, row, ExtraForm(initial=shown, user=staff(request)), HTTPStatus.BAD_REQUEST, form)


@staff_only
@require_POST
def ask_with_service(request: HttpRequest, product_id: int) -> HttpResponse:
    """One more question of a service."""
    row = product_of(request, product_id, BOOKING)
    check_changes(request, row)
    form = QuestionForm(request.POST)
    if form.is_valid() and rows.write(request, api.QuestionsView(), form, None, product=row.pk):
        messages.success(request, _("Whoever books is asked from now on."))
        return redirect("desk-service", row.pk)
    shown = rows.shown(request, product_api.ProductView(), product_api.with_stock(_one(row)).get())
    return _product_page(request, row, ServiceForm(initial=shown, user=staff(request)), HTTPStatus.BAD_REQUEST, form)
