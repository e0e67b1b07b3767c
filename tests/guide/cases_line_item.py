"""Cases of the guide's rows for order line items."""

from __future__ import annotations

from datetime import date

from cpqbridge.planning.plan import Ref
from tests.guide.making import ABSENT, HELD, LINE, Case, another_owner, bought, owned
from tests.planning import records as r

CASES = [
    Case("Order line item: Item Name", bought(), "create_order", f"{LINE}/itemName", "Cloud seat"),
    Case("Order line item: Item State", bought(), "create_order", f"{LINE}/itemState", "SentToBilling"),
    Case("Order line item: Quantity", bought(), "create_order", f"{LINE}/quantity", 5),
    Case("Order line item: Product Code", bought(), "create_order", f"{LINE}/productCode", r.PRODUCT_ID),
    Case(
        "Order line item: Product Rate Plan Charge ID",
        bought(),
        "create_order",
        f"{LINE}/productRatePlanChargeId",
        "z-charge",
    ),
    Case(
        "Order line item: Transaction Start Date",
        bought(),
        "create_order",
        f"{LINE}/transactionStartDate",
        date(2026, 2, 1),
    ),
    Case(
        "Order line item: Transaction End Date",
        bought(),
        "create_order",
        f"{LINE}/transactionEndDate",
        date(2026, 2, 1),
    ),
    Case("Order line item: Item Type", bought(), "create_order", f"{LINE}/itemType", "Product"),
    Case("Order line item: Purchase Order Number", bought(), "create_order", f"{LINE}/purchaseOrderNumber", r.ORDER_ID),
    Case("Order line item: LINE CATEGORY", bought(), "create_order", f"{LINE}/itemCategory", "Sales"),
    Case(
        "Order line item: Description",
        bought(item={"Description": "Blue"}),
        "create_order",
        f"{LINE}/description",
        "Blue",
    ),
    Case(
        "Order line item: Bill Target Date, in the org's time zone",
        bought(),
        "create_order",
        f"{LINE}/billTargetDate",
        date(2026, 1, 30),
    ),
    Case(
        "Order line item: Bill Target Date, not dated",
        bought(ActivatedDate=None),
        "create_order",
        f"{LINE}/billTargetDate",
        date(2026, 2, 1),
    ),
    Case("Order line item: List Price Per Unit", bought(), "create_order", f"{LINE}/listPricePerUnit", 120),
    Case("Order line item: Amount per unit", bought(), "create_order", f"{LINE}/amountPerUnit", 120),
    Case("Order line item: OLI Owner Account, none", bought(), "create_order", f"{LINE}/ownerAccountNumber", ABSENT),
    Case(
        "Order line item: Bill To Contact",
        bought(BillToContact=r.contact(), BillToContactId="003"),
        "create_order",
        f"{LINE}/billTo",
        Ref(f"contact:{r.ACCOUNT_ID}:003000000000001AAA", "id"),
    ),
    Case(
        "Order line item: Sold To Contact",
        bought(ShipToContact=r.contact(), ShipToContactId="003"),
        "create_order",
        f"{LINE}/soldTo",
        Ref(f"contact:{r.ACCOUNT_ID}:003000000000001AAA", "id"),
    ),
    Case(
        "Order line item: OLI Owner Account",
        bought(SubscriptionOwner__c=r.ACCOUNT_ID),
        "create_order",
        f"{LINE}/ownerAccountNumber",
        "A00000001",
    ),
    Case("Order line item: Bill To Contact, none", bought(), "create_order", f"{LINE}/billTo", ABSENT),
    Case("Order line item: Sold To Contact, none", bought(), "create_order", f"{LINE}/soldTo", ABSENT),
    Case(
        "Order line item: Invoice Owner Account, another",
        bought(another_owner(), InvoiceOwner__c="001O"),
        HELD,
        "",
        "CPQ-415",
    ),
    Case(
        "Order line item: Invoice Owner Account, the order's own account",
        bought(InvoiceOwner__c=r.ACCOUNT_ID),
        "create_order",
        f"{LINE}/invoiceOwnerAccountNumber",
        ABSENT,
    ),
    Case(
        "Order line item: Item State, by own mapping",
        owned(
            "order_item",
            {"itemState": "Zuora_Status__c"},
            r.order(r.asset_item(Zuora_Status__c="Booked")),
            plans={r.PRODUCT_ID: r.plan_row("OneTime", "Per Unit Pricing", None)},
        ),
        "create_order",
        f"{LINE}/itemState",
        "Booked",
    ),
]
