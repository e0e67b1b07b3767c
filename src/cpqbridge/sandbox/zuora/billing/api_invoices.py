"""Invoices over the API: one, its items, those of an account, and posting a draft."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.billing import api_posting
from cpqbridge.sandbox.zuora.billing.api_lists import View, listed
from cpqbridge.sandbox.zuora.billing.api_views import (
    charge_type,
    invoice_item_view,
    invoice_view,
    moment,
    product_of,
)
from cpqbridge.sandbox.zuora.envelopes import not_found
from cpqbridge.sandbox.zuora.fields import check, rule
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row, new_id
from cpqbridge.sandbox.zuora.tenant import Tenant

_POST = {"invoiceDate": rule("date")}


def routes(tenant: Tenant) -> list[Route]:
    """The calls about invoices."""

    async def read(request: Request) -> Response:
        return ok(**invoice_view(find_invoice(tenant, request.path_params["key"])))

    async def items(request: Request) -> Response:
        invoice = find_invoice(tenant, request.path_params["key"])
        rows = tenant.store.find("invoiceItem", invoiceId=invoice["id"])
        return listed(request, "invoiceItems", [invoice_item_view(tenant.store, row) for row in rows])

    async def post(request: Request) -> Response:
        invoice = find_invoice(tenant, request.path_params["key"])
        body = await read_body(request)
        check(body, _POST, resource=api_posting.INVOICES)
        api_posting.post_invoice(tenant, invoice, body.get("invoiceDate"))
        return ok(id=invoice["id"], jobId=new_id(), jobStatus="Completed")

    async def of_account(request: Request) -> Response:
        key = request.path_params["key"]
        account = find_account(tenant, key)
        if account is None:
            raise not_found(key)
        invoices = tenant.store.find("invoice", accountId=account["id"])
        invoices.sort(key=lambda row: str(row["updatedDate"]), reverse=True)
        return listed(request, "invoices", [_transaction(tenant, account, row) for row in invoices])

    return [
        Route("/v1/invoices/{key}", read, methods=["GET"]),
        Route("/v1/invoices/{key}/items", items, methods=["GET"]),
        Route("/v1/invoices/{key}/post", post, methods=["PUT"]),
        Route("/v1/transactions/invoices/accounts/{key}", of_account, methods=["GET"]),
    ]


def find_invoice(tenant: Tenant, key: str) -> Row:
    """The invoice with that id or number.

    Raises:
        Refusal: There is none (HTTP 404).
    """
    row = tenant.store.get("invoice", key)
    rows = [row] if row else tenant.store.find("invoice", invoiceNumber=key)
    if not rows:
        raise not_found(key)
    return rows[0]


def _transaction(tenant: Tenant, account: Row, invoice: Row) -> View:
    """An invoice with its items in the list of an account's transactions."""
    items = tenant.store.find("invoiceItem", invoiceId=invoice["id"])
    return {
        "id": invoice["id"],
        "accountId": account["id"],
        "accountNumber": account["accountNumber"],
        "accountName": account["name"],
        "invoiceDate": invoice["invoiceDate"],
        "invoiceNumber": invoice["invoiceNumber"],
        "dueDate": invoice.get("dueDate"),
        "invoiceTargetDate": invoice["targetDate"],
        "amount": invoice["amount"],
        "balance": invoice["balance"],
        "createdBy": invoice["createdById"],
        "status": invoice["status"],
        "body": None,
        "invoiceItems": [_transaction_item(tenant, item) for item in items],
        "invoiceFiles": [],
    }


def _transaction_item(tenant: Tenant, item: Row) -> View:
    return {
        "id": item["id"],
        "subscriptionName": item.get("subscriptionNumber"),
        "subscriptionId": item.get("subscriptionId"),
        "serviceStartDate": item["serviceStartDate"],
        "serviceEndDate": item["serviceEndDate"],
        "chargeAmount": item["chargeAmount"],
        "chargeDescription": item.get("description"),
        "chargeName": item["chargeName"],
        "chargeId": item.get("ratePlanChargeId"),
        "productName": product_of(tenant.store, item).get("name"),
        "quantity": item.get("quantity"),
        "taxAmount": item.get("taxAmount"),
        "unitOfMeasure": item.get("uOM"),
        "chargeDate": moment(item.get("chargeDate")),
        "chargeType": charge_type(tenant.store, item),
        "processingType": item["processingType"],
        "appliedToItemId": item.get("appliedToInvoiceItemId"),
    }
