"""Who has read a record, and stands still while another one carries a later state of it, does not undo that."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.jobs.conftest import Stage
from tests.jobs.test_adversary import name_in_zuora, renamed
from tests.sync.conftest import Both
from tests.world import Line


async def synced(both: Both, account: str) -> SyncResult:
    async with both.service() as service:
        return (await service.accounts([account]))[0]


class Meanwhile(list[Any]):
    """Has a record changed, and carried by another process, as soon as the first one has read it in Salesforce."""

    def __init__(self, stage: Stage, account: str, name: str) -> None:
        super().__init__()
        self.stage = stage
        self.account = account
        self.name = name
        self.over = False

    def append(self, exchange: Any) -> None:
        super().append(exchange)
        if exchange.system == "Zuora" and not self.over:
            self.over = True
            renamed(self.stage, self.account, self.name)
            other = Thread(target=lambda: asyncio.run(synced(Both(self.stage.sandbox, self.stage.url), self.account)))
            other.start()
            other.join()
            assert name_in_zuora(self.stage, self.account) == self.name


def test_a_stale_reading_of_an_account_does_not_undo_a_later_one(stage: Stage) -> None:
    account = stage.world.account("First name")
    stage.world.order(account, [Line(stage.world.product())])
    asyncio.run(synced(stage.both, account))
    renamed(stage, account, "Second name")
    stage.both.exchanges = meanwhile = Meanwhile(stage, account, "Third name")
    result = asyncio.run(synced(stage.both, account))
    assert meanwhile.over
    assert name_in_zuora(stage, account) == "Third name"
    assert result.outcome is Outcome.UNCHANGED
