"""The spans of a record that was carried over: its job, the record in it, and in that the calls with their ids."""

from __future__ import annotations

import asyncio

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cpqbridge.telemetry import spans
from cpqbridge.telemetry.otel import OtelSpans
from tests.jobs.conftest import Stage
from tests.web.conftest import running
from tests.world import Line


def test_each_write_is_within_its_record_and_that_within_its_job(stage: Stage) -> None:
    number = stage.world.order(stage.world.account(), [Line(stage.world.product())])
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))

    async def scenario() -> None:
        async with running(stage) as it:
            engine = it.service.engine
            await stage.work(engine, *await stage.orders(engine.connections[0]))

    spans.choose(OtelSpans(provider))
    try:
        asyncio.run(scenario())
    finally:
        spans.choose(None)
    found = {span.context.span_id: span for span in memory.get_finished_spans()}
    [record, *_] = [
        one for one in found.values() if one.name == "record" and (one.attributes or {})["cpqbridge.record"] == number
    ]
    assert record.parent is not None
    job = found[record.parent.span_id]
    assert (job.name, (job.attributes or {})["cpqbridge.connection"]) == ("job", "default")
    calls = [one for one in found.values() if one.parent and one.parent.span_id == record.context.span_id]
    orders = [one for one in calls if (one.attributes or {}).get("url.path") == "/v1/orders"]
    assert [one.name for one in orders] == ["Zuora POST"]
    assert (orders[0].attributes or {})["cpqbridge.request_id"]
