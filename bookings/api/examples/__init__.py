"""Examples of requests and answers for the descriptions of the API: real ones, with other names and dates.

`tests/contract/test_examples.py` makes the same calls and holds every key against the answer.
"""

import json
from pathlib import Path
from typing import Any

Node = dict[str, Any]
JSON = "application/json"


def examples() -> dict[str, Node]:
    """`POST /api/v1/bookings/`: `request` where there is a body, `status` and `response`; of all dialects."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {call: told for file in files for call, told in json.loads(file.read_text()).items()}


def added(result: Node, **_generating: Any) -> Node:
    """drf-spectacular's hook: the description with them."""
    for call, told in examples().items():
        method, path = call.split()
        operation = result["paths"].get(path, {}).get(method.lower())
        if operation is None:
            continue
        if "request" in told:
            operation["requestBody"]["content"][JSON]["example"] = told["request"]
        operation["responses"][told["status"]]["content"][JSON]["example"] = told["response"]
    return result
