"""What an order would bill, computed while it is carried out on trial."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.billing.api_views import charge_type
from cpqbridge.sandbox.zuora.billing.due import due_line_items
from cpqbridge.sandbox.zuora.billing.preview_items import NUMBERS, documents, given_numbers, hide_made, made
from cpqbridge.sandbox.zuora.billing.preview_reach import items_of
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

#: A target date by which every order line item is due.
_ALL = "9999-12-31"


def billing_documents(tenant: Tenant, order: Row, options: dict[str, Any]) -> View:
    """``invoices`` and ``creditMemos`` that an order, carried out just now, would bring.

    Args:
        tenant: Whose order it is.
        order: Its row; its subscriptions and line items are in the store.
        options: ``previewOptions``, checked.

    Raises:
        Refusal: The options do not fit a subscription of the order.
    """
    store = tenant.store
    numbers = dict.fromkeys(row["subscriptionNumber"] for row in store.find("orderAction", orderId=order["id"]))
    items: list[Row] = []
    for number in numbers:
        latest = store.find("subscription", name=number, isLatestVersion=True)
        items += items_of(tenant, latest[0], options, items)
    target = options.get("specificPreviewThruDate")
    lines = store.find("orderLineItem", orderId=order["id"])
    items += due_line_items(tenant, lines, target=target or _ALL)
    excluded = set(options.get("chargeTypeToExclude") or ())
    items = [item for item in items if charge_type(store, item) not in excluded]
    return documents(tenant, made(tenant, items, target))


def without_made_numbers(tenant: Tenant, body: dict[str, Any], view: View) -> View:
    """The result of a preview that is undone, without the numbers of subscriptions and charges that are gone.

    Args:
        tenant: Its records, as they were before the preview.
        body: The request; numbers that it names are shown.
        view: The result.
    """
    given = given_numbers(body)

    def known(name: str, number: str) -> bool:
        kind, field = NUMBERS[name]
        return number in given or bool(tenant.store.find(kind, **{field: number}))

    shown: View = hide_made(view, known)
    return shown
