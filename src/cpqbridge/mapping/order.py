"""Guide "Order": Salesforce `Order` to the head of `POST /v1/orders`."""

from __future__ import annotations

from cpqbridge.mapping.rule import Rule, Table
from cpqbridge.mapping.transforms import as_date, from_given, shortened

ORDER = Table(
    name="Order",
    about="`POST /v1/orders`, `POST /v1/async/orders`",
    rules=(
        Rule(
            "Order Number",
            "/orderNumber",
            "Order.OrderNumber",
            from_given("order_number"),
            required="CPQ-401",
            note="natural key; a part of a split order gets a suffix",
        ),
        Rule("Order Date", "/orderDate", "Order.EffectiveDate", as_date, required="CPQ-401"),
        Rule(
            "Account",
            "/existingAccountNumber",
            "Order.AccountId",
            from_given("account_number"),
            note="by CRM id; synced first when absent",
        ),
        Rule("Description", "/description", "Order.Description", shortened(500)),
    ),
)
