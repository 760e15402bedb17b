"""The house rules over every file of the product, and the proof that each rule fires."""

import sys
from functools import cache
from textwrap import dedent

import pytest

from tests.databases import ROOT
from tests.guards.rules import RULES
from tests.guards.sources import Finding, Source, files, product


@cache
def findings() -> dict[str, list[tuple[str, Finding]]]:
    """(path, line) of every place that breaks a rule, excused or not, by the rule's name; each file is read once."""
    found: dict[str, list[tuple[str, Finding]]] = {name: [] for name in RULES}
    for path in product():
        source = Source((ROOT / path).read_text())
        for name, rule in RULES.items():
            found[name] += [(str(path), finding) for finding in rule.check(source)]
    return found


def broken(name: str) -> list[str]:
    """`path:line: what` for every place that is not excused."""
    return [
        f"{path}:{finding.line}: {finding.what}"
        for path, finding in findings()[name]
        if not {path, f"{path}:{finding.what}"} & RULES[name].excused.keys()
    ]


@pytest.mark.parametrize("name", RULES)
def test_product_keeps_the_rule(name: str) -> None:
    """T02, T04, T07 and the rules on time, SQL and tasks."""
    found = broken(name)
    assert not found, "\n".join([f"{name}. {RULES[name].instead}", *found])


@pytest.mark.parametrize("name", RULES)
def test_every_excuse_is_still_needed(name: str) -> None:
    """An excuse for code that is gone would excuse the next one at the same place."""
    used = {each for path, finding in findings()[name] for each in (path, f"{path}:{finding.what}")}
    assert set(RULES[name].excused) <= used, f"Take the excuses that nothing needs out of RULES[{name!r}]."


BAD = {
    "process clock": [
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "from datetime import date as day\nx = day.today()",
        "from django.utils import timezone\nfield = DateTimeField(default=timezone.now)",
        "from django.utils.timezone import now as current\nx = current()",
        "import time\nx = time.time()",
        "from time import time\nx = time()",
    ],
    "stock on_commit": [
        "from django.db import transaction\ntransaction.on_commit(send)",
        "from django.db.transaction import on_commit as later\nlater(send)",
        "from django.db import transaction as t\nhook = t.on_commit",
    ],
    "kept in memory": [
        "from functools import lru_cache\n@lru_cache\ndef price(x): ...",
        "import functools\n@functools.lru_cache(maxsize=10)\ndef price(x): ...",
        "from functools import cache as keep\n@keep\ndef price(x): ...",
        "from functools import cache\nprice = cache(dear)",
    ],
    "lazy leaves schema": [
        "def f(t):\n    with tenant_context(t):\n        return Booking.objects.filter(state=1)",
        "def f(t):\n    with schema_context(t):\n        return Booking.objects.all().order_by('pk')",
        "def f(t):\n    with tenant_context(t):\n        rows = Booking.objects.all()\n        return rows",
        "def f(t):\n    with tenant_context(t):\n        if t:\n            return (b for b in Booking.objects.all())",
        "def f(t):\n    with utils.tenant_context(t), lock():\n        yield Booking.objects.values('pk')",
        "def f(t):\n    with tenant_context(t):\n        return 1, Booking.objects.all()",
    ],
    "far future tasks": [
        "remind.apply_async(eta=start)",
        "remind.apply_async(countdown=301)",
        "self.retry(countdown=2 ** tries)",
        "@shared_task(default_retry_delay=3600)\ndef f(): ...",
    ],
    "leaves the thread": [
        "import threading\nthreading.Thread(target=send).start()",
        "from threading import Thread as T\nT(target=send).start()",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool: ...",
        "from django.http import StreamingHttpResponse\ndef f(r):\n    return StreamingHttpResponse(rows())",
    ],
    "opens connections": [
        "import requests\nrequests.get(url)",
        "from urllib.request import urlopen\nurlopen(url)",
        "from http import client\nclient.HTTPConnection(host)",
        "import urllib3.util as u",
        "def f():\n    import socket",
    ],
    "pasted SQL": [
        "cursor.execute(f'SELECT * FROM {table}')",
        "cursor.execute('SELECT * FROM %s' % table)",
        "cursor.execute('SELECT * FROM {}'.format(table))",
        "cursor.execute('SELECT * FROM ' + table)",
        "def f():\n    query = f'DROP {x}'\n    cursor.execute(query)",
        "Booking.objects.raw(f'SELECT {x}')",
        "Booking.objects.annotate(x=RawSQL(f'{x}', []))",
        "migrations.RunSQL(sql='DROP ' + name)",
        "from psycopg import sql\ncursor.execute(sql.SQL(f'DROP {x}'))",
    ],
    "ATOMIC_REQUESTS": ["DATABASES = {'default': {'ATOMIC_REQUESTS': True}}"],
    "lost to translators": [
        "from django.utils.translation import gettext as _\nx = f'{price}, {_(\"available\")}'",
        'from django.utils.translation import ngettext\nx = f\'{ngettext("a day", "days", n) % n}\'',
        "from django.utils.translation import gettext_lazy as __\nx = __('free')",
    ],
}
GOOD = {
    "process clock": ["import time\nx = time.monotonic()", "x = facts.now\ny = database_now()"],
    "stock on_commit": ["after_commit(task, 1)"],
    "kept in memory": ["from functools import cached_property\n@cached_property\ndef f(self): ..."],
    "lazy leaves schema": [
        "def f(t):\n    with tenant_context(t):\n        return list(Booking.objects.filter(state=1))",
        "def f(t):\n    with tenant_context(t):\n        return Booking.objects.filter(state=1).first()",
        "def f(t):\n    with atomic():\n        return Booking.objects.all()",
        "def f(t):\n    with tenant_context(t):\n        def g():\n            return rows.all()\n        g()",
    ],
    "far future tasks": ["remind.apply_async(countdown=300)", "remind.apply_async(args=[1])"],
    "leaves the thread": ["import threading\nlock = threading.Lock()"],
    "opens connections": [
        "from outside import client\nclient.ask('GET', url)",
        "from http import HTTPStatus",
        "from urllib.parse import urlencode",
    ],
    "pasted SQL": [
        "cursor.execute('SELECT %s', [1])",
        "from psycopg import sql\ncursor.execute(sql.SQL('DROP {}').format(sql.Identifier(x)))",
        "cursor.execute('SELECT 1 ' 'FROM x')",
        "log.info(f'{x}')",
    ],
    "ATOMIC_REQUESTS": ["DATABASES = {'default': {'ATOMIC_REQUESTS': False}}"],
    "lost to translators": ["from django.utils.translation import gettext as _\nfree = _('free')\nx = f'{free}!'"],
}


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in BAD.items() for code in codes])
def test_rule_fires(name: str, code: str) -> None:
    assert list(RULES[name].check(Source(dedent(code)))), f"{name} does not see: {code}"


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in GOOD.items() for code in codes])
def test_rule_is_silent_on_what_it_asks_for(name: str, code: str) -> None:
    assert list(RULES[name].check(Source(dedent(code)))) == []


def test_every_rule_is_proven_both_ways() -> None:
    assert set(BAD) == set(GOOD) == set(RULES), "Give the new rule snippets in BAD and GOOD."


def test_kernel_is_plain_python() -> None:
    """The contract in pyproject.toml says so too; this needs nothing but the files."""
    allowed = sys.stdlib_module_names | {"kernel"}
    found = [
        f"{path}: {origin}"
        for path in files("platform/kernel/**/*.py")
        for origin in Source((ROOT / path).read_text()).imports.values()
        if origin.partition(".")[0] not in allowed
    ]
    assert not found, "The kernel is plain Python: move what needs a framework up the house.\n" + "\n".join(found)
