"""The owner's page of the record of processing, its file, and what the owner adds to it."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings.exports.cells import guarded
from bookings.views.account import ways
from desk import spreadsheets
from desk.privacy import activities, facts
from desk.privacy.forms import ContactForm, LineForm
from desk.privacy.models import ProcessingContact, ProcessingLine
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate
from tenants.models import Tenant
from venues.access import check_owner

MOST_LINES = 50
LOCK = "processing"
PAGE = "settings-processing"


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """The record as it is now, and a form for whom to ask."""
    tenant = _owners(request)
    row = _contact()
    form = ContactForm(request.POST if request.method == "POST" else None, initial=ContactForm.known(row))

    def change() -> bool:
        now = ProcessingContact.objects.select_for_update().filter(pk=ProcessingContact.ONLY).first()
        if not form.check_same(ContactForm.known(now or ProcessingContact())):
            return False
        ProcessingContact.objects.update_or_create(
            pk=ProcessingContact.ONLY, defaults={name: form.cleaned_data[name] for name in ContactForm.known(row)}
        )
        return True

    if form.is_bound and form.is_valid() and transact(change):
        messages.success(request, _("Saved. It stands in the record."))
        return redirect(PAGE)
    return _page(request, tenant, form, LineForm())


@staff_only
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A line of the owner's own."""
    tenant = _owners(request)
    form = LineForm(request.POST)
    if not form.is_valid():
        return _page(request, tenant, ContactForm(initial=ContactForm.known(_contact())), form)

    def act() -> None:
        gate.wait_for_all([LOCK])
        if ProcessingLine.objects.count() >= MOST_LINES:
            raise Refused("too_many_lines", _("There are %(count)d lines already.") % {"count": MOST_LINES})
        form.made().save()

    try:
        transact(act)
    except Refused as refused:
        form.add_error(None, refused.detail)
        return _page(request, tenant, ContactForm(initial=ContactForm.known(_contact())), form)
    messages.success(request, _("Added to the record."))
    return redirect(PAGE)


@staff_only
@require_POST
def remove(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a line of the owner's own away."""
    _owners(request)
    get_object_or_404(ProcessingLine, pk=line_id).delete()
    messages.success(request, _("Taken away from the record."))
    return redirect(PAGE)


@staff_only
@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """The same as a table for spreadsheets."""
    tenant = _owners(request)
    known = facts.of(tenant)
    found = activities.made(known, list(ProcessingLine.objects.all()))
    names = (_("What"), *_heads())
    rows = [[guarded(cell) for cell in (each.name, *_cells(each))] for each in found]
    contact = _contact()
    told = [
        (_("Who is responsible"), contact.controller or known.seller),
        (_("Representative"), contact.representative),
        (_("Data protection officer"), contact.officer),
        (_("Where the data lie"), known.location),
        (_("How they are kept safe"), "; ".join(activities.measures())),
    ]
    rows += [[guarded(name), guarded(text)] for name, text in told if text]
    return spreadsheets.attached(spreadsheets.written(names, rows), f"processing-{database_now():%Y-%m-%d}")


def _page(request: HttpRequest, tenant: Tenant, form: ContactForm, line: LineForm) -> HttpResponse:
    known = facts.of(tenant)
    own = list(ProcessingLine.objects.all())
    found = activities.made(known, own)
    numbers = [None] * (len(found) - len(own)) + [each.pk for each in own]
    contact = _contact()
    context = {
        "form": form,
        "line": line,
        "facts": known,
        "controller": contact.controller or known.seller,
        "contact": contact,
        "activities": [
            (each, list(zip(_heads(), _cells(each), strict=True)), number)
            for each, number in zip(found, numbers, strict=True)
        ],
        "measures": activities.measures(),
        "now": database_now(),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors or line.errors else HTTPStatus.OK
    return render(request, "desk/settings/processing.html", context, status=status)


def _heads() -> tuple[str, ...]:
    return (
        _("What for"),
        _("Whose data"),
        _("Which data"),
        _("Who gets them"),
        _("Outside the EU"),
        _("Until when"),
        _("Proposed legal basis"),
    )


def _cells(each: activities.Activity) -> tuple[str, ...]:
    return each.purpose, each.persons, each.data, each.recipients, each.abroad, each.until, each.basis


def _contact() -> ProcessingContact:
    return ProcessingContact.objects.first() or ProcessingContact()


def _owners(request: HttpRequest) -> Any:
    check_owner(ways.member(request))
    return request.tenant  # type: ignore[attr-defined]
