"""Renew: sell again what a contract holds, for a new term and in a new contract.

Only quote lines, the opportunity and the renewed date of the old subscriptions tie the new ones to them. What is sold
once or without end is not renewed; of a product in segments, the last one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.additions import added
from cpqbridge.sandbox.salesforce.cpq.bodies import Addition, Change, Renewal
from cpqbridge.sandbox.salesforce.cpq.catalog import list_price
from cpqbridge.sandbox.salesforce.cpq.chains import Chain, chains_of
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line, renewed, sold_as
from cpqbridge.sandbox.salesforce.cpq.picking import in_place_of, parents_first, picked, under_of
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM, end_of_term
from cpqbridge.sandbox.salesforce.cpq.quoting import Deal, contract_of, head_of, open_opportunity, press_on, refusal

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


def renew(org: Org, body: Renewal) -> dict[str, Any]:
    """Do what ticking Renewal Forecast and Renewal Quoted on a contract does, and what a person then decides.

    Args:
        org: The org.
        body: The contract, the new term, what is not as it was, and how far to take it.

    Returns:
        What `press_on` returns.

    Raises:
        SalesforceError: `NOT_FOUND`, or `FIELD_CUSTOM_VALIDATION_EXCEPTION` for what the package refuses: a contract
            that is not activated, has no end or has its renewal quote already, an account that renews by assets,
            nothing to renew.
    """
    row = contract_of(org, body)
    if row["SBQQ__RenewalQuoted__c"]:
        message = f"Contract {row['ContractNumber']} has its renewal quote already."
        raise refusal(message, "SBQQ__RenewalQuoted__c")
    return quote_renewal(org, row, body)


def quote_renewal(org: Org, row: Row, body: Renewal) -> dict[str, Any]:
    """Do what `renew` does, whether or not the contract says that it has its renewal quote.

    Raises:
        SalesforceError: What `renew` refuses.
    """
    head = _head(org, row, body)
    chains = chains_of(org, row)
    renewable = _renewable(chains, include_assets=body.include_assets)
    decided: dict[str, Change] = {}
    for change in body.changes:
        decided |= {chain.id: change for chain in picked(org, chains, renewable, change)}
    uplift = _uplift(org, row, body)
    lines = [line for chain in renewable for line in _lines(head, chain, decided.get(chain.id, Change()), uplift)]
    if not lines:
        raise refusal(f"Contract {row['ContractNumber']} has nothing to renew.")
    lines += [replace(added(head, one), under=under_of(chains, one.under)) for one in body.add]
    return press_on(org, _deal(org, row, head, lines), body)


def forecast_renewal(org: Org, row: Row) -> str:
    """Do what ticking Renewal Forecast on a contract does: open the renewal's opportunity; returns its id.

    Raises:
        SalesforceError: What `renew` refuses of the contract.
    """
    deal = _deal(org, row, _head(org, row, Renewal(contract_id=row["Id"])), ())
    return deal.begun or open_opportunity(org, deal)


def _head(org: Org, row: Row, body: Renewal) -> Head:
    account = org.store.get("Account", row["AccountId"]) or {}
    if account.get("SBQQ__RenewalModel__c") == "Asset Based":
        raise refusal(f"The account of contract {row['ContractNumber']} must have the renewal model Contract Based.")
    return head_of(org, row, *_term(row, body))


def _deal(org: Org, row: Row, head: Head, lines: Iterable[Line]) -> Deal:
    early = head.start <= date.fromisoformat(row["EndDate"])
    expired = {"SBQQ__ExpirationDate__c": (head.start - timedelta(days=1)).isoformat()} if early else {}
    begun = org.store.get("Opportunity", row.get("SBQQ__RenewalOpportunity__c") or "")
    return Deal(
        row,
        "Renewal",
        head,
        tuple(lines),
        opportunity={"SBQQ__Renewal__c": True, "SBQQ__RenewedContract__c": row["Id"], "Type": "Renewal"},
        changed={"SBQQ__RenewalForecast__c": True, "SBQQ__RenewalQuoted__c": True, **expired},
        back="SBQQ__RenewalOpportunity__c",
        begun=begun["Id"] if begun and not begun["IsDeleted"] and not begun["SBQQ__Ordered__c"] else None,
    )


def _term(row: Row, body: Renewal) -> tuple[date, date]:
    """Return first and last day of the new term."""
    number = row["ContractNumber"]
    if row["SBQQ__Evergreen__c"] or not row["EndDate"]:
        raise refusal(f"Contract {number} is evergreen and cannot be renewed.", "SBQQ__RenewalForecast__c")
    start = body.effective_date or date.fromisoformat(row["EndDate"]) + timedelta(days=1)
    if start <= date.fromisoformat(row["StartDate"]):
        raise refusal(f"The renewal of contract {number} must start after {row['StartDate']}.", "SBQQ__StartDate__c")
    months = body.term or row.get("SBQQ__RenewalTerm__c") or row.get("ContractTerm") or DEFAULT_TERM
    end = body.end_date or end_of_term(start, int(months))
    if end < start:
        raise refusal(f"The renewal of contract {number} ends before it starts.", "SBQQ__EndDate__c")
    return start, end


def _renewable(chains: Iterable[Chain], *, include_assets: bool) -> list[Chain]:
    """Return what a renewal quote lists."""
    left = [chain for chain in chains if chain.quantity > 0 and not chain.renewed]
    wanted = [chain for chain in left if (include_assets if chain.is_asset else chain.kind == "Renewable")]
    last: dict[str, Chain] = {}
    for chain in wanted:
        key = str(chain.original.get("SBQQ__SegmentKey__c") or chain.id)
        if key not in last or (last[key].end or date.min) < (chain.end or date.max):
            last[key] = chain
    return parents_first(last.values())


def _uplift(org: Org, row: Row, body: Renewal) -> Decimal:
    """Return the percent by which prices rise unless a change says otherwise."""
    if body.uplift is not None:
        return body.uplift
    account = org.store.get("Account", row["AccountId"]) or {}
    by_uplift = account.get("SBQQ__RenewalPricingMethod__c") == "Uplift"
    return (row.get("SBQQ__RenewalUpliftRate__c") or Decimal(0)) if by_uplift else Decimal(0)


def _lines(head: Head, chain: Chain, change: Change, uplift: Decimal) -> list[Line]:
    """Return the renewal line of a chain, or what is sold instead; nothing when it is dropped."""
    if change.swap:
        return [in_place_of(chain, added(head, change.swap), ())]
    quantity = chain.quantity if change.quantity is None else change.quantity
    if quantity < 0:
        raise refusal(f"The quantity of {chain.name} must not be negative.", "SBQQ__Quantity__c")
    if quantity == 0:
        return []
    net = _net(head, chain, change, uplift if change.uplift is None else change.uplift)
    return [replace(renewed(head, chain, quantity, net), rates=change.rates)]


def _net(head: Head, chain: Chain, change: Change, uplift: Decimal) -> Decimal:
    """Return the net price for the new term."""
    if change.net_price is not None:
        return change.net_price
    if change.list_price is not None or change.discount is not None:
        priced = Addition(product=chain.product, list_price=change.list_price, discount=change.discount)
        net: Decimal = added(head, priced).values["SBQQ__NetPrice__c"]
        return net
    months = chain.months(head.start, head.end)
    account = head.org.store.get("Account", chain.original["AccountId" if chain.is_asset else "SBQQ__Account__c"]) or {}
    if account.get("SBQQ__RenewalPricingMethod__c") == "List" and not chain.is_asset:
        price = list_price(head.org, chain.product, head.book, head.currency)
        base = price * months / (sold_as(chain).get("SBQQ__DefaultSubscriptionTerm__c") or DEFAULT_TERM)
    else:
        base = chain.price * months / chain.months(chain.start, chain.end)
    return base * (1 + uplift / 100)
