"""docs/webhooks.md: its examples run, its table and its schedule are the product's."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bookings.hooks import kinds, patience
from bookings.hooks.signing import new_secret

PAGE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
BODY = b'{"id":"msg_1","type":"booking.paid","data":{"reference_code":"BK-\xc3\xa4"}}'


def examples() -> dict[str, Any]:
    """What the page's Python defines."""
    defined: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, defined)
    return defined


def signed(secret: str, at: datetime) -> dict[str, str]:
    """Headers as they come during a rotation: the other secret's signature first."""
    signatures = [Webhook(one).sign("msg_1", at, BODY.decode()) for one in (new_secret(), secret)]
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def test_both_examples_take_what_is_ours_and_refuse_the_rest() -> None:
    page, secret, now = examples(), new_secret(), datetime.now(UTC)
    headers = signed(secret, now)
    assert page["received"](secret, BODY, headers)["id"] == "msg_1"
    assert page["is_ours"](secret, BODY, headers) is True
    for wrong in (
        (new_secret(), BODY, headers),
        (secret, BODY.replace(b"paid", b"lost"), headers),
        (secret, BODY, {**headers, "webhook-id": "msg_2"}),
        (secret, BODY, signed(secret, now - timedelta(minutes=6))),
    ):
        assert page["is_ours"](*wrong) is False
        with pytest.raises(WebhookVerificationError):
            page["received"](*wrong)


def test_every_type_is_in_the_table_and_no_other() -> None:
    assert re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE) == list(kinds.EVERY)
    assert f"`{kinds.TEST}`" in PAGE


def test_schedule_on_the_page_is_the_one_that_is_kept() -> None:
    units = {"s": "seconds", "min": "minutes", "h": "hours"}
    [told] = re.findall(r"again \*\*(.*?)\*\*", PAGE, re.DOTALL)
    found = [timedelta(**{units[unit]: int(number)}) for number, unit in re.findall(r"(\d+) (s|min|h)\b", told)]
    assert found == patience.PAUSES
