"""Every call of every document, made with every kind of credentials: no 5xx, and no answer that is not described."""

import pytest

from tests.fuzz.requests import CASES, DOCUMENTS, Bad, Visitor, fuzz, operations
from tests.till import Till
from tests.worlds import ALPHA, world_of

SHARES = {"v1": 5, "core": 1, "partner": 1}


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize(
    ("dialect", "share"), [(dialect, share) for dialect in DOCUMENTS for share in range(SHARES[dialect])]
)
def test_answers_are_as_described(furnished: None, stripe: Till, dialect: str, share: int, kind: str) -> None:
    """2,000 in all."""
    alpha = world_of(ALPHA)
    bad, made = [], 0
    for operation in operations(dialect, alpha.host)[share :: SHARES[dialect]]:
        try:
            made += fuzz(operation, Visitor(alpha, kind))
        except Bad as found:
            bad.append(str(found))
    assert not bad, "\n\n".join(bad)
