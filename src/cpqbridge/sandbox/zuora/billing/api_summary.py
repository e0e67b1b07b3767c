"""What the summary of an account says of its invoices and its usage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.billing.documents import POSTED
from cpqbridge.sandbox.zuora.store import Row, Store

#: How many invoices a summary holds.
_LAST = 6

_INVOICE = ("id", "invoiceNumber", "invoiceDate", "dueDate", "amount", "balance", "status")


def summary_invoices(store: Store, account: Row) -> list[dict[str, Any]]:
    """The last posted invoices of an account, the newest first."""
    rows = store.find("invoice", accountId=account["id"], status=POSTED)
    rows.sort(key=lambda row: (row["invoiceDate"], row["invoiceNumber"]), reverse=True)
    return [{name: row.get(name) for name in _INVOICE} for row in rows[:_LAST]]


def summary_usage(store: Store, account: Row) -> list[dict[str, Any]]:
    """Usage of an account by month and unit of measure."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in store.find("usage", accountId=account["id"]):
        key = (row["startDateTime"][:7], row["uOM"])
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["quantity"])
    return [
        {"startDate": month, "unitOfMeasure": unit, "quantity": format(quantity, "f")}
        for (month, unit), quantity in sorted(sums.items())
    ]
