"""What every call has in common, put into the descriptions of the API in one place.

drf-spectacular finds out what a view takes and answers when all goes well. What
else may come back, with which headers, under which heading and under which short
name follows from that, so no view says it.
"""

from typing import Any

from rest.groups import GROUPS, group_of

Node = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch")
UNSAFE = frozenset({"put", "post", "delete", "patch"})
NAMES = frozenset(
    {"resource", "product", "venue", "booking", "bookings", "service_id", "customer", "endpoint", "place"}
)
"""What in a query or body names a thing by its id: there may be none."""
LONGEST_SUMMARY = 120
WALL_TIME = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"

ERROR: Node = {
    "type": "object",
    "description": "Why not. Some codes bring further keys along.",
    "properties": {
        "code": {"type": "string", "description": "Stable: for programs."},
        "detail": {"type": "string", "description": "A sentence for people, in the language that was asked for."},
        "errors": {"type": "object", "additionalProperties": {}, "description": "What is wrong, by field."},
    },
    "required": ["code", "detail"],
    "additionalProperties": {},
}
HEADERS: dict[str, Node] = {
    "RetryAfter": {"description": "Seconds after which another try makes sense.", "schema": {"type": "string"}},
    "Challenge": {"description": "How to sign in, and what the token lacks.", "schema": {"type": "string"}},
    "Link": {"description": "The pages after and before this one (RFC 8288).", "schema": {"type": "string"}},
    "TotalCount": {
        "description": "How many there are on all pages.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {"description": "Where what was made can be read.", "required": True, "schema": {"type": "string"}},
    "Replayed": {
        "description": "`true` where this is the answer that this `Idempotency-Key` was given before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
COUNT: Node = {"type": "integer", "minimum": 1}
PAGES: dict[str, Node] = {
    "page": {"schema": COUNT, "description": "From 1 on; 404 after the last one."},
    "page_size": {"schema": COUNT, "description": "50 where it is left out; at most 200."},
}
KEY: Node = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "1-255 characters, kept 24 h",
}
ANSWERS: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "400": ("BadRequest", "It makes no sense, or cannot be done: `code` says why.", "invalid", ()),
    "401": (
        "Unauthorized",
        "No credentials, or bad ones.",
        "not_authenticated",
        (("WWW-Authenticate", "Challenge"),),
    ),
    "403": (
        "Forbidden",
        "It is somebody else's, or these credentials are not good for it.",
        "permission_denied",
        (("WWW-Authenticate", "Challenge"),),
    ),
    "404": ("NotFound", "There is no such thing here.", "not_found", ()),
    "409": (
        "Conflict",
        "It is taken, has changed meanwhile, or the same request is still running.",
        "busy",
        (("Retry-After", "RetryAfter"),),
    ),
    "415": ("NotJSON", "The body is not JSON.", "unsupported_media_type", ()),
    "422": ("KeyReused", "The `Idempotency-Key` was used with another body.", "idempotency_key_reused", ()),
    "429": ("TooMany", "Too many requests, holds or failures.", "rate_limited", (("Retry-After", "RetryAfter"),)),
    "503": ("Unavailable", "Not now; nothing was changed.", "busy", (("Retry-After", "RetryAfter"),)),
}
"""Status: name of the component, what it means, a code as an example, headers."""


def completed(result: Node, **_generating: Any) -> Node:
    """drf-spectacular's hook: the description with what all calls have in common."""
    _say_what_times_are(result)
    parts = result["components"]
    parts.setdefault("schemas", {})["Error"] = ERROR
    parts["headers"] = HEADERS
    parts["responses"] = {name: _answer(status) for status, (name, *_rest) in ANSWERS.items()}
    for path, methods in result["paths"].items():
        for method in set(METHODS) & set(methods):
            _complete(path, method, methods[method], result)
    used = {tag for methods in result["paths"].values() for each in methods.values() for tag in each["tags"]}
    result["tags"] = [{"name": name, "description": words} for name, words in GROUPS.items() if name in used]
    result["servers"] = [{"url": "/", "description": "The tenant's own host."}]
    return result


def _say_what_times_are(node: Any) -> None:
    """Times on a venue's wall have no offset; JSON Schema's `time` has one (RFC 3339)."""
    if isinstance(node, dict) and node.get("format") == "time":
        del node["format"]
        node["pattern"], node["example"] = WALL_TIME, "18:30:00"
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _say_what_times_are(below)


def _answer(status: str) -> Node:
    _name, words, code, headers = ANSWERS[status]
    answer: Node = {"description": words, "content": _body(code)}
    if headers:
        answer["headers"] = {name: {"$ref": f"#/components/headers/{part}"} for name, part in headers}
    return answer


def _body(code: str = "") -> Node:
    content: Node = {"schema": {"$ref": "#/components/schemas/Error"}}
    if code:
        content["example"] = {"code": code, "detail": "A sentence for people."}
    return {"application/json": content}


def _complete(path: str, method: str, operation: Node, result: Node) -> None:
    operation["summary"] = _summary(operation["description"])
    operation["tags"] = [group] if (group := group_of(path)) else operation["tags"]
    parameters = operation.setdefault("parameters", [])
    if method in UNSAFE:
        parameters[:] = [each for each in parameters if each["name"] != KEY["name"]] + [KEY]
    for each in parameters:
        each.update(PAGES.get(each["name"].replace("pageSize", "page_size"), {}))
    for status in _statuses(method, operation, result):
        _add_answer(operation["responses"], status)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            _add_headers(answer, _headers(path, method, status, operation, result))


def _summary(description: str) -> str:
    """The first sentence, or as much of it as makes a name."""
    sentence = description.split("\n", maxsplit=1)[0].partition(". ")[0]
    for mark in (": ", "; ", ", "):
        if len(sentence) > LONGEST_SUMMARY:
            sentence = sentence.partition(mark)[0]
    return sentence.removesuffix(".")


def _add_answer(responses: Node, status: str) -> None:
    own = responses.get(status)
    if own is None:
        responses[status] = {"$ref": f"#/components/responses/{ANSWERS[status][0]}"}
    elif "content" not in own and "$ref" not in own:
        responses[status] = {**_answer(status), "description": own["description"]}


def _statuses(method: str, operation: Node, result: Node) -> list[str]:
    parameters = operation["parameters"]
    found = ["401", "403", "429", "503"]
    has_body = "requestBody" in operation
    if parameters or has_body:
        found.append("400")
    if any(each["in"] == "path" or each["name"] in NAMES | {"page"} for each in parameters):
        found.append("404")
    if has_body:
        found.append("415")
        if NAMES & _properties(operation["requestBody"], result):
            found.append("404")
    if method in UNSAFE:
        found += ["409", "422"]
    for status, answer in operation["responses"].items():
        if status >= "400" and status not in ANSWERS and "content" not in answer:
            answer["content"] = _body()
    return found


def _properties(body: Node, result: Node) -> set[str]:
    schema = body["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(result["components"]["schemas"].get(name, schema).get("properties", {}))


def _headers(path: str, method: str, status: str, operation: Node, result: Node) -> dict[str, str]:
    if method == "get":
        paged = any(each["name"] == "page" for each in operation["parameters"])
        return {"Link": "Link", "X-Total-Count": "TotalCount"} if paged else {}
    headers = {"Idempotency-Replayed": "Replayed"}
    if status == "201" and _has_members(path, result):
        headers["Location"] = "Location"
    return headers


def _has_members(path: str, result: Node) -> bool:
    """Whether what this path makes can be read, or taken back, at a path of its own below it."""
    below = f"{path.removesuffix('/')}/{{"
    return any(each.startswith(below) and each.removesuffix("/").endswith("}") for each in result["paths"])


def _add_headers(answer: Node, headers: dict[str, str]) -> None:
    if headers:
        answer["headers"] = {
            **answer.get("headers", {}),
            **{name: {"$ref": f"#/components/headers/{part}"} for name, part in headers.items()},
        }
