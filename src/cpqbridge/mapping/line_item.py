"""Guide "Order Line Items": an order product without a subscription to `/orderLineItems/n` of the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.mapping.conditions import given, not_given
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import as_date, as_number, at_most, from_given, plain, shortened

_owner = given("subscription_owner_number", "the order has a subscription owner")

_taken_back = given("returned_order", "an amendment takes units of an asset back")
_sold = not_given("returned_order", "no amendment takes it back")


def units(value: Any, _context: Context) -> int | Decimal:
    """The units, also of what an amendment takes back: Zuora takes no negative quantity."""
    return plain(abs(Decimal(value)))


ROUNDING_ITEM = "Rounding of the order"
"""Name of the order line item that bills what rounding leaves."""

ROUNDING_LINE_ITEM = Table(
    name="Rounding Line Item",
    about="`/orderLineItems/n` of the order, where the option `rounding_residual` is `order_line_item`",
    rules=(
        Rule("Item Name", "/itemName", default=ROUNDING_ITEM),
        Rule("Item State", "/itemState", default="SentToBilling"),
        Rule("Item Type", "/itemType", default="Fee"),
        Rule("Line Category", "/itemCategory", default="Sales"),
        Rule("Quantity", "/quantity", default=1),
        Rule("List Price Per Unit", "/listPricePerUnit", transform=from_given("residual")),
        Rule("Amount Per Unit", "/amountPerUnit", transform=from_given("residual")),
        Rule("Transaction Start Date", "/transactionStartDate", "Order.EffectiveDate", as_date),
        Rule("Transaction End Date", "/transactionEndDate", "Order.EffectiveDate", as_date),
        Rule(
            "Bill Target Date",
            "/billTargetDate",
            ("Order.ActivatedDate", "Order.EffectiveDate"),
            from_given("bill_target_date"),
        ),
        Rule("Purchase Order Number", "/purchaseOrderNumber", "Order.{purchase_order_source}", at_most(100)),
    ),
)
"""What cpqbridge adds to the guide: what each invoice rounds away, billed with the order."""

ORDER_LINE_ITEM = Table(
    name="Order Line Item",
    about="`/orderLineItems/n` of the order",
    rules=(
        Rule("Item Name", "/itemName", "OrderItem.Product2.Name", shortened(255), required="CPQ-401"),
        Rule("Item State", "/itemState", default="SentToBilling"),
        Rule("Quantity", "/quantity", "OrderItem.Quantity", units, required="CPQ-401"),
        Rule("Product Code", "/productCode", "OrderItem.Product2Id", at_most(100)),
        Rule(
            "Product Rate Plan Charge ID",
            "/productRatePlanChargeId",
            "OrderItem.Product2Id",
            from_given("charge"),
            note="the product's one-time charge",
        ),
        Rule("Transaction Start Date", "/transactionStartDate", "Order.EffectiveDate", as_date),
        Rule("Transaction End Date", "/transactionEndDate", "Order.EffectiveDate", as_date),
        Rule("Item Type", "/itemType", default="Product"),
        Rule("Purchase Order Number", "/purchaseOrderNumber", "Order.{purchase_order_source}", at_most(100)),
        Rule("Line Category", "/itemCategory", default="Return", when=_taken_back),
        Rule("Line Category", "/itemCategory", default="Sales", when=_sold),
        Rule(
            "Original Order Number",
            "/originalOrderNumber",
            "OrderItem.SBQQ__RevisedOrderProduct__c",
            from_given("returned_order"),
            when=_taken_back,
        ),
        Rule(
            "Original Order Line Item Number",
            "/originalOrderLineItemNumber",
            "OrderItem.SBQQ__RevisedOrderProduct__c",
            from_given("returned_item"),
            when=_taken_back,
        ),
        Rule("Description", "/description", "OrderItem.Description", shortened(500)),
        Rule(
            "Bill Target Date",
            "/billTargetDate",
            ("Order.ActivatedDate", "Order.EffectiveDate"),
            from_given("bill_target_date"),
        ),
        Rule("List Price Per Unit", "/listPricePerUnit", "OrderItem.UnitPrice", as_number, required="CPQ-401"),
        Rule("Amount Per Unit", "/amountPerUnit", "OrderItem.UnitPrice", as_number),
        Rule(
            "OLI Owner Account",
            "/ownerAccountNumber",
            "Order.SubscriptionOwner__c",
            from_given("subscription_owner_number"),
            when=_owner,
        ),
        Rule(
            "Bill To Contact",
            "/billTo",
            ("Order.BillToContactId", "Order.BillingCountry"),
            from_given("line_item_bill_to"),
        ),
        Rule(
            "Sold To Contact",
            "/soldTo",
            ("Order.ShipToContactId", "Order.ShippingCountry"),
            from_given("line_item_sold_to"),
        ),
    ),
)
"""The guide's Invoice Owner Account has no field in the create call: a differing one is held by the planner."""
