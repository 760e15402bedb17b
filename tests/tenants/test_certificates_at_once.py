"""A rush for certificates is counted one by one (T26): of many at once no more are allowed than the hour has."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kernel import failpoints
from kernel.errors import TooMany
from tenants import certificates
from tenants.models import CertifiedHost, Domain
from tests.threads import at_once, errors
from tests.worlds import ALPHA, world_of

RUSH, MOST = 12, 4
NAMES = [f"courts.club-{number}.com" for number in range(RUSH)]


@pytest.fixture
def rushed(scratch: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve domains of one tenant, an hour that has room for four, and where failpoints are told what to do."""
    settings.CERTIFICATES_PER_HOUR = MOST
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    tenant = world_of(ALPHA).tenant
    Domain.objects.bulk_create([Domain(tenant=tenant, domain=name, is_primary=False) for name in NAMES])
    return tmp_path


@pytest.mark.race
def test_of_a_rush_as_many_are_allowed_as_the_hour_has(rushed: Path) -> None:
    found = at_once(*(partial(certificates.may_have, name) for name in NAMES))
    refused = errors(found)
    assert {type(each) for each in refused} == {TooMany}
    assert (found.count(True), len(refused), CertifiedHost.objects.count()) == (MOST * 3 // 4, RUSH - MOST * 3 // 4, 3)


@pytest.mark.race
def test_of_a_rush_for_one_name_all_are_allowed_and_one_is_counted(rushed: Path) -> None:
    found = at_once(*(partial(certificates.may_have, NAMES[0]) for _time in range(RUSH)))
    assert (found, CertifiedHost.objects.count()) == ([True] * RUSH, 1)


@pytest.mark.race
def test_counted_without_the_lock_they_are_too_many(rushed: Path) -> None:
    """The negative control."""
    (rushed / "certificates.alone").write_text("skip")
    (rushed / "certificates.counted").write_text(f"meet {RUSH}")
    found = at_once(*(partial(certificates.may_have, name) for name in NAMES))
    assert found.count(True) > MOST
