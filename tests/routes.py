"""Every route of the two URLconfs, so that a new one is tested by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter
from django.urls.resolvers import RoutePattern
from django.views.static import serve

HTTP_METHODS = ("get", "post", "put", "patch", "delete")
CONVERTERS = {"int": IntConverter, "slug": SlugConverter, "str": StringConverter, "uuid": UUIDConverter}


@dataclass(frozen=True)
class Route:
    """A route as written in the URLconf: `/api/v1/bookings/<uuid:booking_id>/`."""

    path: str
    view: Callable[..., Any]
    converters: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        return self.path

    @property
    def view_class(self) -> Any:
        """The class behind the view, or None for a function."""
        return getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)

    @property
    def is_api(self) -> bool:
        """Whether DRF answers."""
        return hasattr(self.view_class, "permission_classes")

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods worth a try: those of the class, or reading and sending a form."""
        if self.view_class is None:
            return ("get", "post")
        return tuple(method for method in HTTP_METHODS if hasattr(self.view_class, method))

    def filled(self, values: dict[str, object]) -> str:
        """The path with a value for each parameter; `KeyError` names one that has none."""
        path = self.path
        for name, converter in self.converters:
            kind = next(key for key, known in CONVERTERS.items() if type(converter) is known)
            spelt = (f"<{kind}:{name}>", f"<{name}>")
            for text in spelt:
                path = path.replace(text, str(values[name]))
        return path


@cache
def tenant_routes() -> tuple[Route, ...]:
    """Routes at a tenant's host."""
    return tuple(_walk(get_resolver(settings.ROOT_URLCONF), "/", {}))


@cache
def public_routes() -> tuple[Route, ...]:
    """Routes at the platform's host."""
    return tuple(_walk(get_resolver(settings.PUBLIC_SCHEMA_URLCONF), "/", {}))


def _walk(resolver: URLResolver, before: str, converters: dict[str, Any]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if not isinstance(entry.pattern, RoutePattern):
            raise TypeError(f"Write {entry.pattern} with path(): tests fill in parameters by name and converter.")
        path = before + str(entry.pattern)
        found = {**converters, **entry.pattern.converters}
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, found)
        elif entry.callback is not serve:
            yield Route(path, entry.callback, tuple(found.items()))
