"""Answers to the questions of a service or resource: checked, and kept as text."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings.models import Answer, Booking
from kernel.errors import Invalid
from venues.models import CustomField, Resource
from venues.offered import Question

LONGEST = 500
YES_NO = {"true": "yes", "yes": "yes", "1": "yes", "false": "no", "no": "no", "0": "no"}


def checked(questions: Iterable[Question], answers: Mapping[int, str]) -> dict[int, str]:
    """Answers by field id in one spelling; `Invalid` for what is missing, unknown, or no answer to its question."""
    asked = {question.field_id: question for question in questions}
    unknown = sorted(set(answers) - set(asked))
    if unknown:
        raise Invalid("answer_unknown", _("There is no such question."), {"field": unknown[0]})
    found: dict[int, str] = {}
    for field_id, question in asked.items():
        text = answers.get(field_id, "").strip()
        if text:
            found[field_id] = _spelled(question, text)
        elif question.is_required:
            raise Invalid(
                "answer_required", _("Please answer: %(label)s") % {"label": question.label}, {"field": field_id}
            )
    return found


def checked_again(
    questions: Iterable[Question], answers: Mapping[int, str], booking: Booking, resource: Resource
) -> dict[int, str]:
    """As `checked`, for a booking that is changed: answers are kept where the question is still asked.

    What became a required question after the booking was made is not asked for, unless the booking moves
    to another resource.
    """
    asked = list(questions)
    known = {question.field_id for question in asked}
    kept = dict(Answer.objects.filter(booking=booking, field__in=known).values_list("field_id", "value"))
    if resource.pk == booking.resource_id:
        asked = [
            replace(question, is_required=question.is_required and question.field_id in kept) for question in asked
        ]
    return checked(asked, {**kept, **answers})


def asked_of(booking: Booking) -> list[Question]:
    """The questions that come with a booking's resource and service, in the owner's order: one query."""
    of_service = Q(product=booking.product_id, product__isnull=False)
    fields = CustomField.objects.filter(Q(resource=booking.resource_id) | of_service, is_active=True)
    return [Question(found.pk, found.label, found.kind, tuple(found.choices), found.is_required) for found in fields]


def complete(booking: Booking, given: Mapping[int, str]) -> None:
    """Write what was answered now, over what was answered before; `Invalid` where a required answer is missing."""
    questions = asked_of(booking)
    if questions or given:
        kept = dict(Answer.objects.filter(booking=booking).values_list("field_id", "value"))
        known = {question.field_id for question in questions}
        kept = {field_id: value for field_id, value in kept.items() if field_id in known}
        write(booking, checked(questions, {**kept, **given}))


def write(booking: Booking, answers: Mapping[int, str]) -> None:
    """Write the answers of a booking over those that it has, without a query where there are none."""
    if answers:
        Answer.objects.bulk_create(
            [Answer(booking=booking, field_id=field_id, value=value) for field_id, value in answers.items()],
            update_conflicts=True,
            unique_fields=["booking", "field"],
            update_fields=["value"],
        )


def _spelled(question: Question, text: str) -> str:
    wrong = Invalid(
        "answer_invalid", _("This is no answer to: %(label)s") % {"label": question.label}, {"field": question.field_id}
    )
    if len(text) > LONGEST:
        raise wrong
    try:
        match question.kind:
            case CustomField.Kind.NUMBER:
                number = Decimal(text)
                if not number.is_finite():
                    raise wrong
                return str(number)
            case CustomField.Kind.DATE:
                return date.fromisoformat(text).isoformat()
            case CustomField.Kind.YES_NO:
                return YES_NO[text.lower()]
            case CustomField.Kind.CHOICE if text not in question.choices:
                raise wrong
    except (InvalidOperation, ValueError, KeyError):
        raise wrong from None
    return text
