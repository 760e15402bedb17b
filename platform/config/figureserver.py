"""The figures that the processes of a container count, told on a port of its own: by its first process, for all.

No Django in it, and no token: the port is for the machines' own network, and no proxy leads there.
"""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def begin(port: int) -> None:
    """Tell the figures on this port from now on, as long as the process lives; nothing where it is 0.

    Called before anybody counts: what an earlier life of this container left is thrown away.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if not port or not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for left in Path(folder).glob("*.db"):
        left.unlink(missing_ok=True)
    registry = CollectorRegistry(auto_describe=False)
    MultiProcessCollector(registry, path=folder)
    start_http_server(port, registry=registry)
