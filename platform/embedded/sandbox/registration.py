"""`POST endpoint` of the control API: a webhook endpoint whose secret is known beforehand.

The product's processes have their secrets in the environment before any of them runs. `{"url", "connect", "secret"}`
makes the endpoint for all events, or gives the one that has this path the address and the secret.
"""

from urllib.parse import urlsplit

from embedded.sandbox import endpoints
from embedded.sandbox.calls import Call
from embedded.sandbox.control import verb
from embedded.sandbox.problems import Json
from embedded.sandbox.world import PLATFORM, World


@verb("endpoint")
def endpoint(world: World, order: Json) -> Json:
    """Make or change it; its id."""
    url, connect = order["url"], bool(order.get("connect"))
    for each in world.every(PLATFORM, "webhook_endpoint"):
        if each["_connect"] == connect and urlsplit(each["url"]).path == urlsplit(url).path:
            found = each
            break
    else:
        made = endpoints.create(Call(world, PLATFORM, {"url": url, "connect": connect, "enabled_events": ["*"]}))
        found = world.get(PLATFORM, "webhook_endpoint", made["id"])
    found.update(url=url, status="enabled", _secret=order["secret"])
    return {"id": found["id"]}
