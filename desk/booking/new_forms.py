"""What is filled in to book for somebody: who, what, when, extras, questions, and how it is paid."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import FOUND_BY, User
from billing.payments.issuing import Buyer
from bookings import extras
from bookings.access import bookings_for_staff, customers_seen_by
from bookings.models import Booking, HoursAccount
from bookings.models.booking import FOUND_BY as BOOKINGS_FOUND_BY
from bookings.onbehalf import Pay
from bookings.requests import ExtraWish, HoldRequest, Payment
from bookings.views.amounts import MOST_OF_A_BOOKING, MoneyField
from bookings.views.options import ANSWER, EXTRA, field_of, given
from desk.calendar.forms import BookForm
from rest.fields import whole
from schemas.finding import matching
from tenants import speech
from venues.access import Anyone
from venues.models import Product, Resource, Venue
from venues.offered import questions_of, with_offers
from venues.pricelists import price_list, sign_price

MOST_FOUND, MOST_LOOKED_AT = 8, 50
"""People who are shown, and bookings of guests among which they are looked for."""


class NewForm(BookForm):
    """A booking for somebody, with everything that the house asks and sells with it."""

    q = forms.CharField(label=gettext_lazy("Find a customer"), max_length=100, required=False)
    voucher = forms.CharField(label=gettext_lazy("Voucher code"), max_length=32, required=False)
    hours = forms.IntegerField(label=gettext_lazy("Prepaid hours"), required=False)
    price = MoneyField(MOST_OF_A_BOOKING, label=gettext_lazy("Agreed price (optional)"), required=False)
    pay = forms.ChoiceField(
        label=gettext_lazy("How is it paid?"),
        choices=Pay.choices,
        initial=Pay.LATER,
        widget=forms.RadioSelect(attrs={"class": "radio"}),
    )
    buyer = forms.CharField(
        label=gettext_lazy("Name and address on the invoice"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    aside = forms.BooleanField(label=gettext_lazy("Book it all the same"), required=False)
    because = forms.CharField(
        label=gettext_lazy("Why against the rules?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the record; the customer does not see it."),
    )

    def __init__(self, venue: Venue, user: Anyone, data: Any) -> None:
        super().__init__(venue, data)
        self.user = user
        self.known = self._customer(data.get("customer", ""))
        self.place = self._place(data.get("resource", ""))
        self.sold: list[str] = []
        self.asked: list[str] = []
        if self.place:
            self._offer(self.place)
        own = HoursAccount.objects.filter(customer=self.known, minutes_left__gt=0).select_related("pack")
        choices = [(row.pk, f"{row.pack.name} ({speech.hours(row.minutes_left)})") for row in own] if self.known else []
        self.has_hours = bool(choices)
        self.fields["hours"] = forms.TypedChoiceField(
            label=_("Prepaid hours"),
            choices=[("", _("do not use any")), *choices],
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.Select(attrs={"class": "select"}),
        )
        currency = venue.currency
        price: Any = self.fields["price"]
        price.in_(currency)
        price.label = _("Agreed price in %(currency)s (optional)") % {"currency": currency}

    def _customer(self, chosen: str) -> User | None:
        known = whole(chosen)
        return customers_seen_by(self.user).filter(pk=known).first() if known else None

    def _place(self, chosen: str) -> Resource | None:
        rows = self.fields["resource"].queryset  # type: ignore[attr-defined]
        customer = self.known.pk if self.known else None
        found: Resource | None = with_offers(rows.filter(pk=whole(chosen)), customer).select_related("venue").first()
        return found

    def _offer(self, place: Resource) -> None:
        offers = extras.on_offer([place])
        products = extras.known([place], self.known.pk if self.known else None)
        for pk, offer in offers.items():
            if (
                pk in products
                and price_list(products[pk]).base
                and not (offer.is_required and offer.least == offer.most)
            ):
                none = [] if offer.is_required else [(0, _("none"))]
                self.fields[f"{EXTRA}{pk}"] = forms.TypedChoiceField(
                    label=_named(products[pk], place),
                    choices=[*none, *((number, str(number)) for number in range(offer.least, offer.most + 1))],
                    coerce=int,
                    required=False,
                    widget=forms.Select(attrs={"class": "select"}),
                )
                self.sold.append(f"{EXTRA}{pk}")
        for question in questions_of(place):
            name = f"{ANSWER}{question.field_id}"
            self.fields[name] = field_of(question, "")
            self.fields[name].required = False
            self.asked.append(name)

    @cached_property
    def found(self) -> list[User]:
        """Customers that the search finds; none where nothing was typed."""
        typed = self.data.get("q", "").strip()
        if not typed:
            return []
        return list(customers_seen_by(self.user).filter(matching(FOUND_BY, typed)).order_by("name", "pk")[:MOST_FOUND])

    @property
    def guests(self) -> list[Booking]:
        """The latest booking of each person without an account whom the search finds and who can be reached."""
        typed = self.data.get("q", "").strip()
        if not typed:
            return []
        rows = bookings_for_staff(self.user).filter(matching(BOOKINGS_FOUND_BY, typed), customer=None)
        has_account = {each.email.lower() for each in self.found}
        latest: dict[tuple[str, str], Booking] = {}
        for each in rows.exclude(email="", phone="").order_by("-start", "pk")[:MOST_LOOKED_AT]:
            if each.email.lower() not in has_account:
                latest.setdefault((each.email.lower(), "" if each.email else each.phone), each)
        return list(latest.values())[:MOST_FOUND]

    @property
    def extra_fields(self) -> list[forms.BoundField]:
        """Extras on offer."""
        return [self[name] for name in self.sold]

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """What the house asks."""
        return [self[name] for name in self.asked]

    def request(self) -> HoldRequest:
        """Of a valid form: what is to be booked."""
        sent = self.cleaned_data
        wishes = ((int(name.removeprefix(EXTRA)), sent.get(name)) for name in self.sold)
        return HoldRequest(
            period=sent["period"],
            resource_id=sent["resource"].pk,
            product_id=sent["service"].pk if sent["service"] else None,
            participants=sent["people"],
            extras=tuple(ExtraWish(pk, number) for pk, number in wishes if number),
            payment=Payment(voucher=sent["voucher"].strip(), hours_account=sent["hours"], agreed_minor=sent["price"]),
            notes=sent["notes"],
            answers=given({name: sent.get(name) for name in self.asked}),
            customer=self.known,
            contact=self.contact(self.known),
        )

    @property
    def bill_to(self) -> Buyer | None:
        """Of a valid form: to whom the invoice is addressed."""
        to = self.cleaned_data["buyer"].strip()
        return Buyer(to) if to else None


def _named(extra: Product, place: Resource) -> str:
    return f"{extra.name} ({speech.money(sign_price(extra).amount_minor, place.venue.currency)})"
