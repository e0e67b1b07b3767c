"""Orders that wait in Zuora for a trigger date are completed when Salesforce has it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line
from tests.zuora_schema import check_request


def sync(both: Both, number: str, wiring: Wiring | None = None, **options: Any) -> SyncResult:
    async def do() -> SyncResult:
        async with both.service(wiring, **options) as service:
            [result] = await service.orders([number])
            return result

    return asyncio.run(do())


def fill(both: Both, number: str, **dates: str) -> None:
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    both.world.org.store.update("Order", order["Id"], dates, system=True)


def sell(both: Both, **settings: bool) -> str:
    """Return the number of an order that waits in Zuora, as the tenant requires a date."""
    both.configure(**settings)
    number = both.world.order(both.world.account(), [Line(both.world.product(), 5), Line(both.world.product("Other"))])
    sync(both, number, trigger_dates_on_orders=True)
    return number


def status(both: Both, number: str) -> tuple[str, set[str]]:
    """Return the order's status, and those of its subscriptions."""
    store = both.sandbox.tenant.store
    [order] = store.find("order", orderNumber=number)
    return order["status"], {row["status"] for row in store.find("subscription", orderId=order["id"])}


def test_an_order_without_its_date_waits_and_names_the_field(both: Both) -> None:
    number = sell(both, requireServiceActivation=True)
    assert status(both, number) == ("Pending", {"Pending Activation"})
    before = len(both.writes())
    result = sync(both, number, trigger_dates_on_orders=True)
    assert (result.outcome, result.reasons[0].code) == (Outcome.WAITING, "CPQ-504")
    assert result.reasons[0].field == "Order.CompanyAuthorizedDate"
    assert result.zuora["orderNumber"] == number
    assert len(both.writes()) == before


def test_where_dates_are_not_sent_the_option_is_named(both: Both) -> None:
    number = sell(both, requireServiceActivation=True)
    fill(both, number, CompanyAuthorizedDate="2026-02-03")
    result = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.WAITING, "CPQ-504")
    assert "trigger_dates_on_orders" in result.reasons[0].remedy


def test_the_date_completes_the_order_with_its_lineage(both: Both) -> None:
    number = sell(both, requireServiceActivation=True)
    fill(both, number, CompanyAuthorizedDate="2026-02-03")
    result = sync(both, number, trigger_dates_on_orders=True)
    assert result.outcome is Outcome.SYNCED
    [operation] = result.operations
    assert (operation.name, operation.path) == ("complete_order", f"/v1/orders/{number}/triggerDates")
    write = both.writes()[-1]
    check_request("PUT", write["path"], write["body"])
    assert [(line.target, line.source) for line in operation.lineage] == [
        (f"/subscriptions/{at}/orderActions/0/triggerDates/0/triggerDate", "Order.CompanyAuthorizedDate")
        for at in range(2)
    ]
    assert status(both, number) == ("Completed", {"Active"})
    assert sync(both, number, trigger_dates_on_orders=True).outcome is Outcome.UNCHANGED


def test_one_date_after_the_other(both: Both) -> None:
    number = sell(both, requireServiceActivation=True, requireCustomerAcceptance=True)
    fill(both, number, CompanyAuthorizedDate="2026-02-03")
    assert sync(both, number, trigger_dates_on_orders=True).outcome is Outcome.SYNCED
    assert status(both, number) == ("Pending", {"Pending Acceptance"})
    waiting = sync(both, number, trigger_dates_on_orders=True)
    assert (waiting.outcome, waiting.reasons[0].field) == (Outcome.WAITING, "Order.CustomerAuthorizedDate")
    fill(both, number, CustomerAuthorizedDate="2026-02-05")
    assert sync(both, number, trigger_dates_on_orders=True).outcome is Outcome.SYNCED
    assert status(both, number) == ("Completed", {"Active"})
    assert sync(both, number, trigger_dates_on_orders=True).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
def test_a_lost_completion_is_made_good(both: Both, fault: str) -> None:
    number = sell(both, requireServiceActivation=True)
    fill(both, number, CompanyAuthorizedDate="2026-02-03")
    both.fault(fault, method="PUT", path="/v1/orders/*")
    first = sync(both, number, Wiring(policy=NEVER), trigger_dates_on_orders=True)
    assert first.outcome is Outcome.FAILED
    second = sync(both, number, trigger_dates_on_orders=True)
    assert second.outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    assert status(both, number) == ("Completed", {"Active"})


def test_other_content_is_held_also_while_the_order_waits(both: Both) -> None:
    number = sell(both, requireServiceActivation=True)
    fill(both, number, CompanyAuthorizedDate="2026-02-03", Description="Something else")
    result = sync(both, number, trigger_dates_on_orders=True)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert "description: Salesforce Something else" in result.reasons[0].message
    assert "triggerDates" not in result.reasons[0].message


def test_a_waiting_order_that_is_deleted_in_salesforce_can_be_deleted_but_not_cancelled(both: Both) -> None:
    number = sell(both, requireServiceActivation=True)
    both.world.undo(number, delete=True)
    held = sync(both, number, deleted_orders="cancel")
    assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-439")
    assert held.reasons[0].remedy == "Delete the order in Zuora."
    assert sync(both, number, deleted_orders="delete").outcome is Outcome.SYNCED
    assert both.counts()["subscription"] == 0
