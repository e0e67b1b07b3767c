"""What the log says of records and calls."""

from __future__ import annotations

import logging

import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.errors import RetryLater
from cpqbridge.jobs.connection import Hooks
from cpqbridge.jobs.due import Due, Settled, Wanted
from cpqbridge.sync.result import SyncResult, failed
from cpqbridge.telemetry.working import in_run, working_on
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome
from cpqbridge.web.meters import Meters
from cpqbridge.web.telling import Teller
from tests.telemetry.conftest import OpenLog, open_log

__all__ = ["open_log"]

DUE = Due(Wanted("Order", "801000000000001AAA", "001000000000001AAA", "00000100"), 1, 2, 1)
CALL = Exchange("Zuora", "POST", "/v1/orders", 200, 0.1234, 2, reads=False, request_id="r-1")


@pytest.fixture
def hooks() -> Hooks:
    return Teller(Meters()).hooks(sandbox_settings(1, 2))


def test_a_record_that_is_tried_again_says_when_and_why(open_log: OpenLog, hooks: Hooks) -> None:
    written = open_log()
    hooks.settled(Settled(DUE, None, delay=30.2, attempts=3, code="CPQ-101", message="no answer"), 1.5)
    [line] = written.lines
    assert (line["event"], line["outcome"], line["code"]) == ("Order 00000100: later", "later", "CPQ-101")
    assert (line["again_in"], line["attempt"], line["reason"]) == (30, 3, "no answer")
    assert line["remedy"]


def test_a_record_has_one_line(open_log: OpenLog, hooks: Hooks) -> None:
    written = open_log()
    hooks.progress(SyncResult("00000100", "Order", DUE.wanted.record_id, Outcome.SYNCED))
    hooks.settled(Settled(DUE, Outcome.SYNCED), 1.5)
    [line] = written.lines
    assert (line["event"], line["outcome"]) == ("Order 00000100: synced", "synced")


def test_a_failure_has_code_remedy_and_the_id_for_support(open_log: OpenLog, hooks: Hooks) -> None:
    written = open_log()
    error = RetryLater("CPQ-104", "Zuora has a fault", detail={"status": "500", "request_id": "r-9"})
    hooks.progress(failed("Order", "00000100", DUE.wanted.record_id, error))
    [line] = written.lines
    assert (line["outcome"], line["code"], line["reason"]) == ("failed", "CPQ-104", "Zuora has a fault")
    assert line["request_id"] == "r-9"
    assert line["remedy"]


def test_calls_are_for_debugging_only(open_log: OpenLog, hooks: Hooks) -> None:
    assert hooks.watch is not None
    quiet = open_log()
    hooks.watch(CALL)
    assert quiet.text == ""
    written = open_log(logging.DEBUG)
    with in_run(5), working_on("record", object="Order", record="00000100"):
        hooks.watch(CALL)
    [line] = written.lines
    assert (line["event"], line["status"], line["seconds"], line["attempt"]) == ("Zuora POST /v1/orders", 200, 0.123, 2)
    assert (line["zuora_request_id"], line["zuora_track_id"]) == ("r-1", "cpqbridge-5-Order-00000100")


@pytest.mark.parametrize(("statuses", "signed_in", "refused"), [([400], 0, 1), ([400, 200], 1, 0), ([503], 0, 0)])
def test_who_has_signed_us_in(statuses: list[int], signed_in: int, refused: int) -> None:
    teller = Teller(Meters())
    hooks = teller.hooks(sandbox_settings(1, 2))
    assert hooks.watch is not None
    for status in statuses:
        hooks.watch(Exchange("Zuora", "POST", "/oauth/token", status, 0.1, 1, reads=True))
    assert (len(teller.answers.signed_in), len(teller.answers.refused)) == (signed_in, refused)
