"""``POST /_sandbox/bill-run``: a bill run whose documents are posted at once, without sign-in.

    {"accountNumber": "A00000001", "targetDate": "2026-04-01"}     # without an account: all of them

It is a control for tests and demonstrations; the API's own calls are those of ``/v1/bill-runs``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.billing.api_posting import settle
from cpqbridge.sandbox.zuora.billing.documents import Documents
from cpqbridge.sandbox.zuora.billing.run import bill
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_HELP = 'The body must be {"accountNumber": "…" (optional), "targetDate": "YYYY-MM-DD"}.'

_ITEM = (
    "id", "chargeNumber", "chargeName", "subscriptionNumber", "serviceStartDate", "serviceEndDate", "quantity",
    "unitPrice", "processingType", "appliedToInvoiceItemId", "orderLineItemId",
)  # fmt: skip


def routes(tenant: Tenant) -> list[Route]:
    """The control call."""

    async def run(request: Request) -> Response:
        try:
            accounts, target = _parsed(tenant, await request.body())
        except (ValueError, LookupError) as error:
            return answer({"message": str(error.args[0])}, 400)
        made = bill(tenant, accounts, target=target)
        for account_id in {row["accountId"] for row in (*made.invoices, *made.credit_memos)}:
            settle(tenant, account_id)
        return answer(_view(tenant, made))

    return [Route("/_sandbox/bill-run", run, methods=["POST"])]


def _parsed(tenant: Tenant, raw: bytes) -> tuple[list[str] | None, str]:
    body = wire.decode(raw)
    if not isinstance(body, dict) or "targetDate" not in body or set(body) - {"accountNumber", "targetDate"}:
        raise ValueError(_HELP)
    target = date.fromisoformat(str(body["targetDate"])).isoformat()
    number = body.get("accountNumber")
    if number is None:
        return None, target
    account = find_account(tenant, str(number))
    if account is None:
        raise LookupError(f"There is no account '{number}'.")
    return [account["id"]], target


def _view(tenant: Tenant, made: Documents) -> dict[str, Any]:
    return {
        "billRunNumber": made.bill_run["billRunNumber"],
        "invoices": [
            {
                "invoiceNumber": row["invoiceNumber"],
                "amount": row["amount"],
                **_shown(tenant, made, row, "chargeAmount"),
            }
            for row in made.invoices
        ],
        "creditMemos": [
            {"creditMemoNumber": row["memoNumber"], "amount": row["totalAmount"], **_shown(tenant, made, row, "amount")}
            for row in made.credit_memos
        ],
    }


def _shown(tenant: Tenant, made: Documents, row: Row, amount: str) -> dict[str, Any]:
    account = tenant.store.get("account", row["accountId"]) or {}
    items = [{name: item.get(name) for name in _ITEM} | {"amount": item[amount]} for item in made.items[row["id"]]]
    return {"accountNumber": account.get("accountNumber"), "items": items}
