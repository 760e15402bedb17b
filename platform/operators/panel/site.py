"""The panel itself: Django's admin in Unfold's clothes, with our own door in front of every page.

Nothing of it is at a tenant's host: only `config.urls_public` includes it. Of the admin's routes there are the list and
the page of a row; signing in, passwords and whatever else the admin brings are not, for the platform has its own.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from csp.decorators import csp_update
from django.contrib.auth.views import LogoutView
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from unfold.admin import ModelAdmin
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from accounts.doors import operators_only
from operators.access import Right, may
from tenants.models import Tenant

Row = TypeVar("Row", bound=Model)

MOST_FOUND = 10

# Unfold's Alpine evaluates what stands in attributes and sets styles: here, and nowhere else.
LOOSENED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


def panel_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """For operators, with the policy that Unfold needs."""
    return operators_only(csp_update(LOOSENED)(view))


def _to_index(_request: HttpRequest, app_label: str) -> HttpResponse:
    """Where the admin's own trail leads to an app's page: there is none."""
    return redirect("admin:index")


class Panel(UnfoldAdminSite):
    """The site. `pages` has the views that are no model's: (path, view, name)."""

    pages: list[tuple[str, Callable[..., Any], str]] = []
    index_template = "operators/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever runs the platform."""
        return may(request.user, Right.SEE)

    def get_urls(self) -> list[Any]:
        """Index, search, signing out, our own pages, and those of each model."""
        own: list[URLPattern | URLResolver] = [
            path("", panel_page(self.index), name="index"),
            path("search/", panel_page(self.search), name="search"),
            path("apps/<slug:app_label>/", panel_page(_to_index), name="app_list"),
            path("jsi18n/", panel_page(self.i18n_javascript), name="jsi18n"),
            path("logout/", panel_page(LogoutView.as_view()), name="logout"),
            *(path(where, panel_page(view), name=name) for where, view, name in self.pages),
        ]
        for model, admin in self._registry.items():
            own.append(path(f"{model._meta.app_label}/{model._meta.model_name}/", include(admin.urls)))
        return own

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """None: the navigation is ours (`config.settings.panel`), not a list of models."""
        return []

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What the box in the navigation finds while somebody types: tenants, by name and host."""
        words = request.GET.get("s", "").strip().replace("\0", "")
        if not words:
            return HttpResponse()
        admin = self._registry[Tenant]
        found, _more = admin.get_search_results(request, admin.get_queryset(request), words)
        results = [
            SearchResult(each.name, each.slug, reverse("admin:tenants_tenant_change", args=[each.pk]), "storefront")
            for each in found.distinct()[:MOST_FOUND]
        ]
        page = Paginator(results, MOST_FOUND).page(1)
        context = {"page_obj": page.paginator, "results": page, "page_counter": 0, "execution_time": 0}
        template = "unfold/helpers/command_results.html"
        return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})

    def page(self, where: str, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view under the panel; the door is put in front of it here."""

        def registered(view: Callable[..., Any]) -> Callable[..., Any]:
            self.pages.append((where, view, name))
            return view

        return registered

    def show(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        """A page of our own in the panel's frame."""
        request.current_app = self.name
        return TemplateResponse(request, template, {**self.each_context(request), "title": title, **context})


panel = Panel()


class PanelAdmin(ModelAdmin, Generic[Row]):
    """A list that is read, and a page for each row, unless the list says everything. What changes something is an act.

    `adds` and `changes` are rights; without them nobody adds or changes by a form of the admin.
    """

    has_page = True
    adds: Right | None = None
    changes: Right | None = None
    list_per_page = 25
    show_full_result_count = False
    actions = None
    list_fullwidth = True
    change_list_template = "operators/list.html"
    change_form_template = "operators/row.html"

    def get_urls(self) -> list[URLPattern]:
        """The routes that exist: a list, a row, and a form for a new one where somebody may."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        routes = [path("", panel_page(self.changelist_view), name=f"{name}_changelist")]
        if self.adds:
            routes.append(path("add/", panel_page(self.add_view), name=f"{name}_add"))
        if self.has_page:
            routes.append(path("<int:object_id>/", panel_page(self._row_view), name=f"{name}_change"))
        return [*routes, *self.acts(name)]

    def acts(self, name: str) -> list[URLPattern]:
        """Routes of what can be done to a row."""
        return []

    def _row_view(self, request: HttpRequest, object_id: int, **more: Any) -> HttpResponse:
        shown: HttpResponse = self.change_view(request, str(object_id), **more)
        return shown

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may see."""
        return may(request.user, Right.SEE)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Whoever may see."""
        return may(request.user, Right.SEE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever has the right, where there is a form."""
        return self.adds is not None and may(request.user, self.adds)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Whoever has the right, where there is a form."""
        return self.changes is not None and may(request.user, self.changes)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody: rows go by acts."""
        return False
