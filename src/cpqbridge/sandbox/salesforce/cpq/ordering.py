"""Order: draft orders out of a primary quote, one order product per quote line.

An amendment's order holds differences: a line of something sold earlier becomes an order product with the change of its
quantity, negative when it falls, and none when nothing changes. It revises the order product of the first sale, not the
one of the previous amendment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.order_by import group_of, split_lines
from cpqbridge.sandbox.salesforce.cpq.records import add, copied
from cpqbridge.sandbox.salesforce.cpq.sold import subscription_type
from cpqbridge.sandbox.salesforce.cpq.usage import ORDER_ITEM, QUOTE_LINE, attach, carry
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_ADDRESS_PARTS: Final = ("Street", "City", "State", "PostalCode", "Country")

_FROM_LINE: Final = (
    "SBQQ__ProrateMultiplier__c", "SBQQ__DefaultSubscriptionTerm__c", "SBQQ__SubscriptionTerm__c",
    "SBQQ__SubscriptionPricing__c", "SBQQ__ProductSubscriptionType__c", "SBQQ__PricingMethod__c", "SBQQ__ChargeType__c",
    "SBQQ__BillingFrequency__c", "SBQQ__BillingType__c", "SBQQ__TaxCode__c", "SBQQ__Taxable__c",
    "SBQQ__BlockPricingField__c", "SBQQ__HasConsumptionSchedule__c", "SBQQ__UnproratedNetPrice__c",
    "SBQQ__ContractingMethod__c", "SBQQ__SegmentKey__c", "SBQQ__SegmentIndex__c", "SBQQ__DimensionType__c",
    "SBQQ__UpgradedSubscription__c", "CurrencyIsoCode",
)  # fmt: skip
"""An order product takes these from its quote line."""


def order_quote(org: Org, quote_id: str, more: Mapping[str, Any] | None = None) -> str:
    """Do what ticking Ordered on a quote does, and return the id of the new draft order, the first one of several.

    Raises:
        SalesforceError: What `orders_of_quote` refuses.
    """
    return orders_of_quote(org, quote_id, more)[0]


def orders_of_quote(org: Org, quote_id: str, more: Mapping[str, Any] | None = None) -> list[str]:
    """Do what ticking Ordered on a quote does: one order, or several as the quote's Order By says.

    Args:
        org: The org.
        quote_id: A quote with lines, all in one currency and price book.
        more: Further fields of each order, such as its contacts or owners.

    Returns:
        Ids of the new draft orders; those of quote line groups are in the order of the groups.

    Raises:
        SalesforceError: A quantity falls, and the org does not allow negative quantities on orders; or Order By names
            no field of quote lines.
    """
    store = org.store
    quote = store.get("SBQQ__Quote__c", quote_id)
    if quote is None:
        raise KeyError(quote_id)
    lines = sorted(
        store.find("SBQQ__QuoteLine__c", "SBQQ__Quote__c", quote["Id"]), key=lambda row: row["SBQQ__Number__c"]
    )
    with store.transaction():
        orders = [_order_lines(org, quote, part, more) for part in split_lines(org, quote, lines)]
        store.update("SBQQ__Quote__c", quote["Id"], {"SBQQ__Ordered__c": True}, system=True)
    return orders


def _order_lines(org: Org, quote: Row, lines: Iterable[Row], more: Mapping[str, Any] | None) -> str:
    order_id = add(org, "Order", {**_order_values(quote), **(more or {})})
    made: dict[str, str] = {}
    roots: dict[str, str] = {}
    for line in lines:
        if not _ordered_quantity(quote, line):
            continue
        parent = made.get(line.get("SBQQ__RequiredBy__c") or "")
        item_id = _order_line(org, order_id, quote, line, parent)
        made[line["Id"]] = item_id
        roots[item_id] = roots[parent] if parent else item_id
        if parent or line["SBQQ__Bundle__c"]:
            org.store.update("OrderItem", item_id, {"SBQQ__BundleRoot__c": roots[item_id]}, system=True)
    return order_id


def _ordered_quantity(quote: Row, line: Row) -> Decimal:
    """Return the units that a line orders: on amendments the change."""
    prior = line.get("SBQQ__PriorQuantity__c") if quote.get("SBQQ__Type__c") == "Amendment" else None
    quantity: Decimal = line["SBQQ__Quantity__c"] - (prior or 0)
    return quantity


def _order_line(org: Org, order_id: str, quote: Row, line: Row, parent: str | None) -> str:
    usage = {"SBQQ__HasConsumptionSchedule__c": True} if attach(org, line["Id"]) else {}
    values = _item_values(org, order_id, quote, line, parent) | _changed_values(org, quote, line) | usage
    if values["Quantity"] < 0 and not org.settings.enable_negative_quantity:
        message = "Quantity: the quantity can't be negative"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ("Quantity",))
    item_id = add(org, "OrderItem", values)
    carry(org, QUOTE_LINE, line["Id"], ORDER_ITEM, item_id)
    return item_id


def _changed_values(org: Org, quote: Row, line: Row) -> dict[str, Any]:
    """Return what marks an order product as a change, an end or a renewal of something sold earlier."""
    if line.get("SBQQ__RenewedSubscription__c") or line.get("SBQQ__RenewedAsset__c"):
        return {"SBQQ__ContractAction__c": "Renew"}
    original = _upgraded(org, line)
    if original is None:
        return {}
    ended = line["SBQQ__Quantity__c"] == 0
    return {
        "SBQQ__RevisedOrderProduct__c": original.get("SBQQ__OrderProduct__c"),
        "SBQQ__ContractAction__c": "Cancel" if ended else "Amend",
        "SBQQ__TerminatedDate__c": (line.get("SBQQ__StartDate__c") or quote["SBQQ__StartDate__c"]) if ended else None,
    }


def _upgraded(org: Org, line: Row) -> dict[str, Any] | None:
    """Return the subscription or asset that a line changes."""
    if line.get("SBQQ__UpgradedSubscription__c"):
        return org.store.get("SBQQ__Subscription__c", line["SBQQ__UpgradedSubscription__c"])
    return org.store.get("Asset", line.get("SBQQ__UpgradedAsset__c") or "")


def _order_values(quote: Row) -> dict[str, Any]:
    addresses = {
        f"{role}{part}": quote.get(f"SBQQ__{role}{part}__c")
        for role in ("Billing", "Shipping")
        for part in _ADDRESS_PARTS
    }
    return {
        "AccountId": quote["SBQQ__Account__c"],
        "OpportunityId": quote.get("SBQQ__Opportunity2__c"),
        "Pricebook2Id": quote["SBQQ__PriceBook__c"],
        "Status": "Draft",
        "EffectiveDate": quote["SBQQ__StartDate__c"],
        "SBQQ__Quote__c": quote["Id"],
        "SBQQ__PaymentTerm__c": quote.get("SBQQ__PaymentTerms__c"),
        "SBQQ__ContractingMethod__c": quote.get("SBQQ__ContractingMethod__c"),
        "SBQQ__RenewalTerm__c": quote.get("SBQQ__RenewalTerm__c"),
        **copied(quote, ("CurrencyIsoCode",)),
        **{name: value for name, value in addresses.items() if value is not None},
    }


def _item_values(org: Org, order_id: str, quote: Row, line: Row, parent: str | None) -> dict[str, Any]:
    """Return the fields of an order product; its unit price times its quantity is the line's net total."""
    product = org.store.get("Product2", line["SBQQ__Product__c"]) or {}
    kind = subscription_type(line, product) if line.get("SBQQ__SubscriptionPricing__c") else None
    quantity = _ordered_quantity(quote, line)
    group = group_of(org, line)
    start, end = (
        line.get(name) or group.get(name) or quote.get(name) for name in ("SBQQ__StartDate__c", "SBQQ__EndDate__c")
    )
    charged = line.get("SBQQ__EffectiveQuantity__c") or quantity
    return {
        **copied(line, _FROM_LINE),
        "OrderId": order_id,
        "Product2Id": product["Id"],
        "PricebookEntryId": _price_entry(org, quote, product),
        "Quantity": quantity,
        "UnitPrice": line["SBQQ__NetPrice__c"] * charged / quantity,
        "ServiceDate": start,
        "EndDate": end if kind not in (None, "Evergreen") else None,
        "Description": line.get("SBQQ__Description__c"),
        "SBQQ__SubscriptionType__c": kind,
        "SBQQ__QuoteLine__c": line["Id"],
        "SBQQ__OrderedQuantity__c": quantity,
        "SBQQ__QuotedQuantity__c": quantity,
        "SBQQ__QuotedListPrice__c": line.get("SBQQ__ListPrice__c"),
        "SBQQ__ContractAction__c": "New",
        "SBQQ__RequiredBy__c": parent,
    }


def _price_entry(org: Org, quote: Row, product: Row) -> str:
    """Return the price book entry of a product in the quote's price book and currency.

    Raises:
        LookupError: there is none.
    """
    for entry in org.store.find("PricebookEntry", "Product2Id", product["Id"]):
        same_currency = entry.get("CurrencyIsoCode") == quote.get("CurrencyIsoCode")
        if entry["Pricebook2Id"] == quote["SBQQ__PriceBook__c"] and same_currency:
            return str(entry["Id"])
    raise LookupError(f"{product['Name']} has no price in the quote's price book and currency")
