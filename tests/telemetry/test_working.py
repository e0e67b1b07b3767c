"""What names the run and the record in Zuora's logs."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.telemetry.working import LONGEST_TRACK_ID, in_run, track_id, working_on


def test_there_is_none_outside_of_a_run() -> None:
    with working_on("record", object="Order", record="00000100"):
        assert track_id() is None


def test_it_names_run_and_record() -> None:
    with in_run(12):
        assert track_id() == "cpqbridge-12"
        with working_on("record", object="Order", record="00000100", id=None):
            assert track_id() == "cpqbridge-12-Order-00000100"
    assert track_id() is None


@given(st.text())
def test_it_is_one_that_zuora_takes(record: str) -> None:
    with in_run(2**63), working_on("record", object="Product2", record=record):
        found = track_id()
    assert found is not None
    assert len(found) <= LONGEST_TRACK_ID
    assert re.fullmatch(r"[A-Za-z0-9._-]+", found)
