"""What every tenant's host serves, whatever is rented there: its colours, its icons, its manifest."""

import copy

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import open_to_all
from rest.csrf import own_origin_suffices
from tenants import icons, styling
from tenants.looks import BrandDraft
from tenants.models import Tenant

FOR_EVER, AN_HOUR, NOT_AT_ALL = "public, max-age=31536000, immutable", "public, max-age=3600", "no-store"
CSS, SVG, PNG, MANIFEST = "text/css; charset=utf-8", "image/svg+xml", "image/png", "application/manifest+json"
# An icon can do nothing where it is served, though it is an SVG.
HARMLESS = "default-src 'none'; sandbox"
LONGEST_SHORT_NAME = 12  # web.dev, "Add a web app manifest"
APPEARANCE, YEAR = "appearance", 365 * 24 * 3600


@open_to_all("colours and icons of public pages")
@require_safe
def brand(request: HttpRequest, tag: str, file: str) -> HttpResponse:
    """A file that is made of the tenant's look. Its address changes with the look, so it may be kept for ever."""
    tenant, keeping = _looked_at(request.tenant, tag)  # type: ignore[attr-defined]
    if file == "style.css":
        response = HttpResponse(tenant.look.css, content_type=CSS)
    elif file == "icon.svg":
        response = HttpResponse(icons.svg(tenant), content_type=SVG)
        response["Content-Security-Policy"] = HARMLESS
    elif file == "maskable.png":
        response = HttpResponse(icons.maskable(tenant), content_type=PNG)
    elif file in {f"{side}.png" for side in icons.SIZES}:
        response = HttpResponse(icons.png(tenant, int(file.removesuffix(".png"))), content_type=PNG)
    else:
        raise Http404
    response["Cache-Control"] = keeping
    return response


@open_to_all("what a phone needs to put the page on its home screen")
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest (w3.org/TR/appmanifest)."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    look = tenant.look
    mode = styling.DARK if look.mode == styling.DARK else styling.LIGHT
    home = reverse("home")
    body = {
        "id": home,
        "name": tenant.name,
        "short_name": short(tenant.name),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "lang": get_language() or "en",
        "theme_color": styling.ground(look.palette, mode),
        "background_color": styling.ground(look.palette, mode),
        "icons": [
            *(_icon(tenant, f"{side}.png", side, "any") for side in (192, 512)),
            _icon(tenant, "maskable.png", icons.MASKABLE, "maskable"),
        ],
    }
    response = JsonResponse(body, content_type=MANIFEST)
    response["Cache-Control"] = AN_HOUR
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@open_to_all("where programs look for an icon that read no page")
@require_safe
def favicon(request: HttpRequest, file: str) -> HttpResponse:
    """The icon at an address that never changes: leads to the one of the look that is published."""
    response = HttpResponseRedirect(icon_address(request.tenant, file))  # type: ignore[attr-defined]
    response["Cache-Control"] = AN_HOUR
    return response


@own_origin_suffices
@open_to_all("a choice kept in the caller's cookie")
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the device has it: what this visitor wants of pages that leave it open."""
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure()):
        to = reverse("home")
    response = HttpResponseRedirect(to)
    wanted = request.POST.get(APPEARANCE)
    if wanted in styling.THEMES:
        response.set_cookie(APPEARANCE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie(APPEARANCE, samesite="Lax")
    return response


def icon_address(tenant: Tenant, file: str) -> str:
    """Where an icon of this name is: the owner's, or the one that is drawn of the name."""
    look = tenant.look
    return reverse("picture", args=[look.icon, file]) if look.icon else reverse("brand", args=[look.tag, file])


def short(name: str) -> str:
    """As much of a name as there is room for below an icon, whole words if there are any."""
    if len(name) <= LONGEST_SHORT_NAME:
        return name
    cut = name[: LONGEST_SHORT_NAME + 1].rpartition(" ")[0]
    return cut or name[:LONGEST_SHORT_NAME]


def _looked_at(tenant: Tenant, tag: str) -> tuple[Tenant, str]:
    """The tenant with the look that is meant, and how long the answer may be kept: published, drafted, or past."""
    if tenant.look.tag == tag:
        return tenant, FOR_EVER
    draft = BrandDraft.objects.filter(tenant_id=tenant.pk).first()
    if draft is not None and draft.tag == tag:
        return wearing(tenant, draft), NOT_AT_ALL
    return tenant, NOT_AT_ALL


def wearing(tenant: Tenant, draft: BrandDraft) -> Tenant:
    """A copy of the tenant in the draft's look, for pages alone: it is never saved."""
    dressed = copy.copy(tenant)
    dressed.dressed_in(draft)
    return dressed


def _icon(tenant: Tenant, file: str, side: int, purpose: str) -> dict[str, str]:
    return {"src": icon_address(tenant, file), "sizes": f"{side}x{side}", "type": PNG, "purpose": purpose}
