"""v1: what calls about imports take and answer, and how a file is sent."""

from collections.abc import Mapping
from typing import IO, Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from bookings.imports import bringing
from bookings.imports.reading import MOST_BYTES, too_large
from bookings.models import Import, ImportRow
from bookings.plans import STAFF_MAY_OVERRULE
from kernel.errors import Invalid
from rest.fields import BIGINT_MAX, InstantField, local_text
from tenants.zones import zone

MOST_SENT = MOST_BYTES + 20_000
"""With what is around a file in a form."""
LONGEST_NAME = 120
RULES = sorted(reason.value for reason in STAFF_MAY_OVERRULE)


class BodyParser(BaseParser):
    """A file as the body itself; all else is in the query."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The file as `content`; `Invalid` for more than files may be."""
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise too_large()
        return {"content": content}


class CsvParser(BodyParser):
    """`text/csv`."""

    media_type = "text/csv"


class CalendarParser(BodyParser):
    """`text/calendar`."""

    media_type = "text/calendar"


class RulesField(serializers.Field):
    """Rules to set aside: a list, or names with commas."""

    default_error_messages = {"invalid": "Use " + ", ".join(RULES) + "."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        """The rules; a validation error for one that nobody may set aside."""
        names = data.split(",") if isinstance(data, str) else data
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.fail("invalid")
        wanted = tuple(sorted({name.strip() for name in names} - {""}))
        if not set(wanted) <= set(RULES):
            self.fail("invalid")
        return wanted


@extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=RULES)))
class OverruleField(RulesField):
    """The same, as OpenAPI knows it."""


class ImportIn(serializers.Serializer[Any]):
    """A file and what to do with it. `resource`, `becoming`, `name`, `email` and `phone` are a season's."""

    kind = serializers.ChoiceField(choices=Import.Kind.choices)
    content = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False)
    file_name = serializers.CharField(max_length=LONGEST_NAME, allow_blank=True, default="")
    dry_run = serializers.BooleanField(default=True)
    notify = serializers.BooleanField(default=False)
    overrule = OverruleField(default=tuple)
    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True)
    becoming = serializers.ChoiceField(choices=Import.Becoming.choices, default=Import.Becoming.BOOKINGS.value)
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    phone = serializers.CharField(max_length=32, allow_blank=True, default="")


class FormImportIn(ImportIn):
    """The same as a form with a `file`."""

    content = None  # type: ignore[assignment]
    file = serializers.FileField()


class QueryImportIn(ImportIn):
    """The same in the query, beside a file that is the body."""

    content = None  # type: ignore[assignment]


class ImportQuery(QueryImportIn):
    """As OpenAPI shows it: a form and JSON have all of it in the body."""

    kind = serializers.ChoiceField(choices=Import.Kind.choices, required=False)


def wish_of(query: QueryDict, data: Any) -> bringing.Wish:
    """What was asked for, in whatever way; a validation error where it makes no sense."""
    if not hasattr(data, "items"):
        raise serializers.ValidationError({"content": ["Send a form, an object, or the file itself."]})
    sent = {**_flat(query), **(_flat(data) if isinstance(data, QueryDict) else data)}
    content = _content(sent)
    body = (ImportIn if content is None else QueryImportIn)(data=sent)
    body.is_valid(raise_exception=True)
    wanted = body.validated_data
    return bringing.Wish(
        kind=wanted["kind"],
        content=wanted["content"].encode() if content is None else content,
        file_name=wanted["file_name"] or str(getattr(sent.get("file"), "name", ""))[:LONGEST_NAME],
        is_trial=wanted["dry_run"],
        notifies=wanted["notify"],
        overrules=tuple(wanted["overrule"]),
        resource_id=wanted.get("resource"),
        becoming=wanted["becoming"],
        contact={name: wanted[name] for name in ("name", "email", "phone")},
    )


def _flat(given: QueryDict) -> dict[str, Any]:
    """The last value of each, and all rules, which may come several times."""
    flat: dict[str, Any] = given.dict()
    return {**flat, "overrule": ",".join(given.getlist("overrule"))} if "overrule" in flat else flat


def _content(sent: dict[str, Any]) -> bytes | None:
    """The bytes of a file that came as one; None where there should be text."""
    if isinstance(sent.get("content"), bytes):
        return bytes(sent["content"])
    file = sent.get("file")
    if file is None or not hasattr(file, "read"):
        return None
    if file.size > MOST_BYTES:
        raise too_large()
    content: bytes = file.read()
    if not content:
        raise Invalid("no_rows", "There is nothing in this file.")
    return content


class CountsOut(serializers.Serializer[Any]):
    """How many rows are in each state."""

    waiting = serializers.IntegerField()
    would_create = serializers.IntegerField()
    created = serializers.IntegerField()
    skipped = serializers.IntegerField()
    refused = serializers.IntegerField()


class ImportOut(serializers.ModelSerializer[Import]):
    """An import. `ignored` are columns that nothing is made of; `done` of `total` rows are decided."""

    notify = serializers.BooleanField(source="notifies")
    overrule = serializers.ListField(child=serializers.CharField(), source="overrules")
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    done = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    created_at = InstantField()
    ended_at = InstantField(allow_null=True)

    class Meta:
        model = Import
        fields = [
            "id", "kind", "state", "file_name", "ignored", "total", "done", "counts", "notify", "overrule", "becoming",
            "resource", "created_at", "ended_at",
        ]  # fmt: skip

    def get_done(self, source: Import) -> int:
        """Rows that do not wait."""
        return source.total - self._counts(source)["waiting"]

    @extend_schema_field(CountsOut)
    def get_counts(self, source: Import) -> dict[str, int]:
        """Of the rows."""
        return self._counts(source)

    def _counts(self, source: Import) -> dict[str, int]:
        counts: dict[str, int] = self.context["counts"][source.pk]
        return counts


def counted(rows: list[Any]) -> dict[str, Any]:
    """The context of `ImportOut`."""
    return {"counts": bringing.counts(rows)}


def shown(source: Import) -> Any:
    """An import as calls answer it."""
    return ImportOut(source, context=counted([source])).data


class ImportRowOut(serializers.ModelSerializer[ImportRow]):
    """What became of a row, or would; `row` as a spreadsheet counts.

    Of a calendar it is the number of the date, and `start_datetime` when that is (null for a table).
    """

    row = serializers.IntegerField(source="number")
    start_datetime = serializers.SerializerMethodField()
    id = serializers.CharField(source="made", allow_null=True)

    class Meta:
        model = ImportRow
        fields = ["row", "start_datetime", "state", "code", "detail", "id"]

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_start_datetime(self, row: ImportRow) -> str | None:
        """In the venue's offset."""
        resource = self.context["source"].resource
        return local_text(row.at, zone(resource.venue.time_zone)) if row.at and resource else None

    def to_representation(self, instance: ImportRow) -> dict[str, Any]:
        """Without an id where nothing was made."""
        shown = super().to_representation(instance)
        return {**shown, "id": shown["id"] or None}
