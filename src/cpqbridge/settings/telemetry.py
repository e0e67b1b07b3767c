"""Logs, metrics and traces."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from cpqbridge.settings.section import Form, Section

Collector: TypeAlias = Annotated[
    str,
    Form(r"https?://[\w.-]+(:\d{1,5})?(/[\w./-]*)?", "an address such as http://collector:4318, without a password"),
]
"""The address of a collector of traces."""


class TraceSettings(Section):
    """Traces by OpenTelemetry; they need `pip install 'cpqbridge[otel]'`."""

    endpoint: Collector
    """The collector's address, to which `/v1/traces` is added, such as http://collector:4318. Keys that it needs go to
    OpenTelemetry's variable OTEL_EXPORTER_OTLP_HEADERS."""


class TelemetrySettings(Section):
    """Where the service tells how it is."""

    log_format: Literal["auto", "text", "json"] = "auto"
    """How the service writes its log: for people, or one JSON object a line; by default text on a terminal only."""
    log_level: Literal["debug", "info", "warning"] = "info"
    """The least that the service logs: `info` has a line for each record, `debug` one for each HTTP exchange too."""
    traces: TraceSettings | None = None
    """Where traces are sent; without, OpenTelemetry's own variables OTEL_EXPORTER_OTLP_… hold, if there are any."""
