"""Plans the transfer of a subscription to the accounts that an order names.

Source: orders sync, owners; decision 24.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.actions import Action
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.standing import Standing, is_elsewhere

Named = tuple[str | None, str | None]
"""The accounts that an order names as owner of subscriptions and of their invoices, where it names any."""


def owners(chain: Chain) -> tuple[str, str]:
    """Return the Salesforce accounts that own a chain and are invoiced for it, by all its orders."""
    found = {piece.order: piece.item["Order"] for sale in chain.sales for piece in sale.pieces}
    ordered = [found[number] for number in chain.orders]
    return named_last(ordered[0]["AccountId"], [named(order) for order in ordered])


def named(order: Record) -> Named:
    """Return the accounts that an order names."""
    return order.get("SubscriptionOwner__c") or None, order.get("InvoiceOwner__c") or None


def named_last(account: str, orders: Sequence[Named]) -> tuple[str, str]:
    """Return the accounts that own a subscription and are invoiced for it: an order leaves alone what it does not name.

    Args:
        account: That of the first order.
        orders: What the orders name, in the order in which they were contracted.
    """
    latest = orders[::-1]
    owner = next((one for one, _ in latest if one), account)
    return owner, next((one for _, one in latest if one), account)


def transfer(
    draft: Draft, order: Record, before: Chain, held: Standing, known: Mapping[str, Any], there: bool
) -> list[Action]:
    """Return the transfer to the accounts that an order names; one that names none leaves the owners as they are."""
    owner, payer = owners(before)
    if not there and draft.options.moved_subscriptions == "hold" and is_elsewhere(draft, held, owner):
        expected = draft.state.accounts.get(owner, {}).get("AccountNumber", f"that of Salesforce account {owner}")
        message = (
            f"Unable to locate a matching rate plan to amend for order {order['OrderNumber']}: subscription "
            f"{held.number} belongs to account {held.subscription.get('accountNumber')} in Zuora, not to {expected}"
        )
        draft.refuse("CPQ-431", "Order.SubscriptionOwner__c", message)
        return []
    to_owner, to_payer = (new or old for new, old in zip(named(order), (owner, payer), strict=True))
    if (to_owner, to_payer) == (owner, payer):
        return []
    on = max(dates.parse(order["EffectiveDate"]), before.sales[0].start)
    held_by = {
        "owner_before": held.subscription.get("accountNumber"),
        "payer_before": held.subscription.get("invoiceOwnerAccountNumber"),
    }
    given = {**known, **held_by, "on": on, "owner_changes": to_owner != owner, "payer_changes": to_payer != payer}
    return [Action(draft.tables.owner_transfer, on, {"Order": order}, given)]
