"""``python -m bench.load``: HTTP load from a process of its own, one keep-alive connection per client.

Reads one JSON object from stdin, `{"host", "port", "tokens", "clients", "seconds", "calls"}`, and writes
`{"latencies": [milliseconds], "seconds": ..., "unexpected": {status or error: count}}`. Client i takes
every clients-th call, from the i-th on, and goes round, as the customer of the i-th token.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from typing import Any


class Client(threading.Thread):
    """One customer's connection."""

    def __init__(self, spec: dict[str, Any], number: int, start: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.spec = spec
        self.start_together = start
        self.number = number
        self.latencies: list[float] = []
        self.unexpected: Counter[str] = Counter()

    def run(self) -> None:
        """Call until the time is over, or something goes wrong."""
        try:
            self._call()
        except Exception as error:  # whatever it is, a client that stops early must not go unnoticed
            self.unexpected[type(error).__name__] += 1

    def _call(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.spec["port"], timeout=30)
        connection.connect()
        tokens = self.spec["tokens"]
        headers = {
            "Host": self.spec["host"],
            "Authorization": f"Token {tokens[self.number % len(tokens)]}",
            "Content-Type": "application/json",
        }
        self.start_together.wait()
        end = time.perf_counter() + self.spec["seconds"]
        calls, next_call = self.spec["calls"], self.number
        while (began := time.perf_counter()) < end:
            method, path, status, body, own = calls[next_call % len(calls)]
            next_call += self.spec["clients"]
            connection.request(method, path, body, {**headers, **own})
            response = connection.getresponse()
            response.read()
            self.latencies.append((time.perf_counter() - began) * 1000)
            if response.status != status:
                self.unexpected[str(response.status)] += 1


def main() -> None:
    """Run the clients and say what they saw."""
    spec = json.load(sys.stdin)
    start = threading.Barrier(spec["clients"] + 1)
    clients = [Client(spec, number, start) for number in range(spec["clients"])]
    for client in clients:
        client.start()
    start.wait()
    began = time.perf_counter()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - began
    latencies = [latency for client in clients for latency in client.latencies]
    unexpected = sum((client.unexpected for client in clients), Counter[str]())
    json.dump({"latencies": latencies, "seconds": seconds, "unexpected": unexpected}, sys.stdout)


if __name__ == "__main__":
    main()
