"""Move: a contract, with all it holds, goes to another account, as an administrator does it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.bodies import Moving
from cpqbridge.sandbox.salesforce.cpq.chains import chains_of, orders_of
from cpqbridge.sandbox.salesforce.cpq.records import named_contract
from cpqbridge.sandbox.salesforce.records import live_row, require_sobject

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def move(org: Org, body: Moving) -> dict[str, Any]:
    """Give a contract to another account.

    Its subscriptions and assets go along. Its orders only when wanted: the platform changes the account of drafts
    alone, so an administrator takes them back to draft for it.

    Returns:
        `{"status": "Moved", "contractId", "contractNumber", "orders": [number, …]}`.

    Raises:
        SalesforceError: `NOT_FOUND`, or what an unknown account is refused for.
    """
    contract = named_contract(org, body.contract_id, body.contract_number)
    account = live_row(org, require_sobject(org, "Account"), body.account)["Id"]
    moved = []
    with org.store.transaction():
        org.store.update("Contract", contract["Id"], {"AccountId": account}, system=True)
        for chain in chains_of(org, contract):
            field = "AccountId" if chain.is_asset else "SBQQ__Account__c"
            for piece in chain.pieces:
                org.store.update(chain.sobject, piece.id, {field: account}, system=True)
        for identifier in orders_of(org, contract) if body.orders else ():
            org.store.update("Order", identifier, {"AccountId": account}, system=True)
            moved.append((org.store.get("Order", identifier) or {})["OrderNumber"])
    number = contract["ContractNumber"]
    return {"status": "Moved", "contractId": contract["Id"], "contractNumber": number, "orders": moved}
