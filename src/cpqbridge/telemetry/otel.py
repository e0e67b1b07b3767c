"""Spans as OpenTelemetry has them, sent by OTLP over HTTP; the package `cpqbridge[otel]` brings what it needs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import cpqbridge
from cpqbridge.errors import CpqBridgeError, FixConfiguration
from cpqbridge.telemetry.secret_values import hide
from cpqbridge.telemetry.spans import Attributes, choose

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

PATH = "/v1/traces"
"""Where a collector takes traces, below its address."""

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables of OpenTelemetry that name a collector."""


def is_wanted(endpoint: str | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether traces are to be sent: to an address of the settings, or one of OpenTelemetry's own variables."""
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return not off and (endpoint is not None or any(environment.get(name) for name in ENDPOINTS))


@contextmanager
def traces(endpoint: str | None) -> Iterator[bool]:
    """Send spans while the block runs, if they are wanted; gives whether they are. The last ones are sent at its end.

    Args:
        endpoint: The collector's address, from the settings; None leaves it to OpenTelemetry's own variables.

    Raises:
        FixConfiguration: CPQ-312, the settings want traces and the package for them is missing.
    """
    if not is_wanted(endpoint):
        yield False
        return
    try:
        provider = _provider(endpoint)
    except ImportError as error:
        message = f"Traces are to be sent, and the package for it is missing ({error.name})"
        remedy = "Install it with `pip install 'cpqbridge[otel]'`, or take `telemetry.traces` away."
        raise FixConfiguration("CPQ-312", message, field="telemetry.traces", remedy=remedy) from error
    choose(OtelSpans(provider))
    try:
        yield True
    finally:
        choose(None)
        provider.shutdown()


def _provider(endpoint: str | None) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    own = {SERVICE_VERSION: cpqbridge.__version__}
    if "OTEL_SERVICE_NAME" not in os.environ:
        own[SERVICE_NAME] = "cpqbridge"
    provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + PATH) if endpoint else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class OtelSpans:
    """Gives spans to a tracer of OpenTelemetry.

    Args:
        provider: Where tracers come from.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("cpqbridge", cpqbridge.__version__)

    @contextmanager
    def open(self, name: str, attributes: Attributes) -> Iterator[None]:
        """See `Spans.open`; an error that leaves the block is noted without its traceback, which may hold data."""
        from opentelemetry.trace import StatusCode

        with self._tracer.start_as_current_span(
            name, attributes=_named(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                told = error.code if isinstance(error, CpqBridgeError) else type(error).__name__
                span.set_status(StatusCode.ERROR, told)
                raise

    def past(self, name: str, attributes: Attributes, seconds: float, failed: str | None) -> None:
        """See `Spans.past`."""
        from opentelemetry.trace import SpanKind, StatusCode

        now = time.time_ns()
        begun = now - int(seconds * 1e9)
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=_named(attributes), start_time=begun)
        if failed is not None:
            span.set_status(StatusCode.ERROR, failed)
        span.end(now)


def _named(attributes: Attributes) -> dict[str, str | int | float]:
    """Return attributes with our name before them, but for those that OpenTelemetry has names for."""
    return {
        name if "." in name else f"cpqbridge.{name}": hide(value) if isinstance(value, str) else value
        for name, value in attributes.items()
    }
