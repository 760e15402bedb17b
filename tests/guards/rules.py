"""House rules that a syntax tree can show. Each takes a module and yields the lines that break it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.guards.sources import Finding, Source, own_nodes

Check = Callable[[Source], Iterator[Finding]]

LONGEST_COUNTDOWN = 300


@dataclass(frozen=True)
class Rule:
    """A rule, what to do instead, and the places that may break it: `path` or `path:name`, with the reason."""

    check: Check
    instead: str
    excused: dict[str, str]


PROCESS_CLOCK = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "django.utils.timezone.now",
        "django.utils.timezone.localdate",
        "django.utils.timezone.localtime",
        "django.utils.timezone.make_aware",
        "time.time",
        "time.time_ns",
        "time.localtime",
    }
)


def process_clock(source: Source) -> Iterator[Finding]:
    """The clock of whichever machine happens to run the code."""
    yield from source.references(PROCESS_CLOCK)


def stock_on_commit(source: Source) -> Iterator[Finding]:
    """Django's hook, whose function finds whatever schema is current when it fires (T04)."""
    yield from source.references(frozenset({"django.db.transaction.on_commit"}))


def kept_in_memory(source: Source) -> Iterator[Finding]:
    """Answers kept by arguments alone, which are the same for every tenant (T07)."""
    kept = frozenset({"functools.lru_cache", "functools.cache"})
    for function in source.functions():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if source.dotted(called) in kept:
                yield Finding(decorator.lineno, function.name)
    inside = {
        id(node) for function in source.functions() for each in function.decorator_list for node in ast.walk(each)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inside and source.dotted(node) in kept:
            yield Finding(node.lineno, source.dotted(node))


ENTERS = ("tenant_context", "schema_context")
LAZY = frozenset(
    {
        *("all", "alias", "annotate", "defer", "difference", "distinct", "exclude", "extra", "filter", "intersection"),
        *("none", "only", "order_by", "prefetch_related", "raw", "reverse", "select_for_update", "select_related"),
        *("union", "using", "values", "values_list"),
    }
)


def lazy_leaves_schema(source: Source) -> Iterator[Finding]:
    """A queryset that is returned from a schema's block is evaluated outside of it (T02)."""
    for function in source.functions():
        for block in own_nodes(function):
            if isinstance(block, ast.With | ast.AsyncWith) and any(_enters(source, item) for item in block.items):
                yield from _lazy_exits(block)


def _enters(source: Source, item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and source.dotted(item.context_expr.func).endswith(ENTERS)


def _lazy_exits(block: ast.With | ast.AsyncWith) -> Iterator[Finding]:
    lazy_names = {
        target.id
        for node in own_nodes(block)
        if isinstance(node, ast.Assign) and _is_lazy(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in own_nodes(block):
        if isinstance(node, ast.Return | ast.Yield) and node.value and _is_lazy(node.value, frozenset(lazy_names)):
            yield Finding(node.lineno, ast.unparse(node))


def _is_lazy(value: ast.AST, lazy_names: frozenset[str]) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in LAZY
        case ast.Call(func=ast.Name(id=name)):
            return name in {"iter", "filter", "map"}
        case ast.Attribute(attr="objects") | ast.GeneratorExp():
            return True
        case ast.Name(id=name):
            return name in lazy_names
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(_is_lazy(part, lazy_names) for part in parts)
    return False


def far_future_tasks(source: Source) -> Iterator[Finding]:
    """ETAs and long countdowns: beyond the visibility timeout 10 reminders ran 40 times."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "eta" or (
                    keyword.arg in {"countdown", "default_retry_delay"} and _is_far(keyword.value)
                ):
                    yield Finding(node.lineno, ast.unparse(keyword))


def _is_far(value: ast.AST) -> bool:
    return not (isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value <= LONGEST_COUNTDOWN)


OTHER_CONNECTIONS = frozenset(
    {
        "asyncio.to_thread",
        "asgiref.sync.sync_to_async",
        "concurrent.futures.ThreadPoolExecutor",
        "django.http.StreamingHttpResponse",
        "threading.Thread",
        "threading.Timer",
    }
)


def leaves_the_thread(source: Source) -> Iterator[Finding]:
    """Code that runs in another thread, or after the request, has a connection whose schema is `public` (T06)."""
    yield from source.references(OTHER_CONNECTIONS)


RUNS_SQL = frozenset({"execute", "executemany", "copy", "raw", "extra"})
SQL_TEXT = frozenset({"RawSQL", "RunSQL", "SQL", "literal_sql"})


OPENS = frozenset(
    {"ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "ssl", "urllib.request", "urllib3"}
)


def opens_connections(source: Source) -> Iterator[Finding]:
    """Ways to the network that look at no address (T22)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if any(name == module or name.startswith(f"{module}.") for module in OPENS):
                yield Finding(node.lineno, name)
                break


def pasted_sql(source: Source) -> Iterator[Finding]:
    """SQL put together from strings. `psycopg.sql` composes names, parameters carry values."""
    for scope in [source.tree, *source.functions()]:
        pasted = {
            target.id
            for node in own_nodes(scope)
            if isinstance(node, ast.Assign) and _is_pasted(source, node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in own_nodes(scope):
            if isinstance(node, ast.Call) and _takes_sql(node):
                for argument in [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "sql")]:
                    named = isinstance(argument, ast.Name) and argument.id in pasted
                    if named or _is_pasted(source, argument):
                        yield Finding(node.lineno, ast.unparse(argument))


def _takes_sql(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr=name):
            return name in RUNS_SQL | SQL_TEXT
        case ast.Name(id=name):
            return name in SQL_TEXT
    return False


def _is_pasted(source: Source, value: ast.AST) -> bool:
    match value:
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.FormattedValue) for part in parts)
        case ast.BinOp(op=ast.Mod(), left=left):
            return _is_text(left)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            texts = [_is_text(left), _is_text(right)]
            return any(texts) and not all(texts)
        case ast.Call(func=ast.Attribute(value=template, attr="format" | "replace" | "join")):
            return not (isinstance(template, ast.Call) and source.dotted(template.func) == "psycopg.sql.SQL")
    return False


def _is_text(value: ast.AST) -> bool:
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left):
            return _is_text(left)
    return False


def atomic_requests(source: Source) -> Iterator[Finding]:
    """A transaction around the whole request, outside calls included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "ATOMIC_REQUESTS" and ast.unparse(value) != "False":
                    yield Finding(value.lineno, ast.unparse(value))


GETTEXT = frozenset(
    f"django.utils.translation.{name}"
    for name in ("gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
)


def lost_to_translators(source: Source) -> Iterator[Finding]:
    """A text inside an f-string, or of a function by another name, where xgettext does not see it: in no catalogue."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for name in node.names:
                if f"{node.module}.{name.name}" in GETTEXT and name.asname not in {None, "_"}:
                    yield Finding(node.lineno, ast.unparse(node))
        if isinstance(node, ast.JoinedStr):
            for each in ast.walk(node):
                if isinstance(each, ast.Call) and source.dotted(each.func) in GETTEXT:
                    yield Finding(each.lineno, ast.unparse(each))


RULES: dict[str, Rule] = {
    "process clock": Rule(
        process_clock,
        "Take `now` as an argument, or ask schemas.clock.database_now(); in a query, use Now().",
        {},
    ),
    "stock on_commit": Rule(
        stock_on_commit,
        "Use schemas.transactions.after_commit(task, ...): it carries the tenant of this moment.",
        {"platform/schemas/transactions.py": "is the helper"},
    ),
    "kept in memory": Rule(
        kept_in_memory,
        "Use Django's cache, whose keys carry the schema; or excuse it here if it is the same for all tenants.",
        {
            "billing/papers/letters.py:known": "the typeface is the same for everybody",
            "platform/operators/demo/dressing.py:_logo": "drawn of a name in the plans alone",
            "platform/operators/demo/dressing.py:_icon": "drawn of a name in the plans alone",
            "platform/operators/demo/gallery.py:picture_of": "painted of a name in the plans alone",
            "platform/operators/demo/gallery.py:cover_of": "painted of a name in the plans alone",
            "tenants/due.py:_find_kinds": "kinds of work are the same for everybody",
            **{
                f"tenants/speech.py:{name}": "how a language writes things"
                for name in ("_locale", "_money", "_day", "_clock", "_span", "_percent", "_count")
            },
            "tenants/zones.py:zone": "time zones are the same for everybody",
            "tenants/zones.py:zone_names": "time zones are the same for everybody",
            **{
                f"platform/website/zones.py:{name}": "zones and their currencies are the same for everybody"
                for name in ("currency_of", "options", "_named", "_zones_of")
            },
            "tenants/vitals.py:_find": "promises are the platform's",
            "tenants/domainnames.py:_suffixes": "who gives names away is the same for everybody",
        },
    ),
    "lazy leaves schema": Rule(
        lazy_leaves_schema,
        "Evaluate inside the block: list(...), .first(), .exists(). Outside it another schema is current.",
        {},
    ),
    "far future tasks": Rule(
        far_future_tasks,
        "Use tenants.due.schedule: PostgreSQL is the schedule. Celery waits 300 s at most.",
        {},
    ),
    "leaves the thread": Rule(
        leaves_the_thread,
        "Do it in the request, or in a task (after_commit); whatever runs elsewhere enters its own tenant_context.",
        {
            "platform/outside/client.py": "resolves a name beside the caller, who stops waiting; it knows no tenant",
            "bookings/api/exports.py": "a stream enters its tenant's context for each piece (bookings.exports.writing)",
            "desk/bookings/export.py": "as bookings/api/exports.py",
            "desk/everything/views.py": "as bookings/api/exports.py (desk.everything.shelf)",
            "tenants/latencies.py": "writes figures of the platform, about no tenant, where no request waits for them",
            "bookings/views/feeds.py": "answers HEAD with an empty stream, which has no length to tell",
        },
    ),
    "opens connections": Rule(
        opens_connections,
        "Ask with outside.client: it goes nowhere inside, whatever address a stranger gave us (T22).",
        {
            "platform/outside/addresses.py": "judges addresses",
            "platform/outside/client.py": "is the guarded client",
            "platform/config/probe.py": "a container asks itself how it is",
            "platform/operators/demo/paying.py": "asks the sandbox that the developer started",
            "platform/operators/management/commands/demo_data.py": "catches what the sandbox's connection raises",
            "bookings/notices/carrier.py": "catches what Twilio's connection raises",
            "tenants/couriers.py": "catches what the mail server's connection raises",
        },
    ),
    "pasted SQL": Rule(
        pasted_sql,
        "Pass values as parameters and compose names with psycopg.sql.SQL(...).format(sql.Identifier(...)).",
        {},
    ),
    "ATOMIC_REQUESTS": Rule(
        atomic_requests,
        "Use schemas.transactions.transact around the act itself.",
        {},
    ),
    "lost to translators": Rule(
        lost_to_translators,
        "Give the text a name before the f-string; call the function by its own name, or `_`.",
        {},
    ),
}
