"""Extras and services, what comes with a resource, questions, and limits for customers."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from desk.places.rows import NOTHING, CheckField, DaysField, DecimalTextField, LengthField, RowForm, TimeField
from venues.access import products_seen_by, resources_managed_by, venues_managed_by
from venues.models import CustomerGroup, CustomField, Product, Quota, Resource, Venue

MOST_ENTRIES = 50


def managed(user: User) -> Any:
    """Resources that somebody may name, by venue."""
    rows = resources_managed_by(user).filter(stock_of=None)
    return rows.select_related("venue").order_by("venue__position", "venue__name", "position", "name")


class WithVenue(forms.ModelChoiceField):
    """Resources with the name of their venue."""

    def label_from_instance(self, obj: Any) -> str:
        """`Court 1 · Main`."""
        return f"{obj.name} · {obj.venue.name}"


class ManyWithVenue(forms.ModelMultipleChoiceField):
    """The same, ticked."""

    def label_from_instance(self, obj: Any) -> str:
        """`Court 1 · Main`."""
        return f"{obj.name} · {obj.venue.name}"


class ProductForm(RowForm):
    """What services and extras have in common."""

    kind = ""
    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_active = CheckField(label=_("On offer"), initial=True)
    vat = DecimalTextField(label=_("VAT in percent"), required=False, help_text=_("Empty: as at the venue."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class ServiceForm(ProductForm):
    """A fixed length that any of its resources can provide."""

    duration_minutes = LengthField(label=_("How long"), help_text=_("Such as 90 min."))
    resources = ManyWithVenue(
        Resource.objects.none(),
        label=_("Where"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
        help_text=_("Any of these that is free; customers need not choose."),
    )
    field_order = ("name", "description", "duration_minutes", "resources", "vat", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resources"].queryset = managed(self.user)  # type: ignore[attr-defined]


class ExtraForm(ProductForm):
    """Something that comes with a booking: a racket, catering, final cleaning."""

    stock = forms.IntegerField(
        label=_("How many there are"),
        required=False,
        min_value=1,
        max_value=500,
        help_text=_("Never more than that are booked at once. Empty: always enough."),
    )
    venue = forms.ModelChoiceField(
        Venue.objects.none(), label=_("Where they are kept"), required=False, empty_label=NOTHING
    )
    field_order = ("name", "description", "stock", "venue", "vat", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = venues_managed_by(self.user)  # type: ignore[attr-defined]

    def sent(self) -> dict[str, Any]:
        """Where they are kept counts only for what is counted."""
        data = super().sent()
        if data["stock"] is None:
            data.pop("venue")
        return data


class OfferForm(RowForm):
    """An extra can be had with a resource."""

    extra = forms.ModelChoiceField(Product.objects.none(), label=_("Extra"))
    is_required = CheckField(label=_("Comes with every booking"), help_text=_("Such as final cleaning."))
    least = forms.IntegerField(label=_("At least"), min_value=1, initial=1)
    most = forms.IntegerField(label=_("At most"), min_value=1, max_value=500, initial=20)

    def __init__(self, *args: Any, user: User, resource: Resource | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = products_seen_by(user).filter(kind=Product.Kind.EXTRA, is_active=True)
        if resource is not None:
            kept_here = Q(stock=None) | Q(stock__venue=resource.venue_id)
            rows = rows.filter(kept_here).exclude(offers__resource=resource)
        self.fields["extra"].queryset = rows  # type: ignore[attr-defined]


class OfferWhereForm(RowForm):
    """The same, from the side of the extra."""

    resource = WithVenue(Resource.objects.none(), label=_("With"))
    is_required = CheckField(label=_("Comes with every booking"), help_text=_("Such as final cleaning."))
    least = forms.IntegerField(label=_("At least"), min_value=1, initial=1)
    most = forms.IntegerField(label=_("At most"), min_value=1, max_value=500, initial=20)

    def __init__(self, *args: Any, user: User, extra: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = managed(user).exclude(extras__extra=extra)
        if extra.stock is not None:
            rows = rows.filter(venue=extra.stock.venue_id)
        self.fields["resource"].queryset = rows  # type: ignore[attr-defined]


class QuestionForm(RowForm):
    """A question to whoever books."""

    label = forms.CharField(label=_("Question"), max_length=120, help_text=_("Such as “Name of your team?”"))
    help_text = forms.CharField(label=_("A word of help below it"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Answer"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=_("Entries of the list"),
        required=False,
        max_length=4100,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on each line; for a list only."),
    )
    is_required = CheckField(label=_("Has to be answered"))
    is_active = CheckField(label=_("Is asked"), initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.initial.get("choices")
        if isinstance(known, list):
            self.initial["choices"] = "\n".join(known)

    def sent(self) -> dict[str, Any]:
        """The list as a list."""
        data = super().sent()
        data["choices"] = [line.strip() for line in data["choices"].splitlines() if line.strip()][:MOST_ENTRIES]
        return data


class QuotaForm(RowForm):
    """How much one customer may have."""

    most = forms.IntegerField(label=_("At most"), min_value=0, max_value=100_000)
    measure = forms.ChoiceField(label=_("Of what"), choices=Quota.Measure.choices)
    span = forms.ChoiceField(label=_("In what time"), choices=Quota.Span.choices)
    resource = forms.ModelChoiceField(
        Resource.objects.none(), label=_("Only this resource"), required=False, empty_label=_("All of the venue")
    )
    kind = forms.ChoiceField(
        label=_("Only this kind"), required=False, choices=[("", _("All kinds")), *Resource.Kind.choices]
    )
    group = forms.ModelChoiceField(
        CustomerGroup.objects.none(),
        label=_("For"),
        required=False,
        empty_label=_("Everybody"),
        help_text=_("A limit of a group replaces the one for everybody."),
    )
    weekdays = DaysField(label=_("Only on these days"), help_text=_("None ticked: every day."))
    from_time = TimeField(label=_("Only from"))
    until_time = TimeField(label=_("until"))

    def __init__(self, *args: Any, venue: Venue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].queryset = Resource.objects.filter(venue=venue, stock_of=None)  # type: ignore[attr-defined]
        self.fields["group"].queryset = CustomerGroup.objects.order_by("position", "name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Both times or none."""
        data = super().clean() or {}
        times = {name: data.get(name) for name in ("from_time", "until_time") if name not in self.errors}
        given = [name for name, value in times.items() if value is not None]
        for name in times:
            if given and name not in given:
                self.add_error(name, gettext("Give both times, or neither for the whole day."))
        return data
