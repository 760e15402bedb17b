"""Every call of every dialect is described whole: what it is called, who may, what comes back, and what goes wrong."""

import re
from functools import partial
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rest_framework.serializers import Serializer, TimeField, ValidationError

from rest.answers import MEANINGS
from rest.described import WALL_TIME
from rest.groups import GROUPS
from rest.scopes import SCOPES, needs_of
from tests.documents import SETTINGS, calls, document

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
SHAPE = partial(Draft202012Validator, format_checker=Draft202012Validator.FORMAT_CHECKER)
OUTSIDE = re.compile(r"https?://(?!example\.|[a-z.]*\.example)")


def faults(call: str, told: dict[str, Any]) -> list[str]:
    """What is missing."""
    answers, takes = told["responses"], {(each["in"], each["name"]) for each in told["parameters"]}
    is_unsafe = call.startswith(UNSAFE)
    wanted = {
        "a docstring of its method": told.get("summary") and told.get("description"),
        "its path in rest.groups": told["tags"][0] in GROUPS,
        "who may call it": told.get("security"),
        "401, 403, 429 and 503": {"401", "403", "429", "503"} <= answers.keys(),
        "404 for its ids": "404" in answers or not any(place == "path" for place, _name in takes),
        "400, 409 and 422 for keys and bodies": not is_unsafe or {"400", "409", "422"} <= answers.keys(),
        "Idempotency-Key": not is_unsafe or ("header", "Idempotency-Key") in takes,
        "413 and 415 for its body": {"413", "415"} <= answers.keys() or "requestBody" not in told,
        "412 for If-Match": "412" in answers or ("header", "If-Match") not in takes,
        "X-Total-Count": ("query", "page") not in takes or "X-Total-Count" in answers["200"].get("headers", {}),
        "what it answers": all(answers[status].get("content") for status in {"200", "201"} & answers.keys()),
    }
    return [name for name, is_there in wanted.items() if not is_there]


def defaulted(node: Any) -> list[dict[str, Any]]:
    """Every shape that says what is taken where nothing is sent, but for those that are said elsewhere."""
    if isinstance(node, list):
        return [found for each in node for found in defaulted(each)]
    if not isinstance(node, dict):
        return []
    own = [node] if "default" in node and not isinstance(node["default"], dict) and "$ref" not in str(node) else []
    return own + [found for each in node.values() for found in defaulted(each)]


@pytest.mark.parametrize("dialect", SETTINGS)
def test_every_call_is_described_whole(dialect: str) -> None:
    missing = {call: wrong for call, told in calls(dialect).items() if (wrong := faults(call, told))}
    assert not missing, missing


@pytest.mark.parametrize("dialect", SETTINGS)
def test_every_call_names_the_scope_that_it_needs(dialect: str) -> None:
    for call, told in calls(dialect).items():
        method, path = call.split()
        needs = needs_of(path.removeprefix("/"))
        assert needs is not None, call
        wanted = [needs.write, needs.instead] if method in UNSAFE else [needs.read]
        named = [each["oauth2"] for each in told["security"] if "oauth2" in each]
        assert named == [[scope] for scope in wanted if scope in SCOPES], call


@pytest.mark.parametrize("dialect", SETTINGS)
def test_document_names_its_groups_servers_and_ways_to_sign_in(dialect: str) -> None:
    told = document(dialect)
    assert told["openapi"] == "3.1.0"
    assert [server["url"] for server in told["servers"]] == ["/"]
    assert {each["name"] for each in told["tags"]} == {call["tags"][0] for call in calls(dialect).values()}
    assert {answer.name for answer in MEANINGS.values()} == set(told["components"]["responses"])
    ways = {"v1": {"tokenAuth", "oauth2", "cookieAuth"}, "partner": {"oauth2"}}
    assert set(told["components"]["securitySchemes"]) == ways.get(dialect, ways["v1"])
    flows = told["components"]["securitySchemes"]["oauth2"]["flows"]
    assert {name: set(flow["scopes"]) for name, flow in flows.items()} == {
        "authorizationCode": set(SCOPES),
        "clientCredentials": set(SCOPES),
    }


@pytest.mark.parametrize("dialect", SETTINGS)
def test_names_of_calls_are_there_once_and_no_address_leads_elsewhere(dialect: str) -> None:
    names = [told["operationId"] for told in calls(dialect).values()]
    assert len(names) == len(set(names))
    assert OUTSIDE.search(str(document(dialect))) is None


@pytest.mark.parametrize("dialect", SETTINGS)
def test_every_default_is_one_of_the_values_that_may_be_sent(dialect: str) -> None:
    """Validators of documents refuse a blank default of an e-mail address, and generators make none of it."""
    wrong = [told for told in defaulted(document(dialect)) if not SHAPE(told).is_valid(told["default"])]
    assert not wrong, wrong


def kinds(of: type[Serializer[Any]]) -> set[type[Serializer[Any]]]:
    """All shapes there are."""
    return {of}.union(*(kinds(each) for each in of.__subclasses__()))


@pytest.mark.parametrize(("written", "is_taken"), [("18:30", True), ("18:30:00", True), ("18:30:15", False)])
def test_times_on_the_wall_are_taken_as_they_are_described(written: str, is_taken: bool) -> None:
    """`time.isoformat()` of generated clients makes seconds of none."""
    document("v1")
    assert bool(re.fullmatch(WALL_TIME, written)) is is_taken
    shapes = [
        each
        for each in kinds(Serializer)
        if each.__module__.startswith("bookings.") and (not hasattr(each, "Meta") or hasattr(each.Meta, "model"))
    ]
    asked = {
        f"{shape.__name__}.{name}": field
        for shape in shapes
        for name, field in shape().fields.items()
        if isinstance(field, TimeField) and not shape.__name__.endswith("Out")
    }
    assert {"NewSeriesIn.start_time", "WeeklyShape.opens", "SettingsIO.quiet_from", "WeatherIn.to_time"} <= set(asked)
    assert {name: takes(field, written) for name, field in asked.items()} == dict.fromkeys(asked, is_taken)


def takes(field: TimeField, written: str) -> bool:
    """Whether it does."""
    try:
        field.run_validation(written)
    except ValidationError:
        return False
    return True


def test_guard_sees_a_default_that_may_not_be_sent() -> None:
    told = {"oneOf": [{"type": "string", "format": "email", "default": ""}, {"type": "string", "maxLength": 0}]}
    assert [SHAPE(each).is_valid("") for each in defaulted(told)] == [False]


def test_guard_sees_a_call_that_is_not_described() -> None:
    bare = {"tags": ["thing"], "parameters": [], "responses": {"200": {"description": ""}}}
    assert faults("POST /api/v1/things/", bare) == [
        "a docstring of its method",
        "its path in rest.groups",
        "who may call it",
        "401, 403, 429 and 503",
        "400, 409 and 422 for keys and bodies",
        "Idempotency-Key",
        "what it answers",
    ]
