"""What the description says of parameters that many calls take."""

from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="1-255 characters, kept 24 h"
)
PAGES = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]
