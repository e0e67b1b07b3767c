"""Plans the transfer of a subscription to the accounts that an order names.

Source: orders sync, owners; decision 24.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.actions import Action
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.standing import Standing, is_elsewhere


def _owners(before: Chain) -> tuple[str, str]:
    """Return the Salesforce accounts that own a chain and are invoiced for it, by the orders so far."""
    pieces = {piece.order: piece.item["Order"] for sale in before.sales for piece in sale.pieces}
    ordered = [pieces[number] for number in before.orders]
    first = ordered[0]["AccountId"]
    owner = next((one["SubscriptionOwner__c"] for one in reversed(ordered) if one.get("SubscriptionOwner__c")), first)
    payer = next((one["InvoiceOwner__c"] for one in reversed(ordered) if one.get("InvoiceOwner__c")), first)
    return owner, payer


def transfer(
    draft: Draft, order: Record, before: Chain, held: Standing, known: Mapping[str, Any], there: bool
) -> list[Action]:
    """Return the transfer to the accounts that an order names; one that names none leaves the owners as they are."""
    owner, payer = _owners(before)
    if not there and draft.options.moved_subscriptions == "hold" and is_elsewhere(draft, held, owner):
        expected = draft.state.accounts.get(owner, {}).get("AccountNumber", f"that of Salesforce account {owner}")
        message = (
            f"Unable to locate a matching rate plan to amend for order {order['OrderNumber']}: subscription "
            f"{held.number} belongs to account {held.subscription.get('accountNumber')} in Zuora, not to {expected}"
        )
        draft.refuse("CPQ-431", "Order.SubscriptionOwner__c", message)
        return []
    to_owner, to_payer = order.get("SubscriptionOwner__c") or owner, order.get("InvoiceOwner__c") or payer
    if (to_owner, to_payer) == (owner, payer):
        return []
    on = max(dates.parse(order["EffectiveDate"]), before.sales[0].start)
    held_by = {
        "owner_before": held.subscription.get("accountNumber"),
        "payer_before": held.subscription.get("invoiceOwnerAccountNumber"),
    }
    given = {**known, **held_by, "on": on, "owner_changes": to_owner != owner, "payer_changes": to_payer != payer}
    return [Action(draft.tables.owner_transfer, on, {"Order": order}, given)]
