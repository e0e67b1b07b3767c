"""Which products of an order contracting still has to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def pending_items(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the products that contracting still has to do: activated, from a quote line, not exempt."""
    return [
        item
        for item in items
        if item["SBQQ__Activated__c"]
        and item.get("SBQQ__QuoteLine__c")
        and not is_exempt(item)
        and not item["SBQQ__Contracted__c"]
    ]


def is_exempt(item: Mapping[str, Any]) -> bool:
    """Say whether a product is never contracted."""
    return item.get("SBQQ__ContractingMethod__c") == "Do Not Contract"
