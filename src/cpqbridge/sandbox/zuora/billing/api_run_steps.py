"""The life of a bill run: started, posted, cancelled, deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.billing.api_posting import settle
from cpqbridge.sandbox.zuora.billing.api_run_request import ALL_DAYS, RESOURCE, Scope
from cpqbridge.sandbox.zuora.billing.documents import CANCELED
from cpqbridge.sandbox.zuora.billing.run import DOCUMENTS, bill, cancel_run, post_run
from cpqbridge.sandbox.zuora.envelopes import RULE, Refusal, code
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: State of a run whose documents are drafts.
COMPLETED = "Completed"

_KEPT = ("name", "billRunFilters", "noEmailForZeroAmountInvoice")


def start(tenant: Tenant, body: Body, scope: Scope) -> Row:
    """Make the draft documents of a run and return its row.

    Args:
        tenant: Whose run it is.
        body: The checked request.
        scope: Whom it bills.
    """
    store = tenant.store
    with store.transaction():
        made = bill(
            tenant,
            scope.accounts,
            target=body["targetDate"],
            post=False,
            invoice_date=body.get("invoiceDate"),
            subscriptions=scope.subscriptions,
        )
        now = tenant.clock().isoformat(timespec="seconds")
        fields = {
            **{name: body.get(name) for name in _KEPT},
            "batches": ",".join(body.get("batches") or ()) or None,
            "billCycleDay": (body.get("billCycleDay") or ALL_DAYS) if body.get("batches") else None,
            "billingRunNumber": made.bill_run["billRunNumber"],
            "autoEmail": False,
            "autoPost": False,
            "autoRenewal": False,
            "includeSubscriptions": True,
            "includeOrderLineItems": scope.subscriptions is None,
            "numberOfAccounts": len({row["accountId"] for row in (*made.invoices, *made.credit_memos)}),
            "numberOfInvoices": len(made.invoices),
            "numberOfCreditMemos": len(made.credit_memos),
            "executedDate": now,
            "startDate": now,
            "endDate": now,
            "status": COMPLETED,
        }
        return store.update("billRun", made.bill_run["id"], fields)


def post(tenant: Tenant, run: Row, invoice_date: str | None) -> Row:
    """Post the documents of a run and return its row.

    Raises:
        Refusal: The run is posted or cancelled already.
    """
    _require(run, (COMPLETED,), "posted")
    with tenant.store.transaction():
        if invoice_date:
            _redate(tenant, run, invoice_date)
        row = post_run(tenant, run["id"])
        row = tenant.store.update("billRun", row["id"], {"postedDate": tenant.clock().isoformat(timespec="seconds")})
        _settle(tenant, run)
    return row


def cancel(tenant: Tenant, run: Row) -> Row:
    """Cancel the draft documents of a run and return its row.

    Raises:
        Refusal: The run is posted or cancelled already.
    """
    _require(run, (COMPLETED,), "canceled")
    with tenant.store.transaction():
        row = cancel_run(tenant, run["id"])
        _settle(tenant, run)
    return row


def delete(tenant: Tenant, run: Row) -> None:
    """Delete a cancelled run; its documents stay as they are.

    Raises:
        Refusal: It is not cancelled.
    """
    _require(run, (CANCELED,), "deleted")
    tenant.store.delete("billRun", run["id"])


def _require(run: Row, statuses: tuple[str, ...], verb: str) -> None:
    if run["status"] not in statuses:
        number, status = run["billRunNumber"], run["status"]
        message = f"Only a bill run of status {' or '.join(statuses)} can be {verb}; '{number}' is {status}."
        raise Refusal(code(RESOURCE, RULE), message)


def _redate(tenant: Tenant, run: Row, invoice_date: str) -> None:
    """Give the drafts of a run another date; payment is due as many days after it as before."""
    day = date.fromisoformat(invoice_date)
    for row in tenant.store.find("invoice", _billRunId=run["id"]):
        wait = date.fromisoformat(row["dueDate"]) - date.fromisoformat(row["invoiceDate"])
        changes = {"invoiceDate": invoice_date, "dueDate": (day + wait).isoformat()}
        tenant.store.update("invoice", row["id"], changes)
    for row in tenant.store.find("creditMemo", _billRunId=run["id"]):
        tenant.store.update("creditMemo", row["id"], {"memoDate": invoice_date})
    tenant.store.update("billRun", run["id"], {"invoiceDate": invoice_date})


def _settle(tenant: Tenant, run: Row) -> None:
    rows = (row for kind in DOCUMENTS for row in tenant.store.find(kind, _billRunId=run["id"]))
    for account_id in {row["accountId"] for row in rows}:
        settle(tenant, account_id)
