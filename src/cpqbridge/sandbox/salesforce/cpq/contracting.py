"""The background job of contracting: contracts, subscriptions and assets out of order products, then the links.

A product with subscription pricing becomes one subscription; one without becomes an asset per line or per unit, or
nothing, as its asset conversion says. Subscriptions are gathered in contracts by end date or all in one, as the order's
contracting method says; evergreen ones have a contract of their own without an end. Further orders of one quote go to
its single contract, too, whose end they do not move. An amendment goes to the contract
that it amends, as revisions of the subscriptions there; what that contract cannot hold gets one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.contracted import (
    Bundle,
    asset_values,
    contract_values,
    revision_values,
    subscription_values,
)
from cpqbridge.sandbox.salesforce.cpq.endings import amended_contract, note_endings
from cpqbridge.sandbox.salesforce.cpq.pending import is_exempt, pending_items
from cpqbridge.sandbox.salesforce.cpq.records import add, day, items_of, order_of
from cpqbridge.sandbox.salesforce.cpq.sold import complete
from cpqbridge.sandbox.salesforce.cpq.usage import ORDER_ITEM, SUBSCRIPTION, carry

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

SUBSCRIBED = "SBQQ__Subscription__c"
_SINGLE = "Single Contract"


class ContractingFailed(Exception):
    """The background job broke down half-way; what it had made by then stays."""


@dataclass
class _Work:
    """One run of the job.

    Attributes:
        order: The order.
        items: All its products.
        amended: The contract that it amends; empty when it amends none.
        made: Subscription or asset and bundle root of each contracted product, by order item id.
    """

    org: Org
    order: Row
    items: list[dict[str, Any]]
    amended: Row = field(default_factory=dict)
    made: dict[str, Bundle] = field(default_factory=dict)

    def row(self, sobject: str, identifier: str | None) -> Row:
        """A record, or an empty one."""
        return (self.org.store.get(sobject, identifier) if identifier else None) or {}


def run_contracting(org: Org, order_id: str, *, fail_after: int | None = None) -> None:
    """Contract every activated product of the order that is not contracted yet.

    Args:
        org: The org.
        order_id: The order; nothing happens when it was deleted or its box unticked meanwhile.
        fail_after: Break down after so many products; those are complete, the others untouched.

    Raises:
        ContractingFailed: `fail_after` products were done and more were left.
    """
    order = order_of(org, order_id)
    if not order["SBQQ__Contracted__c"]:
        return
    work = _Work(org, order, [_complete(org, order, item) for item in items_of(org, order_id)])
    work.amended = amended_contract(work.row("SBQQ__Quote__c", order.get("SBQQ__Quote__c")), work.row)
    _remember_contracted(work)
    pending = _parents_first(pending_items(work.items))
    batch = pending if fail_after is None else pending[:fail_after]
    with org.store.transaction():
        contracts = _contracts(work, batch)
        links = [(item["Id"], _contract_item(work, item, contracts)) for item in batch]
        for item_id, values in links:
            org.store.update("OrderItem", item_id, values, system=True)
        note_endings(org, batch)
    if len(batch) < len(pending):
        raise ContractingFailed(f"Contracting stopped after {len(batch)} of {len(pending)} order products.")


def _complete(org: Org, order: Row, item: Row) -> dict[str, Any]:
    line = org.store.get("SBQQ__QuoteLine__c", item.get("SBQQ__QuoteLine__c") or "") or {}
    product = org.store.get("Product2", item.get("Product2Id") or "") or {}
    return complete(order, item, line, product)


def _parents_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parents = {item["Id"]: item.get("SBQQ__RequiredBy__c") for item in items}

    def depth(item_id: str | None) -> int:
        return 1 + depth(parents[item_id]) if item_id in parents else 0

    return sorted(items, key=lambda item: depth(item["Id"]))


def _last_end(work: _Work, item: Row) -> str | None:
    """Return the last day of a product; the segments of one product end together, with the last of them."""
    key = item.get("SBQQ__SegmentKey__c")
    segments = [other for other in work.items if other.get("SBQQ__SegmentKey__c") == key] if key else [item]
    return max((str(segment["EndDate"]) for segment in segments if segment["EndDate"]), default=None)


def _contract_key(work: _Work, item: Row) -> tuple[str, ...]:
    """Products with the same key share a contract."""
    evergreen = item["SBQQ__SubscriptionType__c"] == "Evergreen"
    if item.get("SBQQ__UpgradedSubscription__c"):
        return ("amended",)
    if item.get("SBQQ__ContractingMethod__c") == "Contract Separately":
        return ("separate", str(item["Id"]), str(evergreen))
    if work.amended and evergreen == bool(work.amended["SBQQ__Evergreen__c"]):
        return ("amended",)
    if evergreen:
        return ("evergreen",)
    if work.order.get("SBQQ__ContractingMethod__c") == _SINGLE:
        return ("single",)
    return ("until", str(_last_end(work, item)))


def _contracts(work: _Work, batch: list[dict[str, Any]]) -> dict[tuple[str, ...], Row]:
    """Return the contract of each key, made by an earlier run or now."""
    subscribed = [item for item in work.items if item.get("SBQQ__SubscriptionPricing__c") and not is_exempt(item)]
    found: dict[tuple[str, ...], Row] = {("amended",): work.amended} if work.amended else {}
    if begun := _begun(work):
        found["single",] = begun
    for item in subscribed:
        if item.get("SBQQ__Contract__c"):
            found.setdefault(_contract_key(work, item), work.row("Contract", item["SBQQ__Contract__c"]))
    for item in batch:
        key = _contract_key(work, item)
        if not item.get("SBQQ__SubscriptionPricing__c") or key in found:
            continue
        group = [other for other in subscribed if _contract_key(work, other) == key]
        evergreen = item["SBQQ__SubscriptionType__c"] == "Evergreen"
        end = max((end for other in group if (end := day(other["EndDate"]))), default=None)
        values = contract_values(work.order, end, evergreen=evergreen)
        found[key] = work.row("Contract", add(work.org, "Contract", values))
    return found


def _begun(work: _Work) -> Row | None:
    """Return the single contract that another order of the same quote has made; its end stays as it is."""
    quote = work.order.get("SBQQ__Quote__c")
    for row in work.org.store.find("Contract", "SBQQ__Quote__c", quote) if quote else []:
        first = work.row("Order", row.get("SBQQ__Order__c"))
        if first.get("SBQQ__ContractingMethod__c") == _SINGLE and not row["SBQQ__Evergreen__c"]:
            return row
    return None


def _contract_item(work: _Work, item: Row, contracts: Mapping[tuple[str, ...], Row]) -> dict[str, Any]:
    """Make the subscription or the assets of a product and return the links to write on it."""
    product = work.row("Product2", item["Product2Id"])
    line = work.row("SBQQ__QuoteLine__c", item["SBQQ__QuoteLine__c"])
    parent = work.made.get(item.get("SBQQ__RequiredBy__c") or "") or _parent_sold_earlier(work, line)
    links: dict[str, Any] = {"SBQQ__Contracted__c": True}
    if item.get("SBQQ__SubscriptionPricing__c"):
        contract = contracts[_contract_key(work, item)]
        values = subscription_values(work.order, item, line, contract, parent, _last_end(work, item))
        original = work.row(SUBSCRIBED, item.get("SBQQ__UpgradedSubscription__c"))
        made = add(work.org, SUBSCRIBED, values | (revision_values(original) if original else {}))
        links |= {"SBQQ__Subscription__c": made, "SBQQ__Contract__c": contract["Id"]}
        carry(work.org, ORDER_ITEM, item["Id"], SUBSCRIPTION, made)
        if original:
            work.made[str(item["Id"])] = _bundle(original)
        else:
            _note(work, SUBSCRIBED, item, made, parent)
    elif rows := asset_values(work.order, item, line, product, parent):
        assets = [add(work.org, "Asset", values) for values in rows]
        for asset in reversed(assets):  # the first one stands for the product
            _note(work, "Asset", item, asset, parent)
        links["SBQQ__Asset__c"] = assets[0]
    return links


def _note(work: _Work, sobject: str, item: Row, made: str, parent: Bundle | None) -> None:
    bundle = Bundle(made, parent.root if parent else made)
    work.made[str(item["Id"])] = bundle
    if parent is None:
        work.org.store.update(sobject, made, {"SBQQ__RootId__c": bundle.root}, system=True)


def _remember_contracted(work: _Work) -> None:
    """Know what an earlier run made, so that children find their parents."""
    for item in work.items:
        made = item.get("SBQQ__Subscription__c") or item.get("SBQQ__Asset__c")
        if made:
            sobject = "SBQQ__Subscription__c" if item.get("SBQQ__Subscription__c") else "Asset"
            work.made[item["Id"]] = _bundle(work.row(sobject, made))


def _parent_sold_earlier(work: _Work, line: Row) -> Bundle | None:
    """Return the bundle of a product that an amendment adds to one it leaves as it is."""
    parent = work.row("SBQQ__QuoteLine__c", line.get("SBQQ__RequiredBy__c"))
    sold = work.row(SUBSCRIBED, parent.get("SBQQ__UpgradedSubscription__c"))
    return _bundle(sold) if sold else None


def _bundle(sold: Row) -> Bundle:
    original = str(sold.get("SBQQ__RevisedSubscription__c") or sold["Id"])
    return Bundle(original, str(sold.get("SBQQ__RootId__c") or original))
