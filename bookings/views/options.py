"""Extras, vouchers and questions on the page that finishes a booking: what is offered, and what was chosen."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.forms import DressedForm
from bookings import balances, changes, extras
from bookings.agreed import Change
from bookings.answers import asked_of
from bookings.models import Answer, Booking, GiftCredit, HoursAccount, VoucherUse
from bookings.records import Actor
from bookings.requests import ExtraWish, Payment
from bookings.views.stock import left_of
from kernel.errors import Refused
from rest.limits import CODE_REFUSALS
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone
from venues.models import CustomField, Product, Resource
from venues.offered import Question, with_offers
from venues.pricelists import price_list, sign_price

EXTRA, ANSWER = "extra_", "answer_"
CODE_FIELDS, HOURS = ("voucher", "gift_credit"), "hours"


class OptionsForm(DressedForm):
    """How many of each extra, and codes. Fields are named `extra_<id>`; nothing here is needed to book."""

    voucher = forms.CharField(required=False, max_length=32)
    gift_credit = forms.CharField(required=False, max_length=32)
    is_wrong_code = False
    """Whether somebody made up a code: `apply` finds out."""

    def __init__(self, booking: Booking, data: Mapping[str, str] | None = None) -> None:
        self.booking = booking
        self.has = dict(booking.extras.values_list("product_id", "quantity"))
        offered = _offered(booking)
        use = VoucherUse.objects.filter(booking=booking).values_list("voucher__code", flat=True).first()
        self.code_used, self.credit_used = use or "", _credit_of(booking)
        initial: dict[str, Any] = {"voucher": self.code_used, "gift_credit": self.credit_used}
        initial |= {f"{EXTRA}{offer.product_id}": self.has.get(offer.product_id, 0) for offer, _extra in offered}
        super().__init__(data, initial=initial)
        self.hours_used = next(iter(balances.used_hours(booking.pk)), None)
        own = _own_hours(booking, self.hours_used)
        if own:
            self.fields[HOURS] = _hours_field(own, self.hours_used)
        self.fields["voucher"].label, self.fields["gift_credit"].label = _("Voucher code"), _("Gift credit code")
        left = left_of([extra for _offer, extra in offered], booking)
        for offer, extra in offered:
            none = [] if offer.is_required else [(0, _("none"))]
            there = left.get(extra.pk)
            # What is sent is not held to what is left: the refusal says it in words.
            most = offer.most if there is None or data is not None else min(offer.most, there)
            self.fields[f"{EXTRA}{offer.product_id}"] = forms.TypedChoiceField(
                label=_priced(extra, booking, there if there is None or there < offer.most else None),
                choices=[*none, *((number, str(number)) for number in range(offer.least, most + 1))],
                coerce=int,
                required=False,
                widget=forms.Select(attrs={"class": "select"}),
            )

    @property
    def extra_fields(self) -> list[forms.BoundField]:
        """The fields of the extras, in the owner's order."""
        return [self[name] for name in self.fields if name.startswith(EXTRA)]

    @property
    def has_hours(self) -> bool:
        """Whether somebody has prepaid hours that are good here."""
        return HOURS in self.fields

    @property
    def code_fields(self) -> list[forms.BoundField]:
        """The fields for prepaid hours, where somebody has some that are good here, and for codes."""
        return [self[name] for name in (HOURS, *CODE_FIELDS) if name in self.fields]

    def change(self) -> Change | None:
        """What was chosen and is not so yet; None where everything is as chosen. Of a valid form."""
        named = {name: self.cleaned_data[name] for name in self.fields if name.startswith(EXTRA)}
        # A field that was not sent at all leaves its extra as it is.
        wanted = {int(name.removeprefix(EXTRA)): quantity for name, quantity in named.items() if quantity != ""}
        chosen = {pk: quantity for pk, quantity in {**self.has, **wanted}.items() if quantity}
        hours = self.cleaned_data.get(HOURS)
        means = Payment(*self._new_codes, hours if hours and hours != self.hours_used else None)
        gone = frozenset(self._emptied())
        if chosen == self.has and means == Payment() and not gone:
            return None
        listed = tuple(ExtraWish(pk, quantity) for pk, quantity in chosen.items())
        return Change(extras=listed, payment=means if means != Payment() else None, without=gone)

    @property
    def _new_codes(self) -> tuple[str, str]:
        """Voucher and gift credit that are typed and not used yet; empty for none."""
        voucher, credit = (self.cleaned_data[name].strip().upper() for name in CODE_FIELDS)
        return "" if voucher == self.code_used else voucher, "" if credit == self.credit_used else credit

    def _emptied(self) -> Iterator[str]:
        """What was used and is not wanted any more; a field that was not sent at all leaves it as it is."""
        used = {"voucher": self.code_used, "gift_credit": self.credit_used, HOURS: self.hours_used}
        names = {"voucher": "voucher", "gift_credit": "credit", HOURS: "hours"}
        for name, means in names.items():
            if used[name] and name in self.fields and name in self.data and not self.cleaned_data[name]:
                yield means

    def apply(self, actor: Actor) -> bool:
        """Change the booking as chosen; whether anything was changed. A refusal becomes an error of its field."""
        wanted = self.change()
        if wanted is None:
            return False
        try:
            done = changes.change(self.booking, wanted, actor)
        except Refused as refusal:
            if refusal.code == "hold_expired":
                raise
            self.is_wrong_code = refusal.code in CODE_REFUSALS
            self.add_error(self._field_of(refusal), refusal.detail)
            return False
        return done.revision != self.booking.revision

    @property
    def brings_code(self) -> bool:
        """Whether somebody typed one; of a valid form."""
        return any(self._new_codes)

    def _field_of(self, refusal: Refused) -> str | None:
        extra = f"{EXTRA}{refusal.extra.get('product')}"
        if extra in self.fields:
            return extra
        if refusal.code.startswith("hours_") and HOURS in self.fields:
            return HOURS
        if refusal.code.startswith("voucher_"):
            return "voucher"
        return "gift_credit" if refusal.code.startswith("credit_") else None


def _offered(booking: Booking) -> list[tuple[Any, Product]]:
    customer_id = booking.customer_id
    sellers: list[Resource | Product] = list(with_offers(Resource.objects.filter(pk=booking.resource_id), customer_id))
    if booking.product_id:
        sellers += with_offers(Product.objects.filter(pk=booking.product_id), customer_id)
    offers = extras.on_offer(sellers)
    products = extras.known(sellers, customer_id)
    # What comes with it in one number only is no choice: the price lists it.
    open_ones = {pk: offer for pk, offer in offers.items() if not (offer.is_required and offer.least == offer.most)}
    priced = {pk: extra for pk, extra in products.items() if price_list(extra).base}
    return [(offer, priced[pk]) for pk, offer in open_ones.items() if pk in priced]


def _credit_of(booking: Booking) -> str:
    """The code of the gift credit that a booking uses; whoever holds it has typed it."""
    used = balances.used_credit(booking.pk)
    return GiftCredit.objects.values_list("code", flat=True).get(pk=min(used)) if used else ""


def _own_hours(booking: Booking, used: int | None) -> list[HoursAccount]:
    """The customer's accounts of prepaid hours that are good for the booking, the first that ends first."""
    if booking.customer_id is None:
        return []
    day = database_now().astimezone(zone(booking.time_zone)).date()
    here = Q(pack__resources=None) | Q(pack__resources=booking.resource_id)
    lasting = Q(valid_until=None) | Q(valid_until__gte=day)
    rows = HoursAccount.objects.filter(here, lasting, customer=booking.customer_id, minutes_left__gt=0)
    usable = Q(pk__in=rows.values("pk")) | Q(pk=used)
    found = HoursAccount.objects.filter(usable).select_related("pack")
    return list(found.order_by(F("valid_until").asc(nulls_last=True), "pk"))


def _hours_field(own: list[HoursAccount], used: int | None) -> forms.TypedChoiceField:
    """Which of them to use, or none."""
    told = [(each.pk, {"pack": each.pack.name, "time": speech.hours(each.minutes_left)}) for each in own]
    return forms.TypedChoiceField(
        label=_("Pay with my hours"),
        choices=[("", _("do not use any")), *((pk, _("%(pack)s (%(time)s left)") % words) for pk, words in told)],
        coerce=int,
        empty_value=None,
        required=False,
        initial=used,
        widget=forms.Select(attrs={"class": "select"}),
    )


def _priced(extra: Product, booking: Booking, left: int | None) -> str:
    """Name and price, and how many are left where they are fewer than one may have."""
    words = {"name": extra.name, "price": speech.money(sign_price(extra).amount_minor, booking.currency), "left": left}
    if left is None:
        return f"{words['name']} ({words['price']})"
    return (_("%(name)s (%(price)s, %(left)d left)") if left else _("%(name)s (%(price)s, none left)")) % words


def question_fields(booking: Booking) -> dict[str, forms.Field]:
    """A field `answer_<id>` for each question that comes with a booking, with what was answered before."""
    questions = asked_of(booking)
    known = dict(Answer.objects.filter(booking=booking).values_list("field_id", "value")) if questions else {}
    return {
        f"{ANSWER}{question.field_id}": field_of(question, known.get(question.field_id, "")) for question in questions
    }


def given(cleaned: Mapping[str, Any]) -> dict[int, str]:
    """The answers of a valid form, by field id, as text."""
    return {
        int(name.removeprefix(ANSWER)): str(value)
        for name, value in cleaned.items()
        if name.startswith(ANSWER) and value not in {None, ""}  # nought is an answer
    }


def field_of(question: Question, known: str) -> forms.Field:
    """The field for a question; `known` is what was answered before."""
    label = question.label if question.is_required else _("%(label)s (optional)") % {"label": question.label}
    common: dict[str, Any] = {"label": label, "required": question.is_required, "initial": known}
    match question.kind:
        case CustomField.Kind.NUMBER:
            return forms.DecimalField(**common)
        case CustomField.Kind.DATE:
            return forms.DateField(**common, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case CustomField.Kind.YES_NO:
            choices = [("", ""), ("yes", _("Yes")), ("no", _("No"))]
            return forms.ChoiceField(**common, choices=choices)
        case CustomField.Kind.CHOICE:
            return forms.ChoiceField(**common, choices=[("", ""), *((choice, choice) for choice in question.choices)])
        case _:
            return forms.CharField(**common, max_length=500)
