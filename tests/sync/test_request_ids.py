"""Zuora's request ids are kept in the ledger, and its logs name the run and the record."""

from __future__ import annotations

import asyncio

import pytest

from cpqbridge.history.rows import RecordDetail
from tests.sync.conftest import Both
from tests.world import Line


def synced(both: Both, number: str) -> RecordDetail:
    """Sync an order, and return what the history has of it."""

    async def scenario() -> RecordDetail:
        async with both.service() as service:
            await service.orders([number])
            history = service._carrier.history
            [record] = await history.list_records(limit=1, record=number)
            shown = await history.show(record.id)
            assert isinstance(shown, RecordDetail)
            return shown

    return asyncio.run(scenario())


def test_every_write_is_kept_with_the_id_under_which_zuora_answered_it(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    shown = synced(both, number)
    answered = {one.request_id for one in both.exchanges if one.system == "Zuora"}
    kept = [one.request_id for one in shown.operations]
    assert kept
    assert None not in kept
    assert len(set(kept)) == len(kept)
    assert set(kept) <= answered
    tracked = {one["headers"].get("zuora-track-id") for one in both.writes()}
    assert tracked == {f"cpqbridge-{shown.record.run_id}-Order-{number}"}


@pytest.mark.parametrize("status", [429, 500])
def test_of_several_attempts_the_last_answer_counts(both: Both, status: int) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    both.fault("status", path="/v1/orders", status=status, headers={"Retry-After": "0", "Zuora-Request-Id": "first"})
    shown = synced(both, number)
    kept = next(one.request_id for one in shown.operations if one.name == "create_order")
    answers = [one.request_id for one in both.exchanges if (one.method, one.path) == ("POST", "/v1/orders")]
    assert len(answers) == 2
    assert kept == answers[1] != "first"
