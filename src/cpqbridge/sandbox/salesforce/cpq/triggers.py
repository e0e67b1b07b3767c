"""The package's automation on API writes.

Activating or contracting an order by its fields is the same as by button, and so are ordering a quote and renewing a
contract; usage products and quote lines are completed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.activate import (
    after_activation,
    after_contract_activation,
    after_deactivation,
)
from cpqbridge.sandbox.salesforce.cpq.bodies import Renewal
from cpqbridge.sandbox.salesforce.cpq.contract import JOB, check_contractable, contract_quietly, start_contracting
from cpqbridge.sandbox.salesforce.cpq.cotermination import end_of_addon
from cpqbridge.sandbox.salesforce.cpq.quoting import contract_of, order_ticked
from cpqbridge.sandbox.salesforce.cpq.renew import forecast_renewal, quote_renewal
from cpqbridge.sandbox.salesforce.cpq.usage import attach

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


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
        SalesforceError: A precondition of what the field starts is not met; the write is undone.
    """
    if before is None:
        _after_insert(org, sobject, record_id, written)
        return
    follow = _AFTER_UPDATE.get(sobject)
    if follow:
        follow(org, record_id, before, written)


def _after_order(org: Org, record_id: str, before: Row, written: Row) -> None:
    if "Status" in written and written["Status"] != before["Status"]:
        follow = after_deactivation if written["Status"] == "Draft" else after_activation
        follow(org, record_id)
    if _ticked("SBQQ__Contracted__c", before, written):
        check_contractable(org, record_id)
        start_contracting(org, record_id)


def _after_quote(org: Org, record_id: str, before: Row, written: Row) -> None:
    if _ticked("SBQQ__Ordered__c", before, written):
        order_ticked(org, record_id)


def _after_contract(org: Org, record_id: str, before: Row, written: Row) -> None:
    if written.get("Status") == "Activated" and before["Status"] != "Activated":
        after_contract_activation(org, record_id)
    forecast, quoted = (_ticked(name, before, written) for name in _RENEWAL)
    if forecast or quoted:
        body = Renewal(contract_id=record_id, order=False)
        row = contract_of(org, body)
        if quoted:
            quote_renewal(org, row, body)
        else:
            forecast_renewal(org, row)


def _ticked(name: str, before: Row, written: Row) -> bool:
    return bool(written.get(name)) and not before[name]


def _after_insert(org: Org, sobject: str, record_id: str, written: Mapping[str, Any]) -> None:
    """Follow up what is new: usage of products and quote lines, and a quote that ends with the account's contracts."""
    if sobject == "ProductConsumptionSchedule":
        flag = {"SBQQ__HasConsumptionSchedule__c": True}
        org.store.update("Product2", written["ProductId"], flag, system=True)
    elif sobject == "SBQQ__QuoteLine__c":
        attach(org, record_id)
    elif sobject == "SBQQ__Quote__c":
        _co_terminate(org, record_id)


def _co_terminate(org: Org, quote_id: str) -> None:
    """Have a new quote end with its account's contracts, where the account wants that."""
    quote = org.store.get("SBQQ__Quote__c", quote_id) or {}
    start, account = quote.get("SBQQ__StartDate__c"), quote.get("SBQQ__Account__c")
    if quote.get("SBQQ__Type__c") != "Quote" or not start or not account:
        return
    end = end_of_addon(org, account, date.fromisoformat(start))
    if end:
        org.store.update("SBQQ__Quote__c", quote_id, {"SBQQ__EndDate__c": end.isoformat()}, system=True)


_RENEWAL: Final = ("SBQQ__RenewalForecast__c", "SBQQ__RenewalQuoted__c")

_AFTER_UPDATE: Final[Mapping[str, Callable[[Any, str, Row, Row], None]]] = {
    "Order": _after_order,
    "SBQQ__Quote__c": _after_quote,
    "Contract": _after_contract,
}
"""What follows an update of an object's record."""
