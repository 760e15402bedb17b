"""`/v1/test_helpers/test_clocks`: time that a test moves forward for the customers on it."""

from embedded.sandbox import events, shapes, timeline
from embedded.sandbox.calls import Call
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.timeline import DAY, KIND
from embedded.sandbox.world import new_id, public

DELETED_AFTER = 30 * DAY
INTERVALS = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "year": 366 * DAY}
MOST_INTERVALS = 2
shapes.LEFT_OUT[KIND] = {"deleted", "status_details"}


def create(call: Call) -> Json:
    """`POST /v1/test_helpers/test_clocks`."""
    clock = shapes.blank(
        KIND,
        id=new_id("clock_1"),
        created=call.world.now(),
        deletes_after=call.world.now() + DELETED_AFTER,
        frozen_time=call.params["frozen_time"],
        name=call.params.get("name"),
        status="ready",
        status_details={"advancing": None},
        _now=call.params["frozen_time"],
        _agenda=[],
    )
    call.world.put(call.scope, clock)
    events.record(call.world, call.scope, "test_helpers.test_clock.created", clock)
    return clock


def advance(call: Call) -> Json:
    """`POST /v1/test_helpers/test_clocks/{id}/advance`: done at once, answered as Stripe answers, `advancing`."""
    clock, target = call.its(KIND), call.params["frozen_time"]
    if target <= clock["frozen_time"]:
        raise Problem("Test clocks can only be advanced to a time after their current time.", param="frozen_time")
    _check_distance(call, clock, target)
    clock["status"], clock["status_details"] = "advancing", {"advancing": {"target_frozen_time": target}}
    events.record(call.world, call.scope, "test_helpers.test_clock.advancing", clock)
    told = public(clock)
    timeline.advance(call.world, call.scope, clock, target)
    clock.update(frozen_time=target, status="ready", status_details={"advancing": None})
    events.record(call.world, call.scope, "test_helpers.test_clock.ready", clock)
    return told


def delete(call: Call) -> Json:
    """`DELETE /v1/test_helpers/test_clocks/{id}`: the customers on it go too, and all that is theirs."""
    clock = call.its(KIND)
    events.record(call.world, call.scope, "test_helpers.test_clock.deleted", clock)
    for scope, thing in timeline.things_on(call.world, clock):
        call.world.remove(scope, thing)
    call.world.remove(call.scope, clock)
    return {"id": clock["id"], "object": KIND, "deleted": True}


def _check_distance(call: Call, clock: Json, target: int) -> None:
    """Stripe moves a clock by at most two intervals of the shortest subscription on it."""
    lengths = [
        INTERVALS[item["price"]["recurring"]["interval"]] * item["price"]["recurring"]["interval_count"]
        for each in call.world.every(call.scope, "subscription")
        if each["test_clock"] == clock["id"] and each["status"] != "canceled"
        for item in each["items"]["data"]
    ]
    if lengths and target - clock["frozen_time"] > MOST_INTERVALS * min(lengths):
        raise Problem(
            "You can only advance a test clock by at most two intervals of the shortest subscription on it.",
            param="frozen_time",
        )
