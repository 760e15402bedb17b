"""What a change made different, in words for the history."""

from collections.abc import Iterable, Iterator

from bookings.drafts import Draft
from bookings.models import Answer, Booking
from bookings.requests import ExtraWish
from venues.models import CustomField, Product, Resource

COLUMNS = ("participants", "total_minor", "deposit_minor", "credit_minor", "refund_due_minor", "notes")


def differences(draft: Draft) -> list[tuple[str, object, object]]:
    """Fields with their values before and after; empty where nothing is different."""
    return [(name, old, new) for name, old, new in _all(draft) if old != new]


def _all(draft: Draft) -> Iterator[tuple[str, object, object]]:
    before, after = draft.before, draft.after
    yield "start", before.start.isoformat(), after.start.isoformat()
    yield "end", before.end.isoformat(), after.end.isoformat()
    if before.resource_id != after.resource_id:
        yield "resource", before.resource.name, after.resource.name
    for name in COLUMNS:
        yield name, getattr(before, name), getattr(after, name)
    if draft.plan:
        names = _names(Resource, {*draft.parts.also, *draft.plan.request.also})
        yield "with_resources", _listed(names, draft.parts.also), _listed(names, draft.plan.request.also)
        wanted = [ExtraWish(extra.product.pk, extra.quantity) for extra in draft.plan.basket.extras]
        yield "extras", *_extras(draft.parts.extras, wanted)
    if draft.answers is not None:
        yield "answers", *_answers(before, draft.answers)


def _names(model: type[Resource] | type[Product], ids: set[int]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _listed(names: dict[int, str], ids: Iterable[int]) -> str:
    return ", ".join(names[pk] for pk in sorted(ids))


def _extras(before: Iterable[ExtraWish], after: Iterable[ExtraWish]) -> tuple[str, str]:
    names = _names(Product, {extra.product_id for extra in (*before, *after)})
    old, new = (
        ", ".join(f"{extra.quantity} x {names[extra.product_id]}" for extra in sorted(extras, key=_product))
        for extras in (before, after)
    )
    return old, new


def _product(extra: ExtraWish) -> int:
    return extra.product_id


def _answers(booking: Booking, after: dict[int, str]) -> tuple[str, str]:
    before = dict(Answer.objects.filter(booking=booking).values_list("field_id", "value"))
    labels = dict(CustomField.objects.filter(pk__in={*before, *after}).values_list("pk", "label"))
    old, new = (
        "; ".join(f"{labels[pk]}: {value}" for pk, value in sorted(answers.items())) for answers in (before, after)
    )
    return old, new
