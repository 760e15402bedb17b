import pytest
from tests.fuzz.requests import Bad, Visitor, fuzz, operations
from tests.till import Till
from tests.worlds import ALPHA, world_of
@pytest.mark.parametrize("kind", ["token","session","anonymous"])
def test_mine(furnished: None, stripe: Till, kind: str) -> None:
    alpha = world_of(ALPHA)
    bad, made = [], 0
    for operation in operations("v1", alpha.host):
        if "/imports" not in operation.path and "/exports" not in operation.path: continue
        try: made += fuzz(operation, Visitor(alpha, kind))
        except Bad as found: bad.append(str(found))
    print(made)
    assert not bad, "\n\n".join(bad)
