"""What comes with a resource: extras, questions, and limits for customers."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from bookings.api.manage import offers as api
from bookings.api.manage import quotas as quota_api
from desk.callers import staff
from desk.places import rows
from desk.places.doors import resource_of, venue_of
from desk.places.offer_forms import OfferForm, QuestionForm, QuotaForm
from kernel.errors import NotFound
from venues.access import check_manager
from venues.models import CustomField, ExtraOffer, Quota


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_extras(request: HttpRequest, resource_id: int) -> HttpResponse:
    """What comes with a resource."""
    resource = resource_of(request, resource_id)
    form = OfferForm(request.POST if request.method == "POST" else None, user=staff(request), resource=resource)
    if (
        request.method == "POST"
        and form.is_valid()
        and rows.write(request, api.OffersView(), form, None, resource=resource.pk)
    ):
        messages.success(request, _("It can be had there now."))
        return redirect("desk-resource-extras", resource.pk)
    offers = ExtraOffer.objects.filter(resource=resource).select_related("extra__stock")
    context = {"place": resource, "venue": resource.venue, "form": form, "offers": offers}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/extras.html", context, status=status)


@staff_only
@require_POST
def drop_offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """An extra cannot be had there any more; what is booked stays."""
    check_manager(request.user)
    row = ExtraOffer.objects.filter(pk=offer_id).first()
    refusal = rows.remove(request, api.OfferView(), offer_id)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, _("It cannot be had there any more. What is booked stays booked."))
    if row is not None and row.resource_id and request.POST.get("back") != "extra":
        return redirect("desk-resource-extras", row.resource_id)
    return redirect("desk-extra", row.extra_id) if row is not None else redirect("desk-extras")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_questions(request: HttpRequest, resource_id: int) -> HttpResponse:
    """What is asked of whoever books a resource."""
    resource = resource_of(request, resource_id)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and rows.write(request, api.QuestionsView(), form, None, resource=resource.pk)
    ):
        messages.success(request, _("Whoever books is asked from now on."))
        return redirect("desk-resource-questions", resource.pk)
    questions = CustomField.objects.filter(resource=resource)
    context = {"place": resource, "venue": resource.venue, "form": form, "questions": questions}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/questions.html", context, status=status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, field_id: int) -> HttpResponse:
    """Change a question, or take it away that nobody answered."""
    check_manager(request.user)
    view = api.QuestionView()
    row = api.QUESTIONS.managed(staff(request)).select_related("resource__venue", "product").filter(pk=field_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such question."))
    back = ("desk-resource-questions", row.resource_id) if row.resource_id else ("desk-service", row.product_id)
    if request.POST.get("act") == "remove":
        refusal = rows.remove(request, view, row.pk)
        messages.add_message(request, messages.ERROR if refusal else messages.SUCCESS, refusal or _("It is gone."))
        return redirect(*back)
    form = (
        QuestionForm(request.POST) if request.method == "POST" else QuestionForm(initial=rows.shown(request, view, row))
    )
    if request.method == "POST" and form.is_valid() and rows.write(request, view, form, row.pk):
        messages.success(request, _("Saved."))
        return redirect(*back)
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(
        request, "desk/places/question.html", {"row": row, "form": form, "place": row.resource}, status=status
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def venue_limits(request: HttpRequest, venue_id: int) -> HttpResponse:
    """How much one customer may have at a venue."""
    venue = venue_of(request, venue_id)
    form = QuotaForm(request.POST if request.method == "POST" else None, venue=venue)
    if (
        request.method == "POST"
        and form.is_valid()
        and rows.write(request, quota_api.QuotasView(), form, None, venue=venue.pk)
    ):
        messages.success(request, _("The limit holds from now on. What is booked stays booked."))
        return redirect("desk-venue-limits", venue.pk)
    quotas = Quota.objects.filter(venue=venue).select_related("resource", "group")
    context = {"place": venue, "venue": venue, "form": form, "quotas": quotas, "days": dict(rows.WEEKDAYS)}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/limits.html", context, status=status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: HttpRequest, quota_id: int) -> HttpResponse:
    """Change a limit."""
    row = _limit_of(request, quota_id)
    view = quota_api.QuotaView()
    form = (
        QuotaForm(request.POST, venue=row.venue)
        if request.method == "POST"
        else QuotaForm(initial=rows.shown(request, view, row), venue=row.venue)
    )
    if request.method == "POST" and form.is_valid() and rows.write(request, view, form, row.pk):
        messages.success(request, _("The limit holds from now on. What is booked stays booked."))
        return redirect("desk-venue-limits", row.venue_id)
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    context = {"row": row, "place": row.venue, "venue": row.venue, "form": form}
    return render(request, "desk/places/limit.html", context, status=status)


@staff_only
@require_POST
def drop_limit(request: HttpRequest, quota_id: int) -> HttpResponse:
    """A limit does not hold any more."""
    row = _limit_of(request, quota_id)
    refusal = rows.remove(request, quota_api.QuotaView(), row.pk)
    messages.add_message(request, messages.ERROR if refusal else messages.SUCCESS, refusal or _("That limit is gone."))
    return redirect("desk-venue-limits", row.venue_id)


def _limit_of(request: HttpRequest, quota_id: int) -> Quota:
    check_manager(request.user)
    row: Quota | None = quota_api.QUOTAS.managed(staff(request)).select_related("venue").filter(pk=quota_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such limit."))
    return row
