"""Webhook endpoints: where events go. The secret is told once, when the endpoint is made."""

import fnmatch
from urllib.parse import urlsplit

from embedded.sandbox import events, shapes
from embedded.sandbox.calls import Call, page
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import EVENTS_FOR, merged_metadata, new_id

MOST = 16


def create(call: Call) -> Json:
    """`POST /v1/webhook_endpoints`."""
    params = call.params
    _check(params)
    if len(call.world.every(call.scope, "webhook_endpoint")) >= MOST:
        raise Problem(f"You have reached the maximum of {MOST} test webhook endpoints.")
    endpoint = shapes.blank(
        "webhook_endpoint",
        id=new_id("we_1"),
        api_version=params.get("api_version") or events.API_VERSION,
        application=None if call.is_platform else "ca_SandboxPlatform",
        created=call.world.now(),
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=merged_metadata({}, params.get("metadata")),
        status="enabled",
        url=params["url"],
        _connect=params.get("connect", False),
        _secret=new_id("whsec_") + new_id("")[:9],
    )
    call.world.put(call.scope, endpoint)
    return {**endpoint, "secret": endpoint["_secret"]}


def update(call: Call) -> Json:
    """`POST /v1/webhook_endpoints/{id}`."""
    endpoint, params = call.its("webhook_endpoint"), call.params
    _check(params)
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merged_metadata(endpoint["metadata"], params.get("metadata", {}))
    return endpoint


def delete(call: Call) -> Json:
    """`DELETE /v1/webhook_endpoints/{id}`."""
    endpoint = call.its("webhook_endpoint")
    call.world.remove(call.scope, endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _check(params: Json) -> None:
    if "url" in params and urlsplit(params["url"]).scheme not in {"http", "https"}:
        raise Problem(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )


def events_listed(call: Call) -> Json:
    """`GET /v1/events` of the last 30 days, by `type` (with `*`) or `types`."""
    if "delivery_success" in call.params:
        raise Problem("The sandbox does not list events by delivery_success; GET /_sandbox/deliveries tells.")
    wanted = call.params.get("types") or ([call.params["type"]] if "type" in call.params else ["*"])
    found = [
        each
        for each in call.world.every(call.scope, "event")
        if any(fnmatch.fnmatch(each["type"], pattern) for pattern in wanted)
        and each["created"] >= call.world.now() - EVENTS_FOR
    ]
    return page(call, found)
