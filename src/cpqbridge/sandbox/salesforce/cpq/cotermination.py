"""Co-termination: what an account's contracts and a contract's subscriptions have to do with each other's ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.chain import Chain
from cpqbridge.sandbox.salesforce.cpq.records import day

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_EARLIEST = "Earliest End Date"


def common_end(contract: Row, chains: Iterable[Chain]) -> date | None:
    """Return the last day that amendments of a contract co-terminate to, and after which its renewal starts.

    It is the latest end of the contract and what it holds (a later order may have brought what ends after it), or the
    earliest where the contract's Amendment and Renewal Behavior says so; None for an evergreen contract.
    """
    last = day(contract.get("EndDate"))
    ends = [chain.end for chain in chains if chain.end and not chain.is_asset and not chain.segments]
    if last is None or not ends:
        return last
    return min(ends) if contract.get("SBQQ__AmendmentRenewalBehavior__c") == _EARLIEST else max(last, *ends)


def end_of_addon(org: Org, account_id: str, start: date) -> date | None:
    """Return the last day of a new quote where its account co-terminates add-ons, else None.

    That is the latest end of the account's activated contracts which run on the quote's first day. With `Prompt` a
    person decides, so nothing is set.
    """
    account = org.store.get("Account", account_id) or {}
    if account.get("SBQQ__ContractCoTermination__c") != "Always":
        return None
    if account.get("SBQQ__CoTerminationEvent__c") == "Renewal":
        return None
    running = [row for row in _running(org, account_id) if row["StartDate"] <= start.isoformat()]
    ends = [day(row["EndDate"]) for row in running]
    return max((end for end in ends if end and end >= start), default=None)


def renewed_together(org: Org, contract: Row) -> list[dict[str, Any]]:
    """Return the other contracts that renew on the same quote: where the account co-terminates renewals always.

    Contracts that have a renewal opportunity of their own already are left out.
    """
    account = org.store.get("Account", contract["AccountId"]) or {}
    always = account.get("SBQQ__ContractCoTermination__c") == "Always"
    if not always or account.get("SBQQ__CoTerminationEvent__c") != "Renewal":
        return []
    return [
        row
        for row in _running(org, contract["AccountId"])
        if row["Id"] != contract["Id"] and not row.get("SBQQ__RenewalOpportunity__c")
    ]


def _running(org: Org, account_id: str) -> list[dict[str, Any]]:
    rows = org.store.find("Contract", "AccountId", account_id)
    return [row for row in rows if row["StatusCode"] == "Activated" and not row["SBQQ__Evergreen__c"]]
