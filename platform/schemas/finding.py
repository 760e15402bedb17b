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
    digits = re.sub(r"\D", "", typed).lstrip("0") if PHONE.fullmatch(typed) else ""
    if len(digits) >= FEWEST_DIGITS:
        ending = digits[-ENOUGH_DIGITS:][::-1]
        number = Func(
            Value(f"{TAG}{ending}:*"),
            function="to_tsquery",
            template="%(function)s('simple'::regconfig, %(expressions)s)",
            output_field=TextField(),
        )
        wanted = Func(wanted, number, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
    return Func(found_by, wanted, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())
