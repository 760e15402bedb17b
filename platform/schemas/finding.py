"""Looking people and bookings up as the desk does: beginnings of words, codes and addresses, ends of phone numbers.

PostgreSQL's own text search, without an extension: words of several columns in one vector, and the digits of a phone
number backwards, so that its end is a beginning. Letter case and everything but letters and digits make no difference,
on both sides by the same expression. An index on `words(...)` serves `matching(...)` of the same columns.
"""

import re
from typing import Any

from django.db.models import BooleanField, F, Func, TextField, Value

FEWEST_DIGITS = 4
ENOUGH_DIGITS = 8
"""Of a longer phone number its last ones: with or without the country's code it is the same one."""
PHONE = re.compile(r"[\d\s()/.+-]+", re.ASCII)
PLAIN = "regexp_replace(lower(%(expressions)s), '[^[:alnum:]]+', ' ', 'g')"
TAG = "phn0"
"""Before the digits of a phone number, so that they are no code and no part of an address."""


def words(*columns: str, phone: str, code: str = "") -> Func:
    """What a row is found by: the words of its columns, the end of its phone number, and its code without hyphens."""
    backwards = f"'{TAG}' || reverse(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'))"
    parts: list[Any] = [F(column) for column in columns]
    if code:
        parts.append(Func(F(code), output_field=TextField(), template="replace(%(expressions)s, '-', '')"))
    parts.append(Func(F(phone), output_field=TextField(), template=backwards))
    template = f"to_tsvector('simple'::regconfig, {PLAIN})"
    # In the order of the alphabet, as migrations write it: Django compares what it knows of an index in order.
    return Func(*parts, arg_joiner=" || ' ' || ", output_field=TextField(), template=template)


def matching(found_by: Func, typed: str) -> Func:
    """A condition: each word that was typed begins a word of the row, or it is the end of its phone number."""
    every = "' +', ':* & ', 'g') || ':*', ':*')"
    template = f"to_tsquery('simple'::regconfig, NULLIF(regexp_replace(btrim({PLAIN}), {every})"
    wanted = Func(Value(typed), template=template, output_field=TextField())
    endings = sorted(_endings(typed))
    if endings:
        number = Func(
            Value(" | ".join(f"{TAG}{ending[::-1]}:*" for ending in endings)),
            function="to_tsquery",
            template="%(function)s('simple'::regconfig, %(expressions)s)",
            output_field=TextField(),
        )
        wanted = Func(wanted, number, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
    return Func(found_by, wanted, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())


def _endings(typed: str) -> set[str]:
    """How a number that was typed may end. Noughts at its beginning are dialled from here, or are the number's own."""
    digits = re.sub(r"\D", "", typed) if PHONE.fullmatch(typed) else ""
    return {each[-ENOUGH_DIGITS:] for each in (digits, digits.lstrip("0")) if len(each) >= FEWEST_DIGITS}
