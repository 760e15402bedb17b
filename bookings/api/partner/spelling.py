"""camelCase outside, snake_case inside: for fields, for errors, for pages of a list."""

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rest.pagination import HeaderPagination
from rest.spelling import camel
from rest.views import ApiView

T = TypeVar("T")


class Camel(serializers.Serializer[T]):
    """A shape whose fields are declared in snake_case and spelt in camelCase."""

    def get_fields(self) -> dict[str, Any]:
        """The declared fields under their names outside."""
        found = {}
        for name, field in super().get_fields().items():
            spelt = camel(name)
            if spelt != name:
                if isinstance(field, serializers.SerializerMethodField):
                    field.method_name = field.method_name or f"get_{name}"
                field.source = field.source or name
            found[spelt] = field
        return found


class CamelPages(HeaderPagination):
    """`?page` and `?pageSize`; v1's `page_size` is understood, too."""

    page_size_query_param = "pageSize"

    def get_page_size(self, request: Request) -> int:
        """As v1: 50, at most 200."""
        name = self.page_size_query_param if self.page_size_query_param in request.query_params else "page_size"
        asked = HeaderPagination()
        asked.page_size_query_param = name
        return int(asked.get_page_size(request) or self.page_size)


class IdField(serializers.UUIDField):
    """A thing's id: a UUID as text, and not the number that DRF would take for one."""

    def to_internal_value(self, data: Any) -> Any:
        """The UUID; a validation error for anything else."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


Shaped = Callable[[list[Any]], Any]


def page_of(view: ApiView, request: Request, rows: Any, shaped: Shaped) -> Response:
    """One page of rows as a bare array; `shaped` makes what is shown of the rows of a page."""
    pages = CamelPages()
    page: Any = pages.paginate_queryset(rows, request, view)
    return pages.get_paginated_response(shaped(page))
