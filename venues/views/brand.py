"""The desk's page of the look: draft it, see it, publish it, take that back."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from kernel.errors import Refused
from rest import limits
from tenants import brands, styling
from tenants.looks import BrandDraft, Look
from tenants.models import Tenant
from venues import pictures
from venues.access import check_manager, public_resources, public_venues
from venues.encoding import Use
from venues.models import Picture
from venues.preview import PARAMETER, WANTED
from venues.views.brand_forms import LookForm, PictureForm

PAGE, BAD_REQUEST = "desk-brand", 400
EDITIONS_SHOWN = 10
LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A place for a picture: its column, what it is, what is made of it, and what to bring."""

    name: str
    label: str
    use: Use
    hint: str


def parts() -> list[Part]:
    """The places for pictures, in the caller's language."""
    return [
        Part("logo", _("Logo"), Use.LOGO, _("At the head of pages and letters. PNG with a clear ground looks best.")),
        Part("icon", _("Icon"), Use.ICON, _("In tabs and on home screens. Square, at least 128 pixels.")),
        Part("cover", _("Cover"), Use.COVER, _("Across your first page. Wide, at least 1280 pixels.")),
        Part(
            "card",
            _("Social card"),
            Use.COVER,
            _("What others show of a link to you. Without it, the cover."),
        ),
    ]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: HttpRequest) -> HttpResponse:
    """The form, and saving it as a draft."""
    tenant = _opened(request)
    draft = brands.draft_of(tenant)
    if request.method != "POST":
        return _page(request, tenant, LookForm(instance=draft))
    form = LookForm(request.POST, instance=brands.draft_of(tenant))
    if not form.is_valid():
        return _page(request, tenant, form, status=BAD_REQUEST)
    brands.change(tenant, form.values())
    messages.success(request, _("Saved as a draft. Visitors see it once you publish it."))
    return redirect(PAGE)


@staff_only
@require_POST
def bring(request: HttpRequest, part: str) -> HttpResponse:
    """A picture for one place of the draft."""
    tenant, place = _opened(request), _part(part)
    limits.admit_visitor(request, limits.WRITE)
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, tenant, refusals={part: _("Choose a file first.")}, status=BAD_REQUEST)
    try:
        picture = pictures.take(form.cleaned_data["file"].read(), place.use)
    except Refused as refusal:
        return _page(request, tenant, refusals={part: refusal.detail}, status=BAD_REQUEST)
    brands.change(tenant, columns(part, picture))
    messages.success(request, _("The picture is in your draft."))
    return redirect(PAGE)


@staff_only
@require_POST
def remove(request: HttpRequest, part: str) -> HttpResponse:
    """A place of the draft without its picture."""
    tenant, place = _opened(request), _part(part)
    brands.change(tenant, columns(place.name, None))
    messages.success(request, _("The picture is gone from your draft."))
    return redirect(PAGE)


@staff_only
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Show the draft to everybody."""
    return _done(request, _("Published. Visitors see it within seconds."), lambda t: brands.publish(t, _who(request)))


@staff_only
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Forget the draft."""
    return _done(request, _("The draft is gone."), brands.discard)


@staff_only
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Go back to what was published before."""
    said = _("Visitors see again what was published before.")
    return _done(request, said, lambda tenant: brands.undo(tenant, _who(request)))


@staff_only
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Real pages in the draft's look, on a phone and on a desktop."""
    tenant = _opened(request)
    pages = _pages()
    chosen = next((page for page in pages if page[0] == request.GET.get("page")), pages[0])
    context = {
        "pages": pages,
        "chosen": chosen,
        "is_wide": request.GET.get("width") == "desktop",
        "address": f"{chosen[2]}?{PARAMETER}={WANTED}",
        "has_draft": bool(brands.differences(tenant, brands.draft_of(tenant))),
    }
    return render(request, "desk/brand_preview.html", context)


def columns(part: str, picture: Picture | None) -> dict[str, object]:
    """The columns of a look that a picture fills, or empties."""
    filled: dict[str, object] = {part: picture.digest if picture else ""}
    if part in {"logo", "cover"}:
        filled |= {f"{part}_width": picture.width if picture else 0, f"{part}_height": picture.height if picture else 0}
    if part == "logo":
        filled["logo_tone"] = picture.tone if picture else ""
    return filled


def _page(request: HttpRequest, tenant: Tenant, form: LookForm | None = None, **more: Any) -> HttpResponse:
    draft = brands.draft_of(tenant)
    status, refusals = more.pop("status", 200), more.pop("refusals", {})
    context = {
        "form": form or LookForm(instance=draft),
        "draft": draft,
        "parts": [(part, getattr(draft, part.name), refusals.get(part.name, "")) for part in parts()],
        "upload": PictureForm(),
        "changes": [_change(*each) for each in brands.differences(tenant, draft) if each[0] in Look.CHOSEN],
        "corrections": [_correction(each) for each in styling.corrections(draft.palette)],
        "editions": _history(tenant),
        "can_undo": brands.editions(tenant).filter(undone_at=None).count() > 1,
    }
    return render(request, "desk/brand.html", context, status=status)


def _history(tenant: Tenant) -> list[dict[str, object]]:
    rows = list(brands.editions(tenant)[:EDITIONS_SHOWN])
    names = dict(User.objects.filter(pk__in=[row.published_by for row in rows]).values_list("pk", "name"))
    return [{"row": row, "who": names.get(row.published_by or 0, "")} for row in rows]


def _change(name: str, before: object, after: object) -> dict[str, str]:
    if name in Look.PICTURES:
        part = next(each for each in parts() if each.name == name)
        return {"label": part.label, "was": "", "now": _("new picture") if after else _("removed")}
    label = str(BrandDraft._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
    return {"label": label, "was": _shown(name, before), "now": _shown(name, after)}


def _shown(name: str, value: object) -> str:
    choices = dict(getattr(BrandDraft._meta.get_field(name), "flatchoices", ()))
    if isinstance(value, dict):
        value = ", ".join(f"{key}: {each}" for key, each in value.items())
    said = str(choices.get(value, value)) or _("nothing")
    return said if len(said) <= LONGEST_SHOWN else f"{said[:LONGEST_SHOWN]}…"


def _correction(found: styling.Correction) -> str:
    words = {"color": _("Your colour"), "second_color": _("Your second colour")}
    said = (
        _("%(what)s %(chosen)s cannot be read on light pages; %(used)s is used there.")
        if found.mode == styling.LIGHT
        else _("%(what)s %(chosen)s cannot be read on dark pages; %(used)s is used there.")
    )
    return said % {"what": words.get(found.what, found.what), "chosen": found.chosen, "used": found.used}


def _pages() -> list[tuple[str, str, str]]:
    """Code, name and address of the pages that can be looked at."""
    found = [("home", _("First page"), reverse("home"))]
    venue = public_venues().order_by("position", "name").first()
    if venue is not None:
        found.append(("venue", venue.name, reverse("venue", args=[venue.slug])))
    resource = public_resources().order_by("venue__position", "position", "pk").first()
    if resource is not None:
        found.append(("resource", resource.name, reverse("resource", args=[resource.venue.slug, resource.slug])))
    return [*found, ("own", _("My bookings"), reverse("own-bookings"))]


def _done(request: HttpRequest, said: str, act: Any) -> HttpResponse:
    tenant = _opened(request)
    try:
        act(tenant)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said)
    return redirect(PAGE)


def _part(name: str) -> Part:
    for part in parts():
        if part.name == name:
            return part
    raise Http404


def _opened(request: HttpRequest) -> Tenant:
    check_manager(request.user)
    return cast(Tenant, request.tenant)  # type: ignore[attr-defined]


def _who(request: HttpRequest) -> User:
    return cast(User, request.user)
