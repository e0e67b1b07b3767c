"""Bill runs: everything that falls due up to a day goes on documents, once."""

from __future__ import annotations

from collections.abc import Iterable

from cpqbridge.sandbox.zuora.billing.documents import CANCELED, DRAFT, POSTED, Documents, grouped, make
from cpqbridge.sandbox.zuora.billing.due import due_items, due_line_items, mark
from cpqbridge.sandbox.zuora.billing.ledger import ITEMS
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Kinds of documents, with the field by which their items name them.
DOCUMENTS = {"invoice": ("invoiceItem", "invoiceId"), "creditMemo": ("creditMemoItem", "creditMemoId")}


def bill(
    tenant: Tenant,
    account_ids: Iterable[str] | None,
    *,
    target: str,
    post: bool = True,
    invoice_date: str | None = None,
    subscriptions: Iterable[str] | None = None,
) -> Documents:
    """Make the invoices and credit memos of accounts up to a day, and mark their charges.

    A repeated run makes nothing more.

    Args:
        tenant: Whose accounts they are.
        account_ids: Accounts that are invoiced; None: all.
        target: Last day up to which is billed, ``YYYY-MM-DD``.
        post: Whether the documents are posted at once; charges are marked when they are.
        invoice_date: Date of the documents; the tenant's present date when it is not given.
        subscriptions: Numbers of the only subscriptions to be billed; order line items are left out then.
    """
    store = tenant.store
    wanted = None if account_ids is None else set(account_ids)
    only = None if subscriptions is None else set(subscriptions)
    with store.transaction():
        run = store.insert("billRun", _run_row(tenant, target, invoice_date, wanted))
        due = _due(tenant, _subscriptions(tenant, wanted, only), target)
        due += [] if only is not None else due_line_items(tenant, _lines(tenant, wanted), target=target)
        documents = Documents(run)
        for group, items in grouped(tenant, due).items():
            documents.add(make(tenant, group, items, run))
        _rate_usage(tenant, due)
        if post:
            documents.bill_run = post_run(tenant, run["id"])
            documents.invoices = [store.get("invoice", row["id"]) or row for row in documents.invoices]
            documents.credit_memos = [store.get("creditMemo", row["id"]) or row for row in documents.credit_memos]
        return documents


def _due(tenant: Tenant, subscriptions: list[Row], target: str) -> list[Row]:
    """What falls due for subscriptions; of the items before it, each needs to know the discounts."""
    due: list[Row] = []
    discounts: list[Row] = []
    for subscription in subscriptions:
        _settle_cycle_day(tenant, subscription)
        items = due_items(tenant, subscription, target=target, pending=discounts)
        discounts += [item for item in items if item["_billed"]["base"]]
        due += items
    return due


def post_run(tenant: Tenant, run_id: str) -> Row:
    """Post the draft documents of a bill run, mark what they bill, and return the run's row."""
    store = tenant.store
    with store.transaction():
        run = store.update("billRun", run_id, {"status": POSTED})
        now = tenant.clock().isoformat(timespec="seconds")
        user = run["createdById"]
        posted = {"invoice": {"postedDate": now, "postedBy": user}, "creditMemo": {"postedOn": now, "postedById": user}}
        for kind, fields in posted.items():
            for document in _of_run(tenant, kind, run_id):
                if document["status"] == DRAFT:
                    store.update(kind, document["id"], {"status": POSTED, **fields})
        _mark(tenant, run)
        return run


def cancel_run(tenant: Tenant, run_id: str) -> Row:
    """Cancel the documents of a bill run, so that what they bill falls due again, and return the run's row."""
    store = tenant.store
    with store.transaction():
        run = store.update("billRun", run_id, {"status": CANCELED})
        for kind, (items, key) in DOCUMENTS.items():
            for document in _of_run(tenant, kind, run_id):
                store.update(kind, document["id"], {"status": CANCELED})
                for item in store.find(items, **{key: document["id"]}):
                    store.update(items, item["id"], {"_void": True})
                    for usage in item["_billed"].get("usage") or ():
                        store.update("usage", usage, {"rbeStatus": "Pending", "_ratedBy": None})
        _mark(tenant, run, taken_back=True)
        return run


def _run_row(tenant: Tenant, target: str, invoice_date: str | None, wanted: set[str] | None) -> Row:
    return {
        "billRunNumber": f"BR-{tenant.store.next_number('billRun'):08d}",
        "targetDate": target,
        "invoiceDate": invoice_date or tenant.today(),
        "status": "Completed",
        "_accountIds": None if wanted is None else sorted(wanted),
    }


def _subscriptions(tenant: Tenant, wanted: set[str] | None, only: set[str] | None) -> list[Row]:
    store = tenant.store
    if only is not None:
        rows = [row for name in sorted(only) for row in store.find("subscription", name=name, isLatestVersion=True)]
    elif wanted is None:
        rows = store.find("subscription", isLatestVersion=True)
    else:
        rows = [
            row
            for key in sorted(wanted)
            for row in store.find("subscription", invoiceOwnerId=key, isLatestVersion=True)
        ]
    return [row for row in rows if wanted is None or row["invoiceOwnerId"] in wanted]


def _lines(tenant: Tenant, wanted: set[str] | None) -> list[Row]:
    store = tenant.store
    if wanted is None:
        return list(store.rows("orderLineItem"))
    return [row for key in sorted(wanted) for row in store.find("orderLineItem", invoiceOwnerAccountId=key)]


def _settle_cycle_day(tenant: Tenant, subscription: Row) -> None:
    """Set an account's bill cycle day, when it is set automatically, by its first subscription."""
    account = tenant.store.get("account", subscription["invoiceOwnerId"])
    if account is None or account.get("billCycleDay"):
        return
    rows = tenant.store.find("ratePlanCharge", subscriptionId=subscription["id"])
    starts = [row["effectiveStartDate"] for row in rows if row["effectiveStartDate"]]
    if starts:
        tenant.store.update("account", account["id"], {"billCycleDay": int(min(starts)[8:])})


def _rate_usage(tenant: Tenant, due: list[Row]) -> None:
    for item in due:
        for usage in item["_billed"].get("usage") or ():
            tenant.store.update("usage", usage, {"rbeStatus": "Processed", "_ratedBy": item["chargeNumber"]})


def _of_run(tenant: Tenant, kind: str, run_id: str) -> list[Row]:
    return tenant.store.find(kind, _billRunId=run_id)


def _mark(tenant: Tenant, run: Row, *, taken_back: bool = False) -> None:
    """Bring the marks of all subscriptions that a run's documents bill up to date."""
    store = tenant.store
    found = [
        item
        for kind, (items, key) in DOCUMENTS.items()
        for document in _of_run(tenant, kind, run["id"])
        for item in store.find(items, **{key: document["id"]})
    ]
    charges = {item["chargeNumber"] for item in found} if taken_back else set()
    names = {name for item in found for name in (item["_subscription"], item["subscriptionNumber"]) if name}
    for name in sorted(names):
        for row in store.find("subscription", name=name, isLatestVersion=True):
            mark(tenant, row, target=run["targetDate"], taken_back=charges)


__all__ = ["DOCUMENTS", "ITEMS", "Documents", "bill", "cancel_run", "post_run"]
