"""A process of the connector is killed at every write; the next one ends as if nothing had happened.

Each order of the demo is taken from the state that the orders before it left. A real process carries it over, is ended
by SIGKILL before or after one write, to Zuora or to the ledger, and another process does the same command. The tenant
must then hold the same as without the death, row by row, and the history must be complete.

This runs each moment between two writes, which is after the one and before the other, of one order of each kind;
`make kill-points` runs both sides of each write, of all orders.
"""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.seed import DEMO_ORDERS
from tests.chaos.conftest import Campaign


def shown(wrong: list[Any]) -> str:
    return "\n".join(str(one)[:2000] for one in wrong[:5])


OF_THE_COMMAND = ("00000100", "00000109", "00000110", "00000119", "00000120")
"""One of each kind; `make kill-points` takes all."""

OF_THE_WORKER = ("00000109", "00000110")
"""Waiting, held; `make kill-points` takes all."""


@pytest.mark.parametrize(("driver", "orders"), [("sync", OF_THE_COMMAND), ("worker", OF_THE_WORKER)])
def test_every_moment_of_the_demo(
    campaign: Campaign, driver: str, orders: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = campaign("kills", "--quick", "--driver", driver, "--orders", ",".join(orders))
    with capsys.disabled():
        writes = sum(found["writes"].values())
        said = f"{found['covered']} of {found['chosen']} moments, {found['points']} points at {writes} writes"
        print(f"\nkill points ({driver}): {said}, {found['orders']} orders")  # noqa: T201 - the number is what is asked
    # so many moments as writes, and one more of each order
    assert found["outcomes"] == {number: DEMO_ORDERS[number].outcome for number in orders}
    assert not found["wrong"], shown(found["wrong"])
    assert found["covered"] == found["chosen"] == writes + found["orders"]
    assert found["points"] == 2 * writes
