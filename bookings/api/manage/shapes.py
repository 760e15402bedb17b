"""The base of everything that staff write: the model's own rules decide, and speak as errors of fields."""

from typing import Any, ClassVar, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelError
from django.db import IntegrityError
from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import serializers

from bookings.api.manage.fields import MoneyField, RowsField, Written
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate
from venues.currencies import house_currency

M = TypeVar("M", bound=Model)


class Shape(serializers.ModelSerializer[M]):
    """A row, in and out. Amounts are in the currency that `currency_of` gives.

    What is unique is checked by `full_clean`; who loses a race for it tries again and hears it then.
    """

    class Meta:
        """What the shapes below have in common."""

        abstract = True

    fixed: ClassVar[frozenset[str]] = frozenset()
    """Columns that are said once, when the row is made, and cannot be changed."""

    def currency_of(self, row: M) -> str | None:
        """The currency of the row's amounts; None where there is none, or more than one."""
        raise NotImplementedError

    def get_validators(self) -> list[Any]:
        """None of DRF's: the model's constraints are looked at by `full_clean`."""
        return []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put everything on the row and let the model judge it; amounts become minor units."""
        row = self.row
        if self.instance is not None:
            said = {name for name in self.fixed & attrs.keys() if getattr(row, name) not in {None, ""}}
            changed = {name for name in said if getattr(row, name) != attrs[name]}
            if changed:
                raise serializers.ValidationError({name: [_("This cannot be changed.")] for name in sorted(changed)})
        for name, value in attrs.items():
            if not isinstance(value, Written | list) or name in self._arrays():
                setattr(row, name, value)
        errors = self._amounts(attrs)
        judged = self._cleaned(row, errors)
        if judged and self.currency_unclear(errors):
            raise serializers.ValidationError(judged)  # it says better why
        if judged or errors:
            raise serializers.ValidationError({**judged, **errors})
        return attrs

    def currency_unclear(self, errors: dict[str, Any]) -> bool:
        """Whether amounts are wrong for want of a currency."""
        return bool(errors) and self.currency_of(self.row) is None

    def _amounts(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make minor units of what was written; returns what is wrong with it."""
        errors: dict[str, Any] = {}
        for name, field in self.fields.items():
            column = str(field.source)
            if isinstance(field, MoneyField) and isinstance(attrs.get(column), Written):
                try:
                    attrs[column] = field.minor(attrs[column], self.currency_of(self.row))
                except serializers.ValidationError as error:
                    errors[name] = error.detail
                setattr(self.row, column, 0 if name in errors else attrs[column])
        return errors

    @property
    def row(self) -> M:
        """The row that is changed, or the one that is to be made."""
        if self.instance is None:
            if not hasattr(self, "_made"):
                self._made: M = self.Meta.model()
            return self._made
        found: M = self.instance
        return found

    def _arrays(self) -> set[str]:
        return {
            str(field.source)
            for field in self.fields.values()
            if isinstance(field, serializers.ListField | serializers.MultipleChoiceField)
        }

    def _cleaned(self, row: M, wrong: dict[str, Any]) -> dict[str, Any]:
        without = [str(self.fields[name].source) for name in wrong]
        try:
            row.full_clean(exclude=without, validate_constraints=False)
            row.validate_constraints(exclude=without)  # what `clean` says in words comes first
        except ModelError as error:
            return self.field_errors(error)
        return {}

    def field_errors(self, error: ModelError) -> dict[str, list[str]]:
        """The model's complaints under the names that the API has for its columns."""
        names = {str(field.source): name for name, field in self.fields.items()}
        found: dict[str, list[str]] = {}
        for column, messages in getattr(error, "message_dict", {NON_FIELD_ERRORS: error.messages}).items():
            name = "non_field_errors" if column == NON_FIELD_ERRORS else names.get(column, column)
            found.setdefault(name, []).extend(messages)
        return found

    def create(self, validated_data: dict[str, Any]) -> M:
        """Write the row and what hangs on it."""
        return self._written(validated_data)

    def update(self, instance: M, validated_data: dict[str, Any]) -> M:
        """Write the changed row, which whoever calls has locked."""
        return self._written(validated_data)

    def _written(self, validated: dict[str, Any]) -> M:
        row = self.row
        try:
            row.save()
        except IntegrityError as error:
            if sqlstate(error) == UNIQUE_VIOLATION:
                raise Again from error
            raise
        for name, field in self.fields.items():
            if isinstance(field, RowsField) and not field.read_only and field.source in validated:
                getattr(row, name).set(validated[field.source])
        return row


class CurrencyShape(Shape[M]):
    """A row with a currency of its own: that of all venues, where it says none and they agree."""

    class Meta:
        """What the shapes below have in common."""

        abstract = True

    fixed = frozenset({"currency"})

    def currency_of(self, row: M) -> str | None:
        """Its own."""
        return getattr(row, "currency", "") or None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The currency first, for the amounts depend on it."""
        if self.currency_of(self.row) is None and "currency" not in attrs:
            attrs["currency"] = house_currency() or ""
        return super().validate(attrs)
