"""Order line items that exist: read, update, update in bulk."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.customs import emptied
from cpqbridge.sandbox.zuora.envelopes import Refusal, Refusals, not_found
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.line_item_view import line_item_view
from cpqbridge.sandbox.zuora.orders.line_amounts import amounts
from cpqbridge.sandbox.zuora.orders.lines import COPIED, check_dates, check_values
from cpqbridge.sandbox.zuora.orders.parties import active_account, contact_of
from cpqbridge.sandbox.zuora.orders.processing import check_processing
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, under, unknown
from cpqbridge.sandbox.zuora.orders.returns import check_available, returned, settle
from cpqbridge.sandbox.zuora.orders.schema import LINE_ITEMS, check_body
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: The only fields that may change once an item is sent to billing, or is complete.
_ALWAYS = {"customFields", "description", "itemState", "productCode", "purchaseOrderNumber"}

_PRICES = {"quantity", "listPricePerUnit", "amountPerUnit", "inlineDiscountType", "inlineDiscountPerUnit"}
_DATES = ("transactionStartDate", "transactionEndDate", "billTargetDate")
_BILLED = ("SentToBilling", "Complete", "Canceled")

#: State -> the states that may follow it.
_NEXT = {
    "Executing": {"Booked", "SentToBilling", "Complete", "Canceled"},
    "Booked": {"Executing", "SentToBilling", "Complete", "Canceled"},
    "SentToBilling": {"Complete", "Executing", "Booked"},
    "Complete": set(),
    "Canceled": set(),
}


def routes(tenant: Tenant) -> list[Route]:
    """Read, update, update in bulk."""

    async def read(request: Request) -> Response:
        item = tenant.store.get("orderLineItem", request.path_params["item_id"])
        if item is None:
            raise not_found(request.path_params["item_id"])
        return ok(orderLineItem=line_item_view(tenant, item))

    async def update(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderLineItemUpdate", body, resource=LINE_ITEMS)
        _update(tenant, request.path_params["item_id"], body)
        return ok()

    async def update_many(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderLineItemBulkUpdate", body, resource=LINE_ITEMS)
        with tenant.store.transaction():
            check_processing(body.get("processingOptions"))
            rows = [_update(tenant, item["id"], item) for item in body.get("orderLineItems") or []]
        return ok(orderLineItems=[line_item_view(tenant, row) for row in rows])

    return [
        Route("/v1/order-line-items/bulk", update_many, methods=["POST"]),
        Route("/v1/order-line-items/{item_id}", read, methods=["GET"]),
        Route("/v1/order-line-items/{item_id}", update, methods=["PUT"]),
    ]


def _update(tenant: Tenant, item_id: str, body: Body) -> Row:
    try:
        item = tenant.store.get("orderLineItem", item_id)
        if item is None:
            raise unknown(f"The order line item '{item_id}' does not exist.")
        given = {name: value for name, value in body.items() if name != "id"}
        _check_locked(tenant.store, item, given)
        check_values(tenant, given)
        changes = _changes(tenant, item, given)
        check_dates(item | changes)
        _check_return(tenant, item, changes)
        with tenant.store.transaction():
            row = tenant.store.update("orderLineItem", item_id, changes)
            settle(tenant.store, row)
            return tenant.store.get("orderLineItem", item_id) or row
    except (Refusal, Refusals) as error:
        raise under(LINE_ITEMS, error) from error


def _check_locked(store: Store, item: Row, given: Body) -> None:
    state = item["itemState"]
    wanted = given.get("itemState") or state
    if wanted != state and wanted not in _NEXT[state]:
        raise broken(f"The itemState cannot change from {state} to {wanted}.")
    changed = sorted(set(given) - _ALWAYS)
    if wanted not in {state, "Complete", "SentToBilling"} and returned(store, item):
        raise broken(f"The itemState cannot change from {state} to {wanted}: the order line item was returned.")
    if state in _BILLED and changed:
        raise broken(f"{', '.join(changed)} cannot be changed on an order line item whose itemState is {state}.")


def _check_return(tenant: Tenant, item: Row, changes: Row) -> None:
    """Refuse to return more than is left."""
    sold = tenant.store.get("orderLineItem", item.get("originalOrderLineItemId") or "")
    more = changes.get("quantity", item["quantity"]) - item["quantity"]
    if sold and more > 0:
        check_available(sold, more)


def _changes(tenant: Tenant, item: Row, given: Body) -> Row:
    changes: Row = {row_name: given[name] for name, row_name in COPIED.items() if name in given}
    changes |= {name: given[name] for name in _DATES if given.get(name)}
    if "transactionStartDate" in changes:
        changes["transactionDate"] = changes["transactionStartDate"]
    if not changes.get("itemName", item["itemName"]):
        raise invalid("itemName must not be empty.")
    if given.get("relatedSubscriptionNumber") and not tenant.store.find(
        "subscription", name=given["relatedSubscriptionNumber"]
    ):
        raise unknown(f"There is no subscription '{given['relatedSubscriptionNumber']}'.")
    changes |= _parties(tenant, item, given)
    if _PRICES & set(given):
        changes |= _amounts(tenant, item, given)
    return changes | emptied(given.get("customFields"))


def _parties(tenant: Tenant, item: Row, given: Body) -> Row:
    account = tenant.store.get("account", item["invoiceOwnerAccountId"]) or {}
    owner = tenant.store.get("account", item["ownerAccountId"]) or {}
    changes: Row = {}
    if given.get("ownerAccountNumber"):
        owner = active_account(tenant, given["ownerAccountNumber"], "ownerAccountNumber")
        changes["ownerAccountId"] = owner["id"]
    for name, row_name, party in (
        ("billTo", "billToId", account),
        ("soldTo", "soldTo", owner),
        ("shipTo", "shipToId", owner),
    ):
        if name in given:
            changes[row_name] = contact_of(tenant, given[name], party, name)
    if "paymentTerm" in given:
        changes["paymentTerm"] = given["paymentTerm"] or None
    return changes


def _amounts(tenant: Tenant, item: Row, given: Body) -> Row:
    now = {name: given.get(name, item.get(name)) for name in _PRICES}
    if (now["inlineDiscountType"] or "None") != "None":
        now["amountPerUnit"] = given.get("amountPerUnit")
    return amounts(tenant.settings, now, None, item["currency"])
