"""Contract: tick the order's Contracted box, and have the background job do the rest.

Until the job is done the box is ticked and every link of the order products is null, as in the real package.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.contracting import ContractingFailed, run_contracting
from cpqbridge.sandbox.salesforce.cpq.pending import pending_items
from cpqbridge.sandbox.salesforce.cpq.records import items_of, order_of
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpqbridge.sandbox.salesforce.org import Org

JOB: Final = "contract"
"""Kind of the background job."""

DEFAULT_POLLS: Final = 1
"""API calls that still see the order without its links, unless the caller says otherwise."""


def contract(
    org: Org,
    order_id: str,
    *,
    wait: bool = False,
    polls: int = DEFAULT_POLLS,
    delay: timedelta = timedelta(0),
    fail_after: int | None = None,
) -> dict[str, Any]:
    """Do what ticking Contracted on an order does.

    Args:
        org: The org.
        order_id: An activated order whose products come from quote lines.
        wait: Run the background job before returning.
        polls: API calls that pass before the job runs.
        delay: Time that passes before the job runs.
        fail_after: The job breaks down after so many order products; contracting again completes it.

    Returns:
        `{"orderId", "orderNumber", "status": "Queued"|"Completed"|"Failed", "message"?, "contracts": [number, …],
        "subscriptions": [name, …], "assets": [id, …]}`.

    Raises:
        SalesforceError: `NOT_FOUND`, or `FIELD_CUSTOM_VALIDATION_EXCEPTION` when a precondition is not met.
    """
    order = order_of(org, order_id)
    check_contractable(org, order["Id"])
    org.store.update("Order", order["Id"], {"SBQQ__Contracted__c": True}, system=True)
    if not wait:
        start_contracting(org, order["Id"], polls=polls, delay=delay, fail_after=fail_after)
        return report(org, order["Id"], "Queued")
    try:
        run_contracting(org, order["Id"], fail_after=fail_after)
    except ContractingFailed as error:
        return report(org, order["Id"], "Failed") | {"message": str(error)}
    return report(org, order["Id"], "Completed")


def start_contracting(
    org: Org,
    order_id: str,
    *,
    polls: int = DEFAULT_POLLS,
    delay: timedelta = timedelta(0),
    fail_after: int | None = None,
) -> None:
    """Put the contracting of an order into the org's queue of background jobs."""
    org.workers.setdefault(JOB, contract_quietly)
    org.enqueue(JOB, {"orderId": order_id, "failAfter": fail_after}, polls=polls, delay=delay)


def contract_quietly(org: Org, arguments: Mapping[str, Any]) -> None:
    """Do the background job that `start_contracting` has put into the queue."""
    try:
        run_contracting(org, arguments["orderId"], fail_after=arguments["failAfter"])
    except (ContractingFailed, SalesforceError):
        return  # the real package only sends its administrator a mail; the half-done order is what shows


def check_contractable(org: Org, order_id: str) -> None:
    """Check the preconditions of contracting.

    Raises:
        SalesforceError: The order is not activated, the account renews by assets, or no product has a quote line.
    """
    order = order_of(org, order_id)
    items = items_of(org, order_id)
    account = org.store.get("Account", order["AccountId"]) or {}
    number = order["OrderNumber"]
    if order["StatusCode"] != "Activated":
        raise _refusal(f"Order {number} must be activated before it can be contracted.")
    if account.get("SBQQ__RenewalModel__c") == "Asset Based":
        raise _refusal(f"The account of order {number} must have the renewal model Contract Based.")
    if not any(item.get("SBQQ__QuoteLine__c") for item in items):
        raise _refusal(f"Order {number} has no product that comes from a quote line.")


def report(org: Org, order_id: str, status: str) -> dict[str, Any]:
    """Return what contracting has made for an order so far."""
    order = order_of(org, order_id)
    items = items_of(org, order_id)
    subscriptions = [org.store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"] or "") for item in items]
    contracts = [org.store.get("Contract", identifier) for identifier in _distinct(items, "SBQQ__Contract__c")]
    return {
        "orderId": order["Id"],
        "orderNumber": order["OrderNumber"],
        "status": status,
        "remaining": len(pending_items(items)),
        "contracts": [row["ContractNumber"] for row in contracts if row],
        "subscriptions": [row["Name"] for row in subscriptions if row],
        "assets": _distinct(items, "SBQQ__Asset__c"),
    }


def _distinct(items: list[dict[str, Any]], field: str) -> list[str]:
    return list(dict.fromkeys(str(item[field]) for item in items if item.get(field)))


def _refusal(message: str) -> SalesforceError:
    return SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("SBQQ__Contracted__c",))
