"""Pages of a list: a bare array, with `Link` and `X-Total-Count` in the headers (API.md, v1)."""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

MOST_PER_PAGE = 200
PAGE_SIZE = re.compile(r"0{0,9}[1-9]\d{0,17}", re.ASCII)
Shape = type[serializers.BaseSerializer[Any]]
Context = Callable[[list[Any]], dict[str, Any]]


class HeaderPagination(PageNumberPagination):
    """`?page` and `?page_size` (50, at most 200); the body stays a plain array."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = MOST_PER_PAGE

    def get_page_size(self, request: Request) -> int | None:
        """How many rows; more than the most is the most. A validation error for what is no such number."""
        wanted = request.query_params.get(self.page_size_query_param, "")
        if wanted and not PAGE_SIZE.fullmatch(wanted):
            raise serializers.ValidationError({self.page_size_query_param: [_("Use a whole number from 1 on.")]})
        return super().get_page_size(request)

    def get_paginated_response(self, data: Any) -> Response:
        """The array, and where to go from here."""
        assert self.page is not None
        links = {"next": self.get_next_link(), "prev": self.get_previous_link()}
        response = Response(data, headers={"X-Total-Count": str(self.page.paginator.count)})
        link = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url)
        if link:
            response["Link"] = link
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For OpenAPI: the array itself."""
        return schema


def page_of(
    view: APIView, request: Request, rows: QuerySet[Any], shape: Shape, context: Context | None = None
) -> Response:
    """One page of rows as a bare array; `context` makes the serializer's from the rows of the page."""
    paginator = HeaderPagination()
    page: Any = paginator.paginate_queryset(rows, request, view)
    return paginator.get_paginated_response(shape(page, many=True, context=context(page) if context else {}).data)
