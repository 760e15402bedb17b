"""What the description says of parameters that many calls take."""

from collections.abc import Iterable

from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="1-255 characters, kept 24 h"
)
PAGES = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]


def several(name: str, values: Iterable[str]) -> OpenApiParameter:
    """A parameter that takes one of these words, or several with commas."""
    words = {"type": "array", "items": {"type": "string", "enum": list(values)}}
    return OpenApiParameter(name, words, style="form", explode=False, description="One, or several with commas.")
