"""Spans with the SDK's own exporter in memory, and nothing at all without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.settings.secret import Secret
from cpqbridge.telemetry import otel, spans
from cpqbridge.telemetry.working import working_on


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    spans.choose(otel.OtelSpans(provider))
    yield memory
    spans.choose(None)
    provider.shutdown()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_call_is_within_its_record_and_the_record_within_its_job(exporter: InMemorySpanExporter) -> None:
    with working_on("job", connection="eu", job=7), working_on("record", object="Order", record="00000100"):
        spans.past("Zuora POST", {"request_id": "r-1", "http.response.status_code": 200}, 0.5)
    found = by_name(exporter)
    job, record, call = found["job"], found["record"], found["Zuora POST"]
    assert record.parent is not None
    assert call.parent is not None
    assert (record.parent.span_id, call.parent.span_id) == (job.context.span_id, record.context.span_id)
    assert dict(job.attributes or {}) == {"cpqbridge.connection": "eu", "cpqbridge.job": 7}
    assert dict(call.attributes or {}) == {"cpqbridge.request_id": "r-1", "http.response.status_code": 200}
    assert call.start_time is not None
    assert call.end_time is not None
    assert call.end_time - call.start_time == 500_000_000


def test_a_failure_is_named_by_its_code_and_without_data(exporter: InMemorySpanExporter) -> None:
    Secret.of("a-secret-of-mine").reveal()
    with pytest.raises(RetryLater), working_on("record", record="a-secret-of-mine"):
        raise RetryLater("CPQ-101", "The database does not answer: a-secret-of-mine")
    spans.past("Zuora GET", {}, 1.0, failed="503")
    found = by_name(exporter)
    assert (found["record"].status.status_code, found["record"].status.description) == (StatusCode.ERROR, "CPQ-101")
    assert (found["record"].events, found["Zuora GET"].status.description) == ((), "503")
    assert "a-secret-of-mine" not in found["record"].to_json()


@pytest.mark.parametrize(
    ("endpoint", "environment", "wanted"),
    [
        (None, {}, False),
        ("http://collector:4318", {}, True),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ("http://collector:4318", {"OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_when_traces_are_sent(endpoint: str | None, environment: dict[str, str], wanted: bool) -> None:
    assert otel.is_wanted(endpoint, environment) is wanted


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(FixConfiguration) as refused, otel.traces("http://127.0.0.1:1"):
        pass
    assert (refused.value.code, refused.value.field) == ("CPQ-312", "telemetry.traces")
    assert "cpqbridge[otel]" in refused.value.remedy


def test_without_traces_nothing_of_opentelemetry_is_loaded() -> None:
    program = "import sys, cpqbridge.cli.main, cpqbridge.cli.running; print('opentelemetry' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False"
