"""Errors to Sentry and traces to OpenTelemetry, each where a setting says; without one, neither is even imported.

Both know much that is nobody's business there: addresses with tokens in them, what was typed, local variables, SQL. So
what leaves is built anew from what may: types of errors, ways through the code, routes, durations and our own ids.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings

from schemas import journal
from schemas.current import current_schema

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from sentry_sdk.types import Event, Hint

SERVICE = "forecourt"
NOTES = ("request_id", "task", "task_id", "booking", "stripe_event")
ATTRIBUTES = frozenset(
    {
        *("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code"),
        *("db.system", "db.system.name", "celery.action", "celery.state", "messaging.destination"),
        *("messaging.message.id", "messaging.message_id", "error.type", "tenant", "request_id"),
    }
)
"""What a span may carry away."""
KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk")
"""What of Sentry's event is Sentry's own."""
FRAME = ("filename", "function", "module", "lineno", "in_app")


def begin() -> None:
    """Send errors and traces from this process; called once by each, before Django reads its middleware."""
    if settings.SENTRY_DSN:
        _begin_sentry()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _begin_traces()


def tag(**attributes: str) -> None:
    """Put our own ids on the span that runs, if traces are sent."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from opentelemetry import trace

        trace.get_current_span().set_attributes({name: value for name, value in attributes.items() if value})


def _begin_sentry() -> None:
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=settings.RELEASE,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        before_send=cleaned,
        integrations=[DjangoIntegration(middleware_spans=False), CeleryIntegration()],
    )


def cleaned(event: "Event", _hint: "Hint") -> "Event":
    """What may leave of an error: its types and its way through the code, with our ids as tags."""
    whole: dict[str, Any] = dict(event)
    kept: dict[str, Any] = {name: whole[name] for name in KEPT if name in whole}
    said = whole.get("logentry") or {}
    if said.get("message") and str(whole.get("logger", "")).partition(".")[0] in journal.OURS:
        kept["logentry"] = {"message": journal.scrubbed(str(said["message"]))}
    values = (whole.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_cleaned_error(each) for each in values]}
    kept["tags"] = {"tenant": current_schema(), **{name: journal.noted(name) for name in NOTES if journal.noted(name)}}
    return kept  # type: ignore[return-value]


def _cleaned_error(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    way = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    return {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": way}}


def _begin_traces() -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Scrubbing(SpanExporter):
        def __init__(self, behind: SpanExporter) -> None:
            self._behind = behind

        def export(self, spans: Sequence["ReadableSpan"]) -> SpanExportResult:
            return self._behind.export([cleaned_span(span) for span in spans])

        def shutdown(self) -> None:
            self._behind.shutdown()

    # Its variables (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, ...) are read by the SDK itself.
    service = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
    provider = TracerProvider(resource=Resource({"service.name": service, "service.version": settings.RELEASE}))
    provider.add_span_processor(BatchSpanProcessor(Scrubbing(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    PsycopgInstrumentor().instrument()
    CeleryInstrumentor().instrument()
    RequestsInstrumentor().instrument()


def cleaned_span(span: "ReadableSpan") -> "ReadableSpan":
    """What may leave of a span: name, times, how it ended, and the attributes of `ATTRIBUTES`."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in ATTRIBUTES},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
