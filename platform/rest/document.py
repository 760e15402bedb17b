"""The description of the API, as it is served."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response


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

    made: ClassVar[dict[tuple[str | None, str], Made]] = {}

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The description; one that parameters ask for is made for this request alone."""
        wanted = get_language(), request.accepted_renderer.media_type
        if not request.GET and wanted in self.made:
            return self.made[wanted].answer()
        response: Response = super().get(request, *args, **kwargs)
        if not request.GET:
            response.add_post_render_callback(lambda done: self._keep(wanted, done))
        return response

    def _keep(self, wanted: tuple[str | None, str], done: HttpResponse) -> None:
        self.made[wanted] = Made(done.content, done["Content-Type"], done["Content-Disposition"])
