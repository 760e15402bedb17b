"""The descriptions of the API's dialects, as they are served."""

from dataclasses import dataclass
from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language, override
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

V1, CORE, PARTNER = "/api/v1/", "/api/", "/api/partner/v1/"
Endpoint = tuple[str, str, str, Any]
_generating = Lock()


def only_v1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """What the description of v1 is about."""
    return [each for each in endpoints if each[0].startswith(V1)]


def only_core(endpoints: list[Endpoint]) -> list[Endpoint]:
    """What the description of core is about."""
    return [each for each in endpoints if each[0].startswith(CORE) and not each[0].startswith((V1, PARTNER))]


def only_partner(endpoints: list[Endpoint]) -> list[Endpoint]:
    """What the description of the partner dialect is about."""
    return [each for each in endpoints if each[0].startswith(PARTNER)]


CORE_SETTINGS = {
    "TITLE": "Forecourt API: core",
    "DESCRIPTION": "Services, free starts and a customer's booking, also without an account. The tenant is the host."
    "\n\n**Signing in**: as v1, or the `X-Booking-Token` of one booking.",
    "SCHEMA_PATH_PREFIX": r"/api",
    "PREPROCESSING_HOOKS": ["rest.document.only_core"],
}
"""What drf-spectacular is told for core; its other settings are v1's."""
PARTNER_SETTINGS = {
    "TITLE": "Forecourt API: partner",
    "DESCRIPTION": "Marketplaces, kiosks and other platforms book slots of products. The tenant is the host.\n\n"
    "**Signing in**: an OAuth 2 bearer token, and nothing else.",
    "SCHEMA_PATH_PREFIX": r"/api/partner/v1",
    "PREPROCESSING_HOOKS": ["rest.document.only_partner"],
}
"""What drf-spectacular is told for the partner dialect; its other settings are v1's."""


@dataclass(frozen=True)
class Made:
    """A rendered description."""

    content: bytes
    media_type: str
    disposition: str

    def answer(self) -> HttpResponse:
        """It, for one request."""
        headers = {"Content-Type": self.media_type, "Content-Disposition": self.disposition}
        return HttpResponse(self.content, headers=headers)


class DocumentView(SpectacularAPIView):
    """OpenAPI, the same for everybody. It takes a second to make, so a process makes it once a language and format."""

    made: ClassVar[dict[tuple[str, str | None, str], Made]] = {}
    dialect = "v1"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The description, in the language of `lang` or the browser's. Nothing else that is asked makes another one."""
        asked = request.GET.get("lang", "")
        language = asked if asked in dict(settings.LANGUAGES) else get_language()
        wanted = self.dialect, language, request.accepted_renderer.media_type
        if wanted in self.made:
            return self.made[wanted].answer()
        # The library changes its settings for the time of another dialect.
        with _generating, patched_settings(self.custom_settings), override(language):
            response: Response = self._get_schema_response(request)
        response.add_post_render_callback(lambda done: self._keep(wanted, done))
        return response

    def _get_version_parameter(self, request: Request) -> None:
        """The library would make a description for each version that somebody makes up."""

    def _keep(self, wanted: tuple[str, str | None, str], done: HttpResponse) -> None:
        self.made[wanted] = Made(done.content, done["Content-Type"], done["Content-Disposition"])


class DocsView(SpectacularSwaggerSplitView):
    """A dialect's description to read and try, and the ways to the others; everything it needs comes from this host."""

    template_name = "api_docs.html"
    dialect = "v1"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page, or its script."""
        page: Response = super().get(request, *args, **kwargs)
        page.data["dialect"] = self.dialect
        page.data["schema"] = self.url_name
        return page
