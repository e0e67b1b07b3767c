"""Finds what a change is about among the chains of a contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.bodies import Change
from cpqbridge.sandbox.salesforce.cpq.catalog import product_of
from cpqbridge.sandbox.salesforce.cpq.chains import ASSET, SUBSCRIPTION, Chain
from cpqbridge.sandbox.salesforce.cpq.lines import Line
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def picked(org: Org, chains: list[Chain], open_chains: list[Chain], change: Change) -> list[Chain]:
    """Return the chains that a change names: one, or all segments of one product.

    Args:
        org: The org.
        chains: All of the contract.
        open_chains: Those of them that can be changed.
        change: Names a chain by subscription, asset or product.

    Raises:
        SalesforceError: It names none or several, one that is not there (404), or one that is over.
    """
    named = [
        one for one in (change.subscription_id, change.subscription_number, change.asset_id, change.product) if one
    ]
    if len(named) != 1:
        message = "A change names one of 'subscriptionId', 'subscriptionNumber', 'assetId' and 'product'."
        raise SalesforceError(400, "INVALID_INPUT", message)
    if change.product:
        return _of_product(org, open_chains, change.product, change.segment)
    if change.segment is not None:
        raise SalesforceError(400, "INVALID_INPUT", "'segment' goes with 'product'; a number names one segment anyway.")
    sobject = ASSET if change.asset_id else SUBSCRIPTION
    known = next((one for one in chains if one.sobject == sobject and _has(org, one, named[0])), None)
    if known is None:
        raise SalesforceError(404, "NOT_FOUND", f"The contract has no subscription or asset {named[0]}.")
    if known not in open_chains:
        message = f"{named[0]} has ended, was cancelled or was renewed by then."
        raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message)
    return [known]


def under_of(chains: Iterable[Chain], under: str | None) -> str | None:
    """Return the key of the bundle's line that an addition names: a subscription's, or an earlier addition's."""
    return next((chain.id for chain in chains if under in (chain.id, chain.name)), under)


def in_place_of(chain: Chain, line: Line, chains: Iterable[Chain]) -> Line:
    """Return the line of what takes a chain's place: in the same bundle, unless it names another."""
    return replace(line, under=under_of(chains, line.under) or chain.original.get("SBQQ__RequiredById__c"))


def parents_first(chains: Iterable[Chain]) -> list[Chain]:
    """Return chains with bundles before their parts, otherwise in their order."""
    parents: Mapping[str, Any] = {chain.id: chain.original.get("SBQQ__RequiredById__c") for chain in chains}

    def depth(identifier: str | None) -> int:
        return 1 + depth(parents[identifier]) if identifier and identifier in parents else 0

    return sorted(chains, key=lambda chain: depth(chain.id))


def _has(org: Org, chain: Chain, named: str) -> bool:
    if named == chain.name and not chain.is_asset:
        return True
    for piece in chain.pieces:
        if named[:15] == piece.id[:15]:
            return True
        if not chain.is_asset and named == (org.store.get(SUBSCRIPTION, piece.id) or {}).get("Name"):
            return True
    return False


def _of_product(org: Org, chains: list[Chain], named: str, segment: int | None) -> list[Chain]:
    product = product_of(org, named)
    found = [chain for chain in chains if chain.product == product["Id"] and segment in (None, chain.segment)]
    keys = {chain.segments or chain.id for chain in found}
    if not found:
        raise SalesforceError(404, "NOT_FOUND", f"The contract has no active subscription of {product['Name']}.")
    if len(keys) > 1:
        message = f"The contract has several subscriptions of {product['Name']}; name one by its number."
        raise SalesforceError(400, "INVALID_INPUT", message)
    return found
