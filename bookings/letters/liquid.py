"""Owners' own words are Liquid, in a box: plain values, conditions and six harmless filters, nothing else.

There are no loops, no assignments and no other templates in it, and values are strings: what comes out is never much
longer than what goes in, and nothing leads from a value to the program (T31). Python's `str.format` and Django's
templates would both let strangers walk over attributes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from kernel.errors import Invalid

TAGS = frozenset({"if", "unless", "case", "comment", "#", "output", "content", "illegal"})
FILTERS = frozenset({"capitalize", "default", "downcase", "strip", "truncate", "upcase"})
LONGEST_SOURCE = 5000
LONGEST_OUTPUT = 20_000
DEEPEST = 10


class Broken(Exception):
    """Words that could not be rendered; the message is for logs and names no values."""


class _Box(Environment):
    """Liquid with hardly anything in it."""

    block_nesting_limit = DEEPEST
    context_depth_limit = DEEPEST
    loop_iteration_limit = 100
    local_namespace_limit = 10_000
    output_stream_limit = LONGEST_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: function for name, function in self.filters.items() if name in FILTERS}


_box = _Box(undefined=StrictUndefined)


def rendered(source: str, values: Mapping[str, str]) -> str:
    """The text of a template; raises `Broken` whatever is wrong with it. For `if`, what is empty is not there."""
    known = {name: value or None for name, value in values.items()}  # Liquid takes an empty text for true
    try:
        return _box.from_string(source[: LONGEST_SOURCE + 1]).render(**known)
    except (LiquidError, ValueError, RecursionError) as error:
        raise Broken(type(error).__name__) from None


def check(source: str, names: Collection[str], field: str) -> None:
    """Refuse words that cannot be rendered, or name what there is not: `Invalid("bad_template")` says where."""
    try:
        template = _box.from_string(source)
    except LiquidError as error:
        raise _refusal(field, _line(error, source), _why(error)) from None
    except (ValueError, RecursionError) as error:
        raise _refusal(field, 1, str(error)[:100]) from None
    _check_names(template, source, names, field)
    _check_ranges(template, source, field)
    try:
        template.render(**dict.fromkeys(names, "x"))
    except (LiquidError, ValueError, RecursionError) as error:
        at = _line(error, source) if isinstance(error, LiquidError) else 1
        raise _refusal(field, at, _("this does not work")) from None


def _check_names(template: BoundTemplate, source: str, names: Collection[str], field: str) -> None:
    found = template.analyze(include_partials=False)
    for name, spans in found.filters.items():
        if name not in FILTERS:
            line = source.count("\n", 0, spans[0].index) + 1
            raise _refusal(field, line, _("“%(name)s” is not allowed here") % {"name": name})
    for name, uses in found.globals.items():
        for use in uses:
            if name in names and len(use.segments) == 1:
                continue
            line = source.count("\n", 0, use.span.index) + 1
            raise _refusal(field, line, _("there is no placeholder “%(name)s”") % {"name": str(use)[:60]})


def _check_ranges(template: BoundTemplate, source: str, field: str) -> None:
    """Liquid's limits count loops; whether a text is among (1..10000000000) is asked of each number, for hours."""
    for expression in _expressions(template.nodes, RenderContext(template)):
        if isinstance(expression, RangeLiteral):
            line = source.count("\n", 0, max(expression.token.start_index, 0)) + 1
            raise _refusal(field, line, _("“%(name)s” is not allowed here") % {"name": str(expression)[:60]})


def _expressions(nodes: Iterable[Node], context: RenderContext) -> Iterator[Expression]:
    for node in nodes:
        for expression in node.expressions():
            yield from _with_parts(expression)
        yield from _expressions(node.children(context, include_partials=False), context)


def _with_parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.children():
        yield from _with_parts(part)


def _why(error: LiquidError) -> str:
    what = str(error.args[0])[:120] if error.args else ""
    if "unexpected tag" in what:
        return _("“%(name)s” is not allowed here") % {"name": what.split("'")[1] if "'" in what else what}
    return what


def _line(error: LiquidError, source: str) -> int:
    where = error.context() if error.token is not None and error.token.start_index >= 0 else None
    return where[0] if where else source.count("\n") + 1


def _refusal(field: str, line: int, why: str) -> Invalid:
    words = {"line": line, "why": why}
    return Invalid("bad_template", _("Line %(line)s: %(why)s.") % words, {"field": field, "line": line})
