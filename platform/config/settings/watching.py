"""What is seen of the platform from outside: figures, the log, errors and traces."""

import os

from config.settings import records

__all__ = [
    "LOGGING",
    "LOG_FORMAT",
    "METRICS_NETWORKS",
    "METRICS_TOKEN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PROMETHEUS_MULTIPROC_DIR",
    "RELEASE",
    "SENTRY_DSN",
    "SENTRY_ENVIRONMENT",
    "STOPPING_FILE",
]

# Who may read `/metrics` of the platform's host: who sends the token, or comes from one of the networks (CIDR, commas).
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
METRICS_NETWORKS = [each.strip() for each in os.environ.get("METRICS_NETWORKS", "").split(",") if each.strip()]

LOG_FORMAT = os.environ.get("LOG_FORMAT", "") or "plain"
LOGGING = records.logging_as(LOG_FORMAT)
# Where errors and traces are sent, if anywhere (`config.tracing`), and what they call this version and this place.
SENTRY_DSN = os.environ.get("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = os.environ.get("SENTRY_ENVIRONMENT", "production")
OTEL_EXPORTER_OTLP_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
RELEASE = os.environ.get("RELEASE", "unknown")
# Where a process keeps the figures that it counts, for all processes of one container (prometheus_client).
PROMETHEUS_MULTIPROC_DIR = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
# A file that is there while this web server is about to stop (`config.serve`).
STOPPING_FILE = os.environ.get("STOPPING_FILE", "")
