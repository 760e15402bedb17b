"""What every call has in common, put into the descriptions of the API in one place.

drf-spectacular finds out what a view takes and answers when all goes well. What
else may come back, with which headers, under which heading and under which short
name follows from that, so no view says it.
"""

from typing import Any

from rest.answers import ERROR, GENERAL, HEADERS, IF_MATCH, IF_NONE_MATCH, KEY, LIMITS, MEANINGS, PAGES, PROBLEM, Node
from rest.groups import GROUPS, group_of

METHODS = ("get", "put", "post", "delete", "patch")
UNSAFE = frozenset({"put", "post", "delete", "patch"})
NAMES = frozenset(
    {
        *("resource", "product", "venue", "booking", "bookings", "service_id", "customer", "endpoint", "place"),
        *("productId", "spaceId"),
    }
)
"""What in a query or body names a thing by its id: there may be none."""
OWN_NAMES = frozenset({KEY["name"], IF_MATCH["name"], IF_NONE_MATCH["name"]})
VERSIONED = "/bookings/{booking_id}"
UNVERSIONED = ("/notes/", "/refresh/", "/create-payment-intent/", "/checkout-session/", "/pay-link/")
"""Calls about a booking that leave it as it is, or that can be made twice anyway."""
PARTNER = "/api/partner/"
LONGEST_SUMMARY = 100
WALL_TIME = r"^([01]\d|2[0-3]):[0-5]\d(:00)?$"
JSON, PROBLEM_JSON = "application/json", "application/problem+json"


def completed(result: Node, **_generating: Any) -> Node:
    """drf-spectacular's hook: the description with what all calls have in common."""
    _say_what_times_are(result)
    _say_defaults_of_all(result)
    parts = result["components"]
    parts.setdefault("schemas", {}).update({"Error": ERROR, "Problem": PROBLEM})
    parts["headers"] = HEADERS
    parts["responses"] = {meaning.name: _answer(status) for status, meaning in MEANINGS.items()}
    for path, methods in result["paths"].items():
        for method in set(METHODS) & set(methods):
            _Call(path, method, methods[method], result).complete()
    used = {tag for methods in result["paths"].values() for each in methods.values() for tag in each["tags"]}
    result["tags"] = [{"name": name, "description": words} for name, words in GROUPS.items() if name in used]
    result["servers"] = [{"url": "/", "description": "The tenant's own host."}]
    result["info"]["description"] += GENERAL
    return result


def _say_what_times_are(node: Any) -> None:
    """Times on a venue's wall have no offset; JSON Schema's `time` has one (RFC 3339)."""
    if isinstance(node, dict) and node.get("format") == "time":
        del node["format"]
        node["pattern"], node["example"] = WALL_TIME, "18:30"
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _say_what_times_are(below)


def _say_defaults_of_all(node: Any) -> None:
    """Of an address that may be blank the library says that blank is the default among those that are not."""
    if isinstance(node, dict) and isinstance(ways := node.get("oneOf"), list) and "default" in ways[0]:
        node["default"] = ways[0].pop("default")
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _say_defaults_of_all(below)


def _answer(status: str) -> Node:
    meaning = MEANINGS[status]
    content = _errors()
    content[JSON]["example"] = {"code": meaning.code, "detail": "A sentence for people."}
    headers = _headers({**meaning.headers, **(LIMITS if status == "429" else {})})
    return {"description": meaning.words, "content": content, **({"headers": headers} if headers else {})}


def _errors() -> Node:
    return {
        JSON: {"schema": {"$ref": "#/components/schemas/Error"}},
        PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}},
    }


def _headers(names: dict[str, str]) -> Node:
    return {name: {"$ref": f"#/components/headers/{part}"} for name, part in names.items()}


class _Call:
    """One method of a path, as the library found it."""

    def __init__(self, path: str, method: str, operation: Node, result: Node) -> None:
        self.path, self.method, self.operation, self.result = path, method, operation, result
        own = [each for each in operation.get("parameters", []) if each["name"] not in OWN_NAMES]
        self.parameters: list[Node] = [{**each, **_page(each["name"])} for each in own]
        self.is_unsafe = method in UNSAFE
        self.is_versioned = self.is_unsafe and VERSIONED in path and not path.endswith(UNVERSIONED)

    def complete(self) -> None:
        """Put in what is missing."""
        call = self.operation
        call["summary"] = _summary(call["description"])
        call["tags"] = [group] if (group := group_of(self.path)) else call["tags"]
        found = {status: self._added(status, answer) for status, answer in call["responses"].items()}
        for status in self._refusals():
            found.setdefault(status, {"$ref": f"#/components/responses/{MEANINGS[status].name}"})
        if self._is_revalidated():
            found["304"] = {"description": "It is still the same.", "headers": _headers({"ETag": "ETag"})}
        call["responses"] = dict(sorted(found.items()))
        call["parameters"] = [*self.parameters, *self._shared()]

    def _shared(self) -> list[Node]:
        if not self.is_unsafe:
            return [IF_NONE_MATCH] if self._is_revalidated() else []
        return [KEY, IF_MATCH] if self.is_versioned else [KEY]

    def _is_revalidated(self) -> bool:
        return not self.is_unsafe and JSON in self.operation["responses"].get("200", {}).get("content", {})

    def _refusals(self) -> list[str]:
        found = ["401", "403", "429", "503"]
        takes = {each["name"] for each in self.parameters} | self._fields()
        has_id = any(each["in"] == "path" for each in self.parameters)
        if takes or self.is_unsafe:
            found.append("400")
        if has_id or takes & {*NAMES, "page"}:
            found.append("404")
        if "requestBody" in self.operation:
            found += ["413", "415"]
        if self.is_unsafe:
            found += ["409", "422"]
        if self.is_unsafe and has_id and self.path.startswith(PARTNER):
            found.append("410")
        if self.is_versioned:
            found.append("412")
        return found

    def _fields(self) -> set[str]:
        """Names of what the body has at its top."""
        content = self.operation.get("requestBody", {}).get("content", {})
        schema = content.get(JSON, {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        return set(self.result["components"]["schemas"].get(name, schema).get("properties", {}))

    def _added(self, status: str, answer: Node) -> Node:
        """An answer that the view itself has told of."""
        if status < "300":
            return {**answer, "headers": {**answer.get("headers", {}), **_headers(self._told(status))}}
        if "content" in answer or "$ref" in answer:
            return answer
        usual = _answer(status) if status in MEANINGS else {"content": _errors()}
        return {**usual, "description": answer["description"]}

    def _told(self, status: str) -> dict[str, str]:
        """Headers of an answer to a call that went well."""
        told = dict(LIMITS)
        if self.is_unsafe:
            told["Idempotency-Replayed"] = "Replayed"
        elif any(each["name"] == "page" for each in self.parameters):
            told.update({"Link": "Link", "X-Total-Count": "TotalCount"})
        if self._is_revalidated() or self.is_versioned:
            told["ETag"] = "ETag"
        if status == "201" and self._has_members():
            told["Location"] = "Location"
        return told

    def _has_members(self) -> bool:
        """Whether what this path makes can be read, or taken back, at a path of its own below it."""
        below = f"{self.path.removesuffix('/')}/{{"
        return any(each.startswith(below) and each.removesuffix("/").endswith("}") for each in self.result["paths"])


def _page(name: str) -> Node:
    return PAGES.get({"pageSize": "page_size"}.get(name, name), {})


def _summary(description: str) -> str:
    """The first sentence, or as much of it as makes a name."""
    sentence = description.split("\n", maxsplit=1)[0].partition(". ")[0]
    for mark in (": ", "; ", ", "):
        if len(sentence) > LONGEST_SUMMARY:
            sentence = sentence.partition(mark)[0]
    return sentence.removesuffix(".")
