"""The examples in the documents are what their schemas allow, and have every key that real answers have."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookings.api.examples import JSON, examples
from tests.contract.integrator import House
from tests.contract.story import STORIES
from tests.documents import SETTINGS, calls, document


def keys(value: Any) -> Any:
    """What a value is made of: names of an object's keys, the first of a list; nothing of a plain value."""
    if isinstance(value, dict):
        return {name: keys(each) for name, each in value.items()}
    return [keys(value[0])] if isinstance(value, list) and value else None


def differences(real: Any, shown: Any, where: str = "") -> list[str]:
    """Keys that only one of two shapes has; a null may stand for anything."""
    if isinstance(real, dict) and isinstance(shown, dict):
        found = [f"{where}.{name}" for name in real.keys() ^ shown.keys()]
        both = real.keys() & shown.keys()
        return [*found, *(each for name in both for each in differences(real[name], shown[name], f"{where}.{name}"))]
    if isinstance(real, list) and isinstance(shown, list):
        return differences(real[0], shown[0], f"{where}[]")
    return []


@pytest.mark.parametrize("dialect", STORIES)
def test_examples_have_the_keys_of_real_answers(house: House, dialect: str) -> None:
    told = {each.call: each for each in STORIES[dialect](house)}
    shown = {call: each for call, each in examples().items() if call in calls(dialect)}
    assert set(shown) == set(told)
    for call, example in shown.items():
        real = told[call]
        assert str(real.answer.status_code) == example["status"], (call, real.answer.text)
        assert differences(keys(real.answer.json()), keys(example["response"])) == [], call
        assert differences(keys(real.sent), keys(example.get("request"))) == [], call


@pytest.mark.parametrize("dialect", SETTINGS)
def test_examples_are_what_their_schemas_allow(dialect: str) -> None:
    components, seen = document(dialect)["components"], 0
    for call, operation in calls(dialect).items():
        answers = (each.get("content", {}) for each in operation["responses"].values())
        for content in (operation.get("requestBody", {}).get("content", {}), *answers):
            if "example" in content.get(JSON, {}):
                schema = {**content[JSON]["schema"], "components": components}
                wrong = [error.message for error in Draft202012Validator(schema).iter_errors(content[JSON]["example"])]
                assert not wrong, call
                seen += 1
    assert seen >= len([call for call in examples() if call in calls(dialect)]) > 0
