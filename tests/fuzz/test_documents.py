"""Every call of every document, made with every kind of credentials: no 5xx, and no answer that is not described."""

import pytest

from tests.documents import calls
from tests.fuzz.requests import CASES, DOCUMENTS, Bad, Visitor, fuzz, operations
from tests.till import Till
from tests.worlds import ALPHA, world_of

SHARES = {"v1": 5, "core": 1, "partner": 1}


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize(
    ("dialect", "share"), [(dialect, share) for dialect in DOCUMENTS for share in range(SHARES[dialect])]
)
def test_answers_are_as_described(furnished: None, stripe: Till, dialect: str, share: int, kind: str) -> None:
    alpha, bad = world_of(ALPHA), []
    for operation in operations(dialect, alpha.host)[share :: SHARES[dialect]]:
        try:
            fuzz(operation, Visitor(alpha, kind))
        except Bad as found:
            bad.append(str(found))
    assert not bad, "\n\n".join(bad)


def test_they_are_two_thousand_requests() -> None:
    assert sum(len(calls(dialect)) for dialect in DOCUMENTS) * sum(CASES.values()) >= 2000
