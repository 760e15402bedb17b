"""Booking on the tenant's own site: what to copy there, which sites may show our pages, and how that looks."""

import io
from collections.abc import Iterable

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.forms import DressedForm
from kernel.errors import Invalid, Refused
from tenants import embedders
from tenants.addresses import address
from tenants.models import Tenant
from venues.access import check_manager, public_resources, public_venues

PAGE = "website"
BAD_REQUEST = 400
EVERYTHING = ""
LANGUAGES = [("", gettext_lazy("That of the page around it")), ("en", "English"), ("de", "Deutsch")]
THEMES = [
    ("", gettext_lazy("As the visitor's device")),
    ("light", gettext_lazy("Light")),
    ("dark", gettext_lazy("Dark")),
]


class SiteForm(DressedForm):
    """A site to be allowed, as somebody types it."""

    site = forms.CharField(
        label=gettext_lazy("Address of your site"),
        max_length=embedders.LONGEST_TYPED,
        help_text=gettext_lazy("Such as https://www.club.com. With and without www. are two sites."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )


class PieceForm(DressedForm):
    """What is to be shown there. Values that are none of these count as the first."""

    what = forms.ChoiceField(label=gettext_lazy("What can be booked there"), required=False)
    lang = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Light or dark"), choices=THEMES, required=False)

    def __init__(self, choices: list[tuple[str, object]], asked: dict[str, str]) -> None:
        super().__init__()
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
        known = {value for _name, group in choices for value in _values(group)} | {EVERYTHING}
        wanted = asked.get("what", "")
        self.initial = {
            "what": wanted if wanted in known else EVERYTHING,
            "lang": _one_of(asked.get("lang", ""), LANGUAGES),
            "theme": _one_of(asked.get("theme", ""), THEMES),
        }


@staff_only
@require_http_methods(["GET", "HEAD"])
def website(request: HttpRequest) -> HttpResponse:
    """The list of sites, the lines to copy for what is chosen, a preview, the plain link and its picture."""
    check_manager(request.user)
    return _page(request, SiteForm())


@staff_only
@require_POST
def allow(request: HttpRequest) -> HttpResponse:
    """Put a site on the list."""
    check_manager(request.user)
    form = SiteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, BAD_REQUEST)
    try:
        origin = embedders.allow(form.cleaned_data["site"])
    except Invalid as invalid:
        form.add_error("site", invalid.detail)
        return _page(request, form, BAD_REQUEST)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("%(site)s may show your booking pages now.") % {"site": origin})
    return redirect(PAGE)


@staff_only
@require_POST
def disallow(request: HttpRequest) -> HttpResponse:
    """Take a site off the list."""
    check_manager(request.user)
    origin = request.POST.get("site", "")
    try:
        embedders.disallow(origin)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("%(site)s shows a link from now on.") % {"site": origin})
    return redirect(PAGE)


def _page(request: HttpRequest, form: SiteForm, status: int = 200) -> HttpResponse:
    tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined] # as it is, not as hosts have kept it
    piece = PieceForm(_choices(), request.GET.dict())
    what, lang, theme = (str(piece.initial[name]) for name in ("what", "lang", "theme"))
    venue, _slash, resource = what.partition("/")
    url = address(tenant, _path(venue, resource))
    given = {"venue": venue, "resource": resource, "lang": lang, "theme": theme}
    element = format_html(
        '<forecourt-booking{}>\n  <a href="{}">{}</a>\n</forecourt-booking>',
        format_html_join("", ' {}="{}"', ((name, value) for name, value in given.items() if value)),
        url,
        _("Book at %(name)s") % {"name": tenant.name},
    )
    script = format_html('<script src="{}" async></script>', address(tenant, reverse("widget")))
    context = {
        "form": form,
        "piece": piece,
        "sites": tenant.embedding_sites,
        "snippet": f"{script}\n{element}",
        "element": element,
        "url": url,
        "picture": _picture(url),
        "origin": address(tenant, ""),
    }
    return render(request, "desk/website.html", context, status=status)


def _path(venue: str, resource: str) -> str:
    if resource:
        return reverse("resource", args=[venue, resource])
    return reverse("venue", args=[venue]) if venue else reverse("home")


def _choices() -> list[tuple[str, object]]:
    """Everything, then for each venue itself and what can be booked there: two queries."""
    resources = list(public_resources().order_by("position", "name"))
    groups: list[tuple[str, object]] = [(EVERYTHING, _("Everything"))]
    for venue in public_venues():
        within = [(f"{venue.slug}/{each.slug}", each.name) for each in resources if each.venue_id == venue.pk]
        groups.append((venue.name, [(venue.slug, _("All of %(name)s") % {"name": venue.name}), *within]))
    return groups


def _values(group: object) -> list[str]:
    return [value for value, _name in group] if isinstance(group, list) else []


def _one_of(value: str, choices: Iterable[tuple[str, object]]) -> str:
    return value if value in {each for each, _name in choices} else ""


def _picture(url: str) -> str:
    found = io.BytesIO()
    made = segno.make(url, error="m", micro=False)
    made.save(found, kind="svg", xmldecl=False, scale=4, border=4, light="#fff", title=url)
    return found.getvalue().decode()
