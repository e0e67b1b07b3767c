"""``POST /v1/operations/billing-preview``: the future items of an account, with nothing changed."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.billing.api_views import charge_type
from cpqbridge.sandbox.zuora.billing.documents import DRAFT
from cpqbridge.sandbox.zuora.billing.due import due_items, due_line_items
from cpqbridge.sandbox.zuora.billing.preview_items import credit_memo_item, invoice_item, made
from cpqbridge.sandbox.zuora.envelopes import INVALID, MISSING, NOT_FOUND, Refusal, code
from cpqbridge.sandbox.zuora.fields import check, rule, text
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.orders.create import create_order
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Resource of the call in error codes.
RESOURCE = 589000

_TABLE = {
    "accountId": text(255),
    "accountNumber": text(70),
    "assumeRenewal": rule("str", enum=("All", "None", "Autorenew")),
    "chargeTypeToExclude": text(),
    "includingDraftItems": rule("bool"),
    "includingEvergreenSubscription": rule("bool"),
    "targetDate": rule("date", required=True),
}

_TYPES = frozenset({"OneTime", "Recurring", "Usage"})

#: Most renewals that are assumed for one subscription.
_MAX_RENEWALS = 120


class _Undo(Exception):
    """Takes back what the preview wrote."""


def routes(tenant: Tenant) -> list[Route]:
    """The call."""

    async def preview(request: Request) -> Response:
        body = await read_body(request)
        check(body, _TABLE, resource=RESOURCE)
        return ok(**billing_preview(tenant, body))

    return [Route("/v1/operations/billing-preview", preview, methods=["POST"])]


def billing_preview(tenant: Tenant, body: Body) -> Body:
    """The answer's fields, without the envelope.

    Args:
        tenant: Whose account it is.
        body: The checked request.

    Raises:
        Refusal: The account does not exist or is not named, or a value is not good.
    """
    account, excluded = _account(tenant, body), _excluded(body)
    view: Body = {}
    try:
        with tenant.store.transaction():
            _renew(tenant, account, body)
            items = [item for item in _due(tenant, account, body) if charge_type(tenant.store, item) not in excluded]
            view = _view(tenant, account, items, body)
            raise _Undo
    except _Undo:
        return view


def _view(tenant: Tenant, account: Row, items: list[Row], body: Body) -> Body:
    store = tenant.store
    drafts = body.get("includingDraftItems") is True
    bills = _drafts(tenant, account, "invoice") if drafts else []
    memos = _drafts(tenant, account, "creditMemo") if drafts else []
    found = made(tenant, items, body["targetDate"])
    bills += [item for row in found.invoices for item in found.items[row["id"]]]
    memos += [item for row in found.credit_memos for item in found.items[row["id"]]]
    view: Body = {"accountId": account["id"], "invoiceItems": [invoice_item(store, item) for item in bills]}
    if tenant.settings.invoice_settlement:
        view["creditMemoItems"] = [credit_memo_item(store, item) for item in memos]
    return view


def _account(tenant: Tenant, body: Body) -> Row:
    key, number = body.get("accountId"), body.get("accountNumber")
    if not key and not number:
        raise Refusal(code(RESOURCE, MISSING), "One of accountId and accountNumber is required.")
    account = tenant.store.get("account", key) if key else find_account(tenant, str(number))
    if account is None:
        raise Refusal(code(RESOURCE, NOT_FOUND), f"Cannot find entity by key: '{key or number}'.", 404)
    if number and account["accountNumber"] != number:
        raise Refusal(code(RESOURCE, INVALID), "accountId and accountNumber name different accounts.")
    return account


def _excluded(body: Body) -> set[str]:
    given = {part.strip() for part in (body.get("chargeTypeToExclude") or "").split(",") if part.strip()}
    if given - _TYPES:
        message = f"chargeTypeToExclude must be made of: {', '.join(sorted(_TYPES))}."
        raise Refusal(code(RESOURCE, INVALID), message)
    return given


def _due(tenant: Tenant, account: Row, body: Body) -> list[Row]:
    target, items = body["targetDate"], list[Row]()
    for subscription in _subscriptions(tenant, account):
        if subscription["termType"] != "EVERGREEN" or body.get("includingEvergreenSubscription"):
            items += due_items(tenant, subscription, target=target, pending=items)
    lines = tenant.store.find("orderLineItem", invoiceOwnerAccountId=account["id"])
    return items + due_line_items(tenant, lines, target=target)


def _subscriptions(tenant: Tenant, account: Row) -> list[Row]:
    return tenant.store.find("subscription", invoiceOwnerId=account["id"], isLatestVersion=True)


def _renew(tenant: Tenant, account: Row, body: Body) -> None:
    """Renew the subscriptions that are assumed to be renewed, as often as it takes to reach the target date."""
    assumed = body.get("assumeRenewal") or "None"
    if assumed == "None":
        return
    for subscription in _subscriptions(tenant, account):
        if assumed == "All" or subscription.get("autoRenew"):
            _renew_one(tenant, account, subscription["name"], body["targetDate"])


def _renew_one(tenant: Tenant, account: Row, number: str, target: str) -> None:
    for _ in range(_MAX_RENEWALS):
        row = tenant.store.find("subscription", name=number, isLatestVersion=True)[0]
        end = row.get("termEndDate")
        if row["status"] != "Active" or not end or end > target or not row.get("renewalTerm"):
            return
        names = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")
        dates = [{"name": name, "triggerDate": end} for name in names]
        action = {"type": "RenewSubscription", "renewSubscription": {}, "triggerDates": dates}
        entry = {"subscriptionNumber": number, "orderActions": [action]}
        body = {"orderDate": end, "existingAccountNumber": account["accountNumber"], "subscriptions": [entry]}
        create_order(tenant, body)


def _drafts(tenant: Tenant, account: Row, kind: str) -> list[Row]:
    documents = tenant.store.find(kind, accountId=account["id"], status=DRAFT)
    return [item for row in documents for item in tenant.store.find(f"{kind}Item", **{f"{kind}Id": row["id"]})]
