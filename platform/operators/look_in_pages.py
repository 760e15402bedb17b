"""Pages of a look-in: asking for one at the platform's host, and its beginning and end at the tenant's."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tenants.utils import get_public_schema_name, tenant_context

from accounts.doors import open_to_all, operators_only
from accounts.forms import DressedForm
from accounts.models import Role
from bookings.team.words import role_name
from bookings.views.account import ways
from kernel.errors import Invalid, Refused
from operators import access, lookin, looking
from operators.access import Right
from operators.models import LookIn
from operators.networks import admits
from tenants.addresses import address
from tenants.models import Tenant

BAD = 400
SHOWN = 20
TENANTS_URLS = "config.urls_tenant"


class LookInForm(DressedForm):
    """As whom, why, and for how long."""

    person = forms.ChoiceField(label=_("As whom"), required=False)
    customer = forms.EmailField(
        label=_("Or as a customer"), required=False, help_text=_("The address of their account, instead of the list.")
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=lookin.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ten characters at least. The tenant reads it."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=lookin.LEAST_MINUTES, max_value=lookin.MOST_MINUTES, initial=15
    )
    may_change = forms.BooleanField(
        label=_("I have to change something for them. Each change stands in their record under my name."),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.choices = [
            (str(user.pk), f"{user.name or user.email} ({role_name(user.role)})") for user in lookin.staff_of(tenant)
        ]


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def look_in(request: HttpRequest, tenant_id: int) -> HttpResponse:
    """The form, and the link that it makes: good once, for a minute, at the tenant's own address."""
    operator = ways.member(request)
    access.check(operator, Right.LOOK_IN)
    tenant: Tenant = get_object_or_404(Tenant.objects.exclude(schema_name=get_public_schema_name()), pk=tenant_id)
    form = LookInForm(tenant, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made, token = lookin.begin(operator, tenant, _wish(tenant, form.cleaned_data))
        except Invalid as refusal:
            for field, words in dict(refusal.extra["errors"]).items():  # type: ignore[call-overload]
                form.add_error(field, words)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            link = address(tenant, reverse("look-in-enter", args=[token], urlconf=TENANTS_URLS))
            answer = render(request, "platform/look_in_link.html", {"tenant": tenant, "look_in": made, "link": link})
            answer["Referrer-Policy"] = "no-referrer"
            return answer
    context = {"tenant": tenant, "form": form, "look_ins": lookin.of(tenant)[:SHOWN]}
    return render(request, "platform/look_in.html", context, status=BAD if form.errors else 200)


def _wish(tenant: Tenant, said: dict[str, Any]) -> lookin.Wish:
    user_id = int(said["person"] or 0)
    if said["customer"]:
        customer = lookin.customer_of(tenant, said["customer"])
        user_id = customer.pk if customer else 0
    return lookin.Wish(user_id, said["reason"], said["minutes"], said["may_change"])


@operators_only
@require_POST
def stop(request: HttpRequest, look_in_id: int) -> HttpResponse:
    """End one from here, one's own or another operator's."""
    access.check(ways.member(request), Right.LOOK_IN)
    found = get_object_or_404(LookIn, pk=look_in_id)
    tenant = get_object_or_404(Tenant, schema_name=found.schema_name)
    with tenant_context(tenant):
        lookin.end(found)
    return redirect("operator-look-in", tenant.pk)


@open_to_all("the link's secret is the permission, and it is good once")
@never_cache
@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Change the link for the cookie, and lead on at once, so that the secret leaves the address."""
    if not admits(request) or "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        raise lookin.wrong_link()
    _found, request.user = lookin.of_link(token)  # the record names the look-in from its first row on
    found, secret = lookin.enter(token)
    answer = HttpResponseRedirect(resolve_url("own-bookings" if found.role == Role.CUSTOMER else "desk"))
    looking.keep(answer, found, secret)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@open_to_all("whoever looks in ends it here; for anybody else there is nothing to end")
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End it."""
    return looking.end(request)
