"""Idempotency keys as Stripe keeps them: per account, for 24 hours, with the status and body of the first answer.

The answer is saved once the endpoint began to execute, whatever it was, a 500 included. What was refused before
(parameters, rate limit, a concurrent request with the same key) is not saved.
"""

from http import HTTPStatus

from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World

KEPT_FOR = 86_400
LONGEST = 255
RUNNING = "running"


def begin(world: World, scope: str, key: str, question: str) -> Json | None:
    """Reserve a key for a request (`question` is its method, path and parameters), or the answer saved under it.

    Raises Problem `idempotency_error` for another request, 409 `idempotency_key_in_use` while the first one runs.
    """
    if len(key) > LONGEST:
        raise Problem(f"Idempotency keys can be at most {LONGEST} characters long.", type="idempotency_error")
    with world.lock:
        name = f"{scope}/{key}"
        saved = world.keys.get(name)
        if saved and saved["at"] + KEPT_FOR <= world.now():
            saved = None
        if saved is None:
            world.keys[name] = {"at": world.now(), "question": question, "status": RUNNING, "body": "", "request": ""}
            return None
        if saved["question"] != question:
            raise Problem(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        if saved["status"] == RUNNING:
            raise Problem(
                f"There is currently another in-progress request using this Stripe-Idempotency-Key ({key}).",
                status=HTTPStatus.CONFLICT,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        return dict(saved)


def end(world: World, scope: str, key: str, answer: Json) -> None:
    """Save the first answer: its `status`, `body` and `request`."""
    with world.lock:
        if saved := world.keys.get(f"{scope}/{key}"):  # else everything was reset meanwhile
            saved.update(answer)
        world.dirty = True


def forget(world: World, scope: str, key: str) -> None:
    """Give a key back whose request did not begin to execute."""
    with world.lock:
        world.keys.pop(f"{scope}/{key}", None)
