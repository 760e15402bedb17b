"""The form that asks what a booking would cost."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from accounts.models import User
from bookings.requests import Contact, ExtraWish, HoldRequest, Payment
from desk.inputs import day_input, time_input
from kernel.periods import Period, instants
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone
from venues.access import Anyone, public_products, venues_run_by
from venues.models import CustomerGroup, ExtraOffer, Product, Resource
from venues.models.offers import MOST_OF_AN_EXTRA

LONGEST_CODE, MOST_PEOPLE, LONGEST_MINUTES = 32, 32_767, 31 * 24 * 60
RESOURCE, SERVICE = "resource", "service"


class TesterForm(DressedForm):
    """What, when, for how many, for whom, and with which voucher. The extras depend on what was chosen."""

    what = forms.ChoiceField(label=gettext_lazy("What"))
    day = forms.DateField(label=gettext_lazy("Day"), widget=day_input())
    time = forms.TimeField(label=gettext_lazy("From"), widget=time_input())
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        min_value=1,
        max_value=LONGEST_MINUTES,
        required=False,
        help_text=gettext_lazy("Empty: the shortest booking. A service has its own length."),
    )
    people = forms.IntegerField(label=gettext_lazy("People"), min_value=1, max_value=MOST_PEOPLE, initial=1)
    group = forms.ModelChoiceField(
        label=gettext_lazy("As somebody in this group"),
        queryset=CustomerGroup.objects.none(),
        required=False,
        empty_label=gettext_lazy("in none"),
    )
    customer = forms.EmailField(
        label=gettext_lazy("Or as this customer (e-mail address)"), required=False, max_length=254
    )
    voucher = forms.CharField(label=gettext_lazy("Voucher"), required=False, max_length=LONGEST_CODE)

    def __init__(self, user: Anyone, *args: Any, **kwargs: Any) -> None:
        venues = venues_run_by(user)
        resources = Resource.objects.filter(venue__in=venues, is_active=True, stock_of=None).select_related("venue")
        self.resources = {
            f"{RESOURCE}-{row.pk}": row
            for row in resources.order_by("venue__position", "venue__name", "position", "name")
        }
        services = public_products().filter(kind=Product.Kind.BOOKING, resources__venue__in=venues).distinct()
        self.services = {
            f"{SERVICE}-{row.pk}": row
            for row in services.prefetch_related("resources__venue").order_by("position", "name")
        }
        tomorrow = database_now().astimezone(zone(current_tenant().time_zone)).date() + timedelta(days=1)
        super().__init__(*args, **{"initial": {"day": tomorrow, "time": time(18)}, **kwargs})
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (_("Resources"), [(key, f"{row.name}, {row.venue.name}") for key, row in self.resources.items()]),
            (_("Services"), [(key, row.name) for key, row in self.services.items()]),
        ]
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]
        self.offered = self._offered()
        for offer in self.offered:
            self.fields[f"extra_{offer.extra_id}"] = forms.IntegerField(
                label=offer.extra.name,
                required=False,
                min_value=0,
                max_value=MOST_OF_AN_EXTRA,
                widget=forms.NumberInput(attrs={"class": "input"}),
            )

    def _offered(self) -> list[ExtraOffer]:
        """The extras on offer with what was chosen, each once."""
        chosen = self.data.get("what", "") if self.is_bound else ""
        offers = ExtraOffer.objects.filter(extra__is_active=True).select_related("extra").order_by("position", "pk")
        if chosen in self.resources:
            offers = offers.filter(resource=self.resources[chosen])
        elif chosen in self.services:
            service = self.services[chosen]
            offers = offers.filter(product=service) | offers.filter(resource__in=service.resources.all())
        else:
            return []
        return list({offer.extra_id: offer for offer in offers}.values())

    @property
    def extras(self) -> list[forms.BoundField]:
        """The fields of the extras."""
        return [self[f"extra_{offer.extra_id}"] for offer in self.offered]

    def clean_customer(self) -> User | None:
        """Somebody with an account here; None for nobody in particular."""
        address = str(self.cleaned_data["customer"]).strip().lower()
        if not address:
            return None
        found = User.objects.filter(email=address, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody here has an account like that."))
        return found

    def clean(self) -> dict[str, Any]:
        """A time that the clocks show."""
        data = super().clean() or {}
        if {"what", "day", "time"} <= data.keys():
            found = instants(datetime.combine(data["day"], data["time"]), zone(self._place(data["what"])))
            if not found:
                self.add_error("time", _("The clocks skip this time on that day."))
            else:
                data["start"] = found[0]
        return data

    def _place(self, what: str) -> str:
        """The name of the zone where it is."""
        if what in self.resources:
            return self.resources[what].venue.time_zone
        return next(row.venue.time_zone for row in self.services[what].resources.all())

    def wish(self) -> HoldRequest:
        """What is asked for, as a customer would ask for it; questions are asked later."""
        data = self.cleaned_data
        service, resource = self.services.get(data["what"]), self.resources.get(data["what"])
        minutes = data["minutes"] or (resource.min_minutes if resource else 0)
        if service:
            minutes = service.duration_minutes or minutes
        customer = data["customer"]
        return HoldRequest(
            period=Period(data["start"], data["start"] + timedelta(minutes=minutes)),
            resource_id=resource.pk if resource else None,
            product_id=service.pk if service else None,
            participants=data["people"],
            extras=tuple(
                ExtraWish(offer.extra_id, count)
                for offer in self.offered
                if (count := data.get(f"extra_{offer.extra_id}"))
            ),
            payment=Payment(voucher=data["voucher"]),
            answers=None,
            customer=customer,
            contact=Contact(customer.name, customer.email, customer.phone) if customer else Contact(),
        )
