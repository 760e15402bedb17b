"""What customers read about venues and resources, and their pictures."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from desk.places.doors import resource_of, venue_of
from desk.places.page_forms import PictureForm, ResourcePageForm, VenuePageForm
from kernel.errors import NotFound, Refused
from rest import limits
from schemas.transactions import transact
from venues import pictures
from venues.models import Resource, ShownPicture, Venue

ONE_EARLIER, ONE_LATER = -1, 1
Place = Venue | Resource


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def venue_page(request: HttpRequest, venue_id: int) -> HttpResponse:
    """What customers read about a venue, and its pictures."""
    return _texts(request, venue_of(request, venue_id))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_page(request: HttpRequest, resource_id: int) -> HttpResponse:
    """The same of a resource."""
    return _texts(request, resource_of(request, resource_id))


@staff_only
@require_POST
def venue_pictures(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Bring a picture of a venue."""
    return _bring(request, venue_of(request, venue_id))


@staff_only
@require_POST
def resource_pictures(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Bring a picture of a resource."""
    return _bring(request, resource_of(request, resource_id))


@staff_only
@require_POST
def venue_picture(request: HttpRequest, venue_id: int, shown_id: int) -> HttpResponse:
    """Move a picture of a venue, say anew what it shows, or take it down."""
    return _act(request, venue_of(request, venue_id), shown_id)


@staff_only
@require_POST
def resource_picture(request: HttpRequest, resource_id: int, shown_id: int) -> HttpResponse:
    """The same with a picture of a resource."""
    return _act(request, resource_of(request, resource_id), shown_id)


def _texts(request: HttpRequest, place: Place) -> HttpResponse:
    kind = VenuePageForm if isinstance(place, Venue) else ResourcePageForm
    if request.method != "POST":
        return _page(request, place, kind(instance=place))
    form: VenuePageForm | ResourcePageForm = kind(request.POST, instance=place)
    if not form.is_valid():
        return _page(request, place, form, status=HTTPStatus.BAD_REQUEST)
    transact(lambda: place.save(update_fields=list(form.Meta.fields)))
    messages.success(request, _("Saved. Customers see it from now on."))
    return _back(place)


def _bring(request: HttpRequest, place: Place) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, place, picture=form, status=HTTPStatus.BAD_REQUEST)
    limits.admit_visitor(request, limits.WRITE)
    try:
        picture = pictures.take(form.cleaned_data["file"].read())
        pictures.show(picture, place, form.cleaned_data["description"])
    except Refused as refusal:
        form.add_error("file", refusal.detail)
        return _page(request, place, picture=form, status=HTTPStatus.BAD_REQUEST)
    messages.success(request, _("The picture is on the page."))
    return _back(place)


def _act(request: HttpRequest, place: Place, shown_id: int) -> HttpResponse:
    row = place.pictures.filter(pk=shown_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such picture."))
    acts: dict[str, Callable[[], None]] = {
        "earlier": lambda: _move(place, row, ONE_EARLIER),
        "later": lambda: _move(place, row, ONE_LATER),
        "describe": lambda: pictures.describe(row, request.POST.get("description", "")),
        "remove": lambda: pictures.take_down(place, row.pk),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)
    act()
    messages.success(request, _("The pictures are changed."))
    return _back(place)


def _move(place: Place, row: ShownPicture, step: int) -> None:
    order = list(place.pictures.order_by("position", "pk").values_list("pk", flat=True))
    at = order.index(row.pk)
    to = min(max(at + step, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    pictures.arrange(place, order)


def _back(place: Place) -> HttpResponseRedirect:
    return redirect(_addresses(place)["page_url"])


def _addresses(place: Place) -> dict[str, str]:
    if isinstance(place, Venue):
        return {
            "page_url": reverse("desk-venue-page", args=[place.pk]),
            "pictures_url": reverse("desk-venue-pictures", args=[place.pk]),
            "public_url": reverse("venue", args=[place.slug]),
        }
    return {
        "page_url": reverse("desk-resource-page", args=[place.pk]),
        "pictures_url": reverse("desk-resource-pictures", args=[place.pk]),
        "public_url": reverse("resource", args=[place.venue.slug, place.slug]),
    }


def _page(
    request: HttpRequest,
    place: Place,
    form: VenuePageForm | ResourcePageForm | None = None,
    picture: PictureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    kind = VenuePageForm if isinstance(place, Venue) else ResourcePageForm
    context: dict[str, Any] = {
        **_addresses(place),
        "place": place,
        "venue": place if isinstance(place, Venue) else place.venue,
        "form": form or kind(instance=place),
        "picture_form": picture or PictureForm(),
        "shown": list(
            pictures.shown().filter(**({"venue": place} if isinstance(place, Venue) else {"resource": place}))
        ),
        "most_pictures": pictures.MOST_OF_A_PLACE,
    }
    return render(request, "desk/places/page.html", context, status=status)
