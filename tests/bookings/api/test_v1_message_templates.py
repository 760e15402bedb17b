"""`/message-templates/`: a tenant's own words over v1."""

import pytest

from bookings.models import MessageTemplate
from tests.bookings.api.desk import AtHome

BASE = "/api/v1/message-templates/"
ONE = f"{BASE}reminder/sms/de/"
WORDS = {"subject": "", "body": "Bis {{ day }}! {{ link }}"}


def test_list_has_the_words_of_every_kind_way_and_language(home: AtHome) -> None:
    rows = home("owner").get(BASE).json()
    assert len({(row["kind"], row["channel"], row["language"]) for row in rows}) == len(rows) == 50
    assert {row["is_own"] for row in rows} == {False}
    assert set(rows[0]) == {
        *("kind", "channel", "language", "subject", "body", "is_own", "is_essential", "placeholders", "updated_at")
    }


def test_words_are_written_read_and_reset(home: AtHome) -> None:
    written = home("manager").put(ONE, WORDS).json()
    assert (written["body"], written["is_own"]) == (WORDS["body"], True)
    assert home("owner").get(ONE).json() == written
    assert home("owner").delete(ONE).status_code == 204
    assert home("owner").get(ONE).json()["is_own"] is False
    assert not MessageTemplate.objects.exists()


def test_refusal_names_field_and_line(home: AtHome) -> None:
    answer = home("owner").put(ONE, {"body": "a\n{{ settings.SECRET_KEY }}"})
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"], told["line"]) == (400, "bad_template", "body", 2)
    assert not MessageTemplate.objects.exists()


def test_preview_says_what_comes_out(home: AtHome) -> None:
    shown = home("owner").post(f"{ONE}preview/", {"body": "Hallo {{ name }}"}).json()
    assert (shown["subject"], shown["html"], shown["segments"]) == ("", "", 1)
    assert shown["text"].startswith("Hallo ")


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
def test_others_may_not(home: AtHome, who: str) -> None:
    assert home(who).get(BASE).status_code == 403
    assert home(who).put(ONE, WORDS).status_code == 403
    assert home(who).delete(ONE).status_code == 403
    assert home(who).post(f"{ONE}preview/", WORDS).status_code == 403
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("path", ["nothing/mail/en/", "reminder/fax/en/", "reminder/mail/fr/"])
def test_what_there_is_not_is_not_found(home: AtHome, path: str) -> None:
    assert home("owner").get(BASE + path).status_code == 404
