"""The package's automation on API writes.

Activating or contracting an order by its fields is the same as by button; usage products and quote lines are completed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.activate import after_activation, after_deactivation
from cpqbridge.sandbox.salesforce.cpq.contract import JOB, check_contractable, contract_quietly, start_contracting
from cpqbridge.sandbox.salesforce.cpq.usage import attach

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def install(org: Org) -> None:
    """Have the org run `on_write` after each API write, and contract in the background; more than once does no harm."""
    org.workers.setdefault(JOB, contract_quietly)
    if on_write not in org.triggers:
        org.triggers.append(on_write)


def on_write(
    org: Org, sobject: str, record_id: str, before: Mapping[str, Any] | None, written: Mapping[str, Any]
) -> None:
    """Follow up a write; runs in its transaction.

    Args:
        org: The org.
        sobject: API name of the written object.
        record_id: The record.
        before: The row before, None on insert.
        written: The values just written.

    Raises:
        SalesforceError: A precondition of activating or contracting is not met; the write is undone.
    """
    if before is None:
        _after_insert(org, sobject, record_id, written)
    if sobject != "Order" or before is None:
        return
    if "Status" in written and written["Status"] != before["Status"]:
        follow = after_deactivation if written["Status"] == "Draft" else after_activation
        follow(org, record_id)
    if written.get("SBQQ__Contracted__c") and not before["SBQQ__Contracted__c"]:
        check_contractable(org, record_id)
        start_contracting(org, record_id)


def _after_insert(org: Org, sobject: str, record_id: str, written: Mapping[str, Any]) -> None:
    """Follow up usage: a product knows that it has schedules, and a quote line gets its copies of them."""
    if sobject == "ProductConsumptionSchedule":
        flag = {"SBQQ__HasConsumptionSchedule__c": True}
        org.store.update("Product2", written["ProductId"], flag, system=True)
    elif sobject == "SBQQ__QuoteLine__c":
        attach(org, record_id)
