"""What contracting an amendment or renewal leaves on the subscriptions sold earlier: when they ended, or went on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.chains import SUBSCRIPTION, Chain, chain_of, segments_of

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


def amended_contract(quote: Row, row_of: Callable[[str, str | None], Row]) -> Row:
    """Return the contract that an amendment quote amends; empty for other quotes."""
    if quote.get("SBQQ__Type__c") != "Amendment":
        return {}
    opportunity = row_of("Opportunity", quote.get("SBQQ__Opportunity2__c"))
    return row_of("Contract", quote.get("SBQQ__MasterContract__c") or opportunity.get("SBQQ__AmendedContract__c"))


def note_endings(org: Org, items: Iterable[Row]) -> None:
    """Date the end of each subscription that the order products end or renew, with all its revisions.

    A renewal renews all segments at once, from the first day of its own first segment.
    """
    for item in items:
        line = org.store.get("SBQQ__QuoteLine__c", item.get("SBQQ__QuoteLine__c") or "") or {}
        if item.get("SBQQ__TerminatedDate__c"):
            _note(org, line.get("SBQQ__UpgradedSubscription__c"), "SBQQ__TerminatedDate__c", item)
        if item.get("SBQQ__SegmentIndex__c") in (None, 1):
            _note(org, line.get("SBQQ__RenewedSubscription__c"), "SBQQ__RenewedDate__c", item)


def _note(org: Org, subscription: str | None, field: str, item: Row) -> None:
    chain = chain_of(org, subscription or "")
    if chain is None:
        return
    ends = field == "SBQQ__TerminatedDate__c"
    for one in [chain] if ends else segments_of(org, chain):
        for piece in one.pieces:
            org.store.update(SUBSCRIPTION, piece.id, {field: item["ServiceDate"]}, system=True)
    if ends:
        _terminate_item(org, chain, item)


def _terminate_item(org: Org, chain: Chain, item: Row) -> None:
    """Name on the order product of the first sale what ended it."""
    if chain.item:
        ended = {"SBQQ__TerminatedDate__c": item["ServiceDate"], "SBQQ__TerminatedBy__c": item["Id"]}
        org.store.update("OrderItem", chain.item, ended, system=True)
