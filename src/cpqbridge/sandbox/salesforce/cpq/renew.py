"""Renew: sell again what a contract holds, for a new term and in a new contract.

Only quote lines, the opportunity and the renewed date of the old subscriptions tie the new ones to them. What is sold
once or without end is not renewed. A product in segments is sold in segments again, priced as its first one, unless the
contract's MDQ Renewal Behavior is `De-segmented`: then it becomes one line, priced as its last segment.

An early renewal ends only what it renews: what it drops stays with the old contract until its own end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.additions import added
from cpqbridge.sandbox.salesforce.cpq.bodies import Change, Renewal
from cpqbridge.sandbox.salesforce.cpq.chains import Chain, chains_of
from cpqbridge.sandbox.salesforce.cpq.cotermination import common_end, renewed_together
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line
from cpqbridge.sandbox.salesforce.cpq.percent_of_total import repriced
from cpqbridge.sandbox.salesforce.cpq.picking import picked, under_of
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM, end_of_term
from cpqbridge.sandbox.salesforce.cpq.quoting import Deal, contract_of, head_of, open_opportunity, press_on, refusal
from cpqbridge.sandbox.salesforce.cpq.renewing import Renewable, renewables, renewal_lines, starting_after
from cpqbridge.sandbox.salesforce.cpq.segments import DESEGMENTED

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
    beside = renewed_together(org, row)
    listed = {str(one["Id"]): chains_of(org, one) for one in (row, *beside)}
    chains = [chain for group in listed.values() for chain in group]
    head = _head(org, row, body, chains)
    wanted = [found for one in (row, *beside) for found in _renewables(one, listed[str(one["Id"])], body)]
    decided = _decided(org, chains, wanted, body.changes)
    lines = _lines(head, body, wanted, decided, _uplift(org, row, body))
    if not lines:
        raise refusal(f"Contract {row['ContractNumber']} has nothing to renew.")
    lines += [replace(added(head, one), under=under_of(chains, one.under)) for one in body.add]
    free = [one.chain for one in wanted if not decided.get(one.chain.id, Change()).given]
    renewed = {one.chain.id for one in wanted}
    owned = [chain for chain in chains if chain.is_asset and chain.quantity > 0 and chain.id not in renewed]
    lines = repriced(head, free, lines, owned)
    return press_on(org, replace(_deal(org, row, head, lines), beside=tuple(beside)), body)


def _renewables(row: Row, chains: Iterable[Chain], body: Renewal) -> list[Renewable]:
    desegmented = row.get("SBQQ__MDQRenewalBehavior__c") == DESEGMENTED
    return renewables(chains, include_assets=body.include_assets, desegmented=desegmented)


def _decided(
    org: Org, chains: list[Chain], wanted: Iterable[Renewable], changes: Iterable[Change]
) -> dict[str, Change]:
    """Return the change of each renewable thing, by the id of what stands for it; any segment names them all."""
    standing = {one.chain.segments or one.chain.id: one.chain.id for one in wanted}
    open_chains = [chain for chain in chains if (chain.segments or chain.id) in standing]
    return {
        standing[chain.segments or chain.id]: change
        for change in changes
        for chain in picked(org, chains, open_chains, change)
    }


def _lines(
    head: Head,
    body: Renewal,
    wanted: Iterable[Renewable],
    decided: Mapping[str, Change],
    uplift: Decimal,
) -> list[Line]:
    """Return the lines of what is renewed; unless it renews early, what ends later goes on after its own end."""
    lines: list[Line] = []
    for one in wanted:
        own = starting_after(head, one.chain) if body.effective_date is None and not one.segments else head
        lines += renewal_lines(own, one, decided.get(one.chain.id, Change()), uplift)
    return lines


def forecast_renewal(org: Org, row: Row) -> str:
    """Do what ticking Renewal Forecast on a contract does: open the renewal's opportunity; returns its id.

    Raises:
        SalesforceError: What `renew` refuses of the contract.
    """
    deal = _deal(org, row, _head(org, row, Renewal(contract_id=row["Id"]), chains_of(org, row)), ())
    return deal.begun or open_opportunity(org, deal)


def _head(org: Org, row: Row, body: Renewal, chains: Iterable[Chain]) -> Head:
    account = org.store.get("Account", row["AccountId"]) or {}
    if account.get("SBQQ__RenewalModel__c") == "Asset Based":
        raise refusal(f"The account of contract {row['ContractNumber']} must have the renewal model Contract Based.")
    going = [chain for chain in chains if chain.quantity > 0 and chain.kind == "Renewable" and not chain.renewed]
    return head_of(org, row, *_term(row, body, common_end(row, going)))


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


def _term(row: Row, body: Renewal, last: date | None) -> tuple[date, date]:
    """Return first and last day of the new term, which follows the `last` day of the old one."""
    number = row["ContractNumber"]
    if row["SBQQ__Evergreen__c"] or last is None:
        raise refusal(f"Contract {number} is evergreen and cannot be renewed.", "SBQQ__RenewalForecast__c")
    start = body.effective_date or last + timedelta(days=1)
    if start <= date.fromisoformat(row["StartDate"]):
        raise refusal(f"The renewal of contract {number} must start after {row['StartDate']}.", "SBQQ__StartDate__c")
    months = body.term or row.get("SBQQ__RenewalTerm__c") or row.get("ContractTerm") or DEFAULT_TERM
    end = body.end_date or end_of_term(start, int(months))
    if end < start:
        raise refusal(f"The renewal of contract {number} ends before it starts.", "SBQQ__EndDate__c")
    return start, end


def _uplift(org: Org, row: Row, body: Renewal) -> Decimal:
    """Return the percent by which prices rise unless a change says otherwise."""
    if body.uplift is not None:
        return body.uplift
    account = org.store.get("Account", row["AccountId"]) or {}
    by_uplift = account.get("SBQQ__RenewalPricingMethod__c") == "Uplift"
    return (row.get("SBQQ__RenewalUpliftRate__c") or Decimal(0)) if by_uplift else Decimal(0)
