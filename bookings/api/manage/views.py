"""One view for a list and one for a row, whatever is listed. What differs is said in a `Catalogue`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import IntegrityError, connection
from django.db.models import Model, ProtectedError, QuerySet, RestrictedError
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings.api.catalogue import one
from bookings.api.manage.shapes import Shape
from kernel.errors import Conflict, Forbidden
from rest.fields import BIGINT_MAX
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from venues.access import check_manager, check_staff

Rows = Callable[[User], QuerySet[Any]]


def hung_on_nothing(rows: QuerySet[Any]) -> QuerySet[Any]:
    """What a shape needs besides the rows themselves: nothing."""
    return rows


@dataclass(frozen=True)
class Catalogue:
    """A kind of thing that staff look after: who sees which rows, who changes which, and how they are shown.

    `tag` names the calls in OpenAPI: `admin_<tag>_list` and so on. `hung` adds what the shape reads, so that
    a list needs no query for each row. `filters` are columns that lists can be narrowed by.
    """

    tag: str
    shape: type[Shape[Any]]
    seen: Rows
    managed: Rows
    hung: Callable[[QuerySet[Any]], QuerySet[Any]] = hung_on_nothing
    filters: tuple[str, ...] = ()
    context: Callable[[list[Any]], dict[str, Any]] = field(default=lambda _rows: {})


class CatalogueView(ApiView):
    """What the views of a catalogue have in common."""

    catalogue: ClassVar[Catalogue]

    def shaped(self, request: Request, row: Any = None, **kwargs: Any) -> Shape[Any]:
        """The shape of a row, to be shown or filled in by the caller."""
        context = {"user": caller(request), **self.catalogue.context([row] if row is not None else [])}
        return self.catalogue.shape(row, context=context, **kwargs)

    def shown(self, request: Request, pk: Any) -> dict[str, Any]:
        """A row as it is now."""
        row = self.catalogue.hung(self.catalogue.seen(caller(request))).get(pk=pk)
        data: dict[str, Any] = self.shaped(request, row).data
        return data

    def lock_before(self, pk: int) -> None:
        """Take the locks that come before the row's own; none."""

    def changeable(self, request: Request, pk: int) -> Any:
        """A row to be changed, locked; `Forbidden` for one that the caller may only look at, `NotFound` beyond that."""
        check_manager(caller(request))
        one(self.catalogue.seen(caller(request)), pk)
        self.lock_before(pk)
        managed = self.catalogue.managed(caller(request)).select_for_update(no_key=True, of=("self",))
        row = managed.filter(pk=pk).first()
        if row is None:
            raise Forbidden("permission_denied", _("You do not look after this venue."))
        return row


class ListView(CatalogueView):
    """All rows that the caller may see, and a new one."""

    def get(self, request: Request) -> Response:
        """All of them, in their order; staff only."""
        check_staff(caller(request))
        rows = self.catalogue.hung(self.narrowed(request, self.catalogue.seen(caller(request))))
        context = self.catalogue.context
        return page_of(self, request, rows, self.catalogue.shape, context)

    def narrowed(self, request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the query parameters ask for."""
        asked = {name: request.query_params[name] for name in self.catalogue.filters if name in request.query_params}
        checked = IdsIn(data={"ids": list(asked.values())})
        if not checked.is_valid():
            raise serializers.ValidationError({name: ["A valid id is required."] for name in asked})
        return rows.filter(**dict(zip(asked, checked.validated_data["ids"], strict=True)))

    def post(self, request: Request) -> Response:
        """A new one; owner and managers."""
        check_manager(caller(request))
        body = self.shaped(request, data=request.data)
        body.is_valid(raise_exception=True)
        row: Model = body.save()
        return Response(self.shown(request, row.pk), 201, headers={"Location": f"{request.path}{row.pk}/"})


class IdsIn(serializers.Serializer[Any]):
    """Ids in query parameters."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX))


class ReadView(CatalogueView):
    """One row, to be read."""

    def get(self, request: Request, **ids: int) -> Response:
        """One of them; staff only."""
        check_staff(caller(request))
        return Response(self.shown(request, one(self.catalogue.seen(caller(request)), *ids.values()).pk))


class ChangeView(ReadView):
    """One row, to be read and changed."""

    def patch(self, request: Request, **ids: int) -> Response:
        """Change what is sent; owner and managers."""
        row = self.changeable(request, *ids.values())
        body = self.shaped(request, row, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        body.save()
        return Response(self.shown(request, row.pk))


class DeleteView(ReadView):
    """One row, to be read and taken away."""

    def delete(self, request: Request, **ids: int) -> Response:
        """Take it away; 409 `in_use` for what bookings or other things need."""
        self.remove(self.changeable(request, *ids.values()))
        return Response(status=204)

    def remove(self, row: Any) -> None:
        """Delete the row."""
        deleted(row)


class RowView(ChangeView, DeleteView):
    """One row: to be read, changed, and taken away."""


def deleted(row: Model) -> None:
    """Delete a row that nothing needs; `Conflict("in_use")` otherwise."""
    try:
        row.delete()
        with connection.cursor() as cursor:
            # Foreign keys are looked at when the transaction ends: too late for an answer.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except (ProtectedError, RestrictedError, IntegrityError) as error:
        raise Conflict("in_use", _("This is in use, so it cannot be deleted.")) from error


def described(catalogue: Catalogue, name: str) -> Callable[[type], type]:
    """Say in OpenAPI what the view of a catalogue takes and gives."""
    tag, shape = catalogue.tag, catalogue.shape
    filters = [OpenApiParameter(each, int) for each in catalogue.filters]
    sent: dict[str, Any] = {"request": shape, "parameters": [IDEMPOTENCY], "tags": [name]}
    calls = {
        "list": extend_schema(
            operation_id=f"admin_{tag}_list", parameters=[*filters, *PAGES], responses=shape(many=True), tags=[name]
        ),
        "create": extend_schema(operation_id=f"admin_{tag}_create", responses={201: shape}, **sent),
        "retrieve": extend_schema(operation_id=f"admin_{tag}_retrieve", responses=shape, tags=[name]),
        "update": extend_schema(operation_id=f"admin_{tag}_update", responses=shape, **sent),
        "destroy": extend_schema(
            operation_id=f"admin_{tag}_destroy", responses={204: None}, parameters=[IDEMPOTENCY], tags=[name]
        ),
    }

    def decorate(view: type) -> type:
        names = (
            {"get": "list", "post": "create"}
            if issubclass(view, ListView)
            else {"get": "retrieve", "patch": "update", "delete": "destroy"}
        )
        known = {method: calls[call] for method, call in names.items() if hasattr(view, method)}
        decorated: type = extend_schema_view(**known)(view)
        return decorated

    return decorate
