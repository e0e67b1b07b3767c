"""What the tables hold beyond the mapping guide of the later life of a subscription: the guide ends with new ones.

Source: orders sync, use cases; decision 22.
"""

from __future__ import annotations

from dataclasses import replace

from cpqbridge.mapping.guide_row import Row, of_object, section

_DAY = "Subscription: Start Date"
_EARLIER = "Order Product: Revised Order Product; Quote Line: Renewed Subscription"
_LATER = "The guide ends with new subscriptions; its use cases amend, renew and cancel them."
_ONE_SUBSCRIPTION = "The segments of a multi-dimensional quote are one subscription."
_NOTHING_NEGATIVE = "Zuora takes no negative quantity: it returns a line item of an earlier order."


def _row(salesforce: str, table: str, label: str) -> Row:
    return Row(salesforce, label, (f"{table} / {label}",))


def _action(table: str, *own: tuple[str, str]) -> tuple[Row, ...]:
    """Return the rows of an order action: its type and its dates, then its own, Salesforce label and Zuora label."""
    dates = ("Contract Effective Date", "Service Activation Date", "Customer Acceptance Date")
    rows = (
        _row("", table, "Order Action"),
        Row(_DAY, "Trigger Dates", tuple(f"{table} / {label}" for label in dates)),
        *(_row(salesforce, table, label) for salesforce, label in own),
    )
    return of_object(table, *(replace(row, note=_LATER) for row in rows))


_SEGMENT_KEY = "Order Product: Segment Key"

CHANGES = (
    *section(
        "Subscription",
        *of_object(
            "Subscription Rate Plan",
            replace(_row(_SEGMENT_KEY, "Subscription Rate Plan", "Unique Token"), note=_ONE_SUBSCRIPTION),
        ),
        *of_object(
            "Subscription Rate Plan Charge",
            replace(_row(_SEGMENT_KEY, "Subscription Rate Plan Charge", "Charge Unique Token"), note=_ONE_SUBSCRIPTION),
        ),
    ),
    *section(
        "Order line item",
        *(
            replace(_row("Order Product: Revised Order Product", "Order Line Item", label), note=_NOTHING_NEGATIVE)
            for label in ("Original Order Number", "Original Order Line Item Number")
        ),
    ),
    *section(
        "Change",
        *of_object(
            "Changed Subscription",
            *(
                replace(_row(salesforce, "Changed Subscription", label), note=_LATER)
                for salesforce, label in (
                    (_EARLIER, "Subscription Number"),
                    ("Quote: Quote Number", "Quote Number"),
                    ("Quote: Type", "Quote Business Type"),
                    ("Quote: Type", "Quote Type"),
                    ("Subscription: Contract", "Contract ID"),
                )
            ),
        ),
        *_action(
            "Update Product",
            (_EARLIER, "Subscription Rate Plan Number"),
            (_SEGMENT_KEY, "Unique Token"),
            (_DAY, "Specific Update Date"),
            (_EARLIER, "Charge Number"),
            (_SEGMENT_KEY, "Charge Unique Token"),
            ("Order Product: Quantity", "Quantity"),
            ("Subscription: Net Price", "List Price"),
            ("Order Product Consumption Rates", "Tiers"),
        ),
        *_action("Add Product"),
        *_action("Remove Product", (_EARLIER, "Subscription Rate Plan Number")),
        *_action("Cancel Subscription", ("", "Cancellation Policy"), (_DAY, "Cancellation Effective Date")),
        *_action(
            "Renewal Terms",
            ("", "Term Type"),
            (_DAY, "Term End Date"),
            ("", "Renewal Setting"),
            ("Subscription: End Date", "Renewal Term"),
            ("", "Renewal Period Type"),
        ),
        *_action("Term Extent", ("", "Term Type"), ("Subscription: End Date", "Term End Date")),
        *_action("Renewal Stop", ("", "Auto Renew")),
        *_action(
            "Renew Subscription",
            ("Order: Bill To Contact", "Bill To Contact"),
            ("Order: Ship To Contact", "Sold To Contact"),
            ("Order: Payment Term", "Payment Term"),
        ),
        *_action(
            "Owner Transfer",
            ("Order: Subscription Owner", "Subscription Owner Account"),
            ("Order: Invoice Owner", "Invoice Owner Account"),
            ("Order: Bill To Contact", "Bill To Contact"),
            ("Order: Ship To Contact", "Sold To Contact"),
        ),
    ),
)
"""Additions to the guide."""
