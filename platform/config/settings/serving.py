"""How a web process serves and stops; read by `config.serve`, which starts it, without Django."""

import os

PORT = int(os.environ.get("PORT", "8000"))
WEB_PROCESSES = int(os.environ.get("WEB_PROCESSES", "2"))
WEB_THREADS = int(os.environ.get("WEB_THREADS", "32"))
"""Whoever waits for a lock holds a thread for up to 2.5 s: a crowd at one court must leave some for the others."""
DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "5"))
"""So long `/servingz` says 503 before the server stops taking connections: longer than proxies need to notice."""
METRICS_PORT = int(os.environ.get("METRICS_PORT", "0"))
