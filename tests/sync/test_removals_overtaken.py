"""Who has read an order that is taken back, and stands still while another run carries it, looks at it anew."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.test_removals import ids_of, sell, sync


class Meanwhile(list[Exchange]):
    """Has something done by another process as soon as the first one has read an order in Zuora."""

    def __init__(self, work: Callable[[], list[SyncResult]]) -> None:
        super().__init__()
        self._work = work
        self.results: list[SyncResult] = []

    def append(self, exchange: Exchange) -> None:
        super().append(exchange)
        if not self.results and exchange.path.startswith("/v1/orders/"):
            self.results = [SyncResult("", "", None, None)]
            other = Thread(target=lambda: self.results.extend(self._work()))
            other.start()
            other.join()


def overtaken(both: Both, number: str, work: Callable[[Both], list[SyncResult]]) -> tuple[SyncResult, SyncResult]:
    """Return what became of an order that is taken back, and what became of it in the other process meanwhile."""
    other = Both(both.sandbox, both.settings().database.address() or "")
    both.exchanges = meanwhile = Meanwhile(lambda: work(other))
    [result] = sync(both, number, deleted_orders="delete")
    return result, meanwhile.results[1]


def test_an_order_that_is_sold_again_is_not_taken_back(both: Both) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)

    def sold_again(other: Both) -> list[SyncResult]:
        both.world.undelete(number)
        activate(both.world.org, ids_of(both, number))
        contract(both.world.org, ids_of(both, number), wait=True)
        return sync(other, number, deleted_orders="delete")

    result, carried = overtaken(both, number, sold_again)
    assert (carried.outcome, carried.reasons[0].code) == (Outcome.HELD, "CPQ-416")  # sold anew, by other subscriptions
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-107")
    assert [row["orderNumber"] for row in both.sandbox.tenant.store.rows("order")] == [number]


def test_an_order_is_taken_back_once(both: Both) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)
    result, carried = overtaken(both, number, lambda other: sync(other, number, deleted_orders="delete"))
    assert (carried.outcome, result.outcome) == (Outcome.SYNCED, Outcome.UNCHANGED)
    assert [one["method"] for one in both.writes() if one["method"] == "DELETE"] == ["DELETE"]
