"""What every tenant's host serves, whatever is rented there."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from tenants.branding import style_sheet

ONE_DAY = 24 * 3600


@open_to_all("colours of a public page")
@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def brand(request: HttpRequest) -> HttpResponse:
    """The tenant's colour as CSS. Pages ask with the colour in the query, so a change shows at once."""
    return HttpResponse(style_sheet(request.tenant.brand_color), content_type="text/css")  # type: ignore[attr-defined]
