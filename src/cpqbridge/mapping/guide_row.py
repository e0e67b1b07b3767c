"""A row of the mapping guide, and sections of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

_SHORT = {
    "Subscription Rate Plan": "plan",
    "Subscription Rate Plan Charge": "charge",
    "Product": "product",
    "Product Rate Plan": "plan",
    "Product Rate Plan Charge": "charge",
    "Changed Subscription": "subscription",
    "Update Product": "update",
    "Add Product": "addition",
    "Remove Product": "removal",
    "Cancel Subscription": "cancellation",
    "Renewal Terms": "terms",
    "Term Extent": "extent",
    "Renewal Stop": "stop",
    "Renew Subscription": "renewal",
    "Owner Transfer": "transfer",
}
"""Zuora object, or order action, to its word in the names of rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the guide.

    Attributes:
        salesforce: The Salesforce label, with the object where the section has several; empty for a default.
        zuora: The Zuora label; empty where the guide leaves it out.
        rules: The rules that carry the row, `Table / Label`, or a whole table.
        object: The Zuora object; the section's own where the guide has one only.
        note: What carries a row without a rule, or what must be known; the reason of an addition.
        option: The vendor's option under which the guide gives the row.
        section: Short name of the section.
    """

    salesforce: str
    zuora: str
    rules: tuple[str, ...] = ()
    object: str = ""
    note: str = ""
    option: str = ""
    section: str = ""

    @property
    def key(self) -> str:
        """Name of the row, unique in the guide: `Product: charge Name`."""
        label = " ".join(filter(None, (_SHORT.get(self.object), self.zuora or self.salesforce)))
        return f"{self.section}: {label}" + (f" by {self.option}" if self.option else "")


def section(name: str, *rows: Row) -> tuple[Row, ...]:
    """Return the rows of a section."""
    return tuple(replace(row, section=name) for row in rows)


def of_object(zuora_object: str, *rows: Row) -> tuple[Row, ...]:
    """Return the rows of a Zuora object in a section that has several."""
    return tuple(replace(row, object=zuora_object) for row in rows)
