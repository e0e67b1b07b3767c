"""Accounts: ``/v1/accounts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora import account_data, contact_data
from cpqbridge.sandbox.zuora.account_data import CONTACT_ROLES, RESOURCE
from cpqbridge.sandbox.zuora.account_rules import account_faults, parent_of, refuse_unavailable
from cpqbridge.sandbox.zuora.billing.api_summary import summary_invoices, summary_usage
from cpqbridge.sandbox.zuora.envelopes import INVALID, MISSING, RULE, Refusal, Refusals, code, not_found
from cpqbridge.sandbox.zuora.fields import check
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.organizations import labelled
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row, new_id
from cpqbridge.sandbox.zuora.tenant import Tenant


def routes(tenant: Tenant) -> list[Route]:
    """The account calls of a tenant."""

    async def create(request: Request) -> Response:
        account = create_account(tenant, await read_body(request))
        return ok(
            accountId=account["id"],
            accountNumber=account["accountNumber"],
            billToContactId=account["billToId"],
            soldToContactId=account["soldToId"],
            shipToContactId=account["shipToId"],
        )

    async def read(request: Request) -> Response:
        account = _account(tenant, request)
        return ok(
            basicInfo=account_data.basic_info(account, tenant),
            billingAndPayment=account_data.billing_and_payment(account),
            metrics=account_data.metrics(account),
            taxInfo=account_data.tax_info(account),
            **_contacts(tenant, account),
        )

    async def summary(request: Request) -> Response:
        account = _account(tenant, request)
        return ok(
            basicInfo=account_data.summary_info(account, tenant),
            taxInfo=account_data.tax_info(account),
            subscriptions=_subscriptions(tenant, account),
            invoices=summary_invoices(tenant.store, account),
            payments=[],
            usage=summary_usage(tenant.store, account),
            **_contacts(tenant, account),
        )

    async def update(request: Request) -> Response:
        account = _account(tenant, request)
        update_account(tenant, account, await read_body(request))
        return ok()

    async def delete(request: Request) -> Response:
        account = _account(tenant, request)
        if tenant.store.find("order", accountId=account["id"]):
            message = f"The account '{account['accountNumber']}' has orders and cannot be deleted."
            raise Refusal(code(RESOURCE, RULE), message)
        tenant.store.update("account", account["id"], {"status": "Canceled"})
        return ok(id=account["id"], jobId=new_id(), jobStatus="Pending")

    return [
        Route("/v1/accounts", create, methods=["POST"]),
        Route("/v1/accounts/{key}", read, methods=["GET"]),
        Route("/v1/accounts/{key}", update, methods=["PUT"]),
        Route("/v1/accounts/{key}", delete, methods=["DELETE"]),
        Route("/v1/accounts/{key}/summary", summary, methods=["GET"]),
    ]


def create_account(tenant: Tenant, body: Mapping[str, Any]) -> Row:
    """Make an account with its contacts from the body of ``POST /v1/accounts``.

    Raises:
        Refusals: The body has faults; nothing is made.
        Refusal: It asks for what this tenant has not.
    """
    body, owner = labelled(tenant.settings, body)
    check(body, account_data.CREATE, resource=RESOURCE, custom="account", customs=tenant.custom_rules())
    refuse_unavailable(body)
    contacts = {role: contact_data.row_values(body[role], RESOURCE, role) for role in CONTACT_ROLES if body.get(role)}
    faults = [*account_faults(tenant, body), *_missing_faults(body)]
    if faults:
        raise Refusals(faults)
    values = {
        **account_data.DEFAULTS,
        "paymentTerm": tenant.settings.default_payment_term,
        **{name: value for name, value in account_data.row_values(body).items() if value is not None},
        "parentId": parent_of(tenant, body),
        **owner,
    }
    with tenant.store.transaction():
        values.setdefault("accountNumber", tenant.number("account"))
        account = tenant.store.insert("account", values)
        ids = {role: _insert_contact(tenant, account, contact) for role, contact in contacts.items()}
        bill_to = ids["billToContact"]
        return tenant.store.update(
            "account",
            account["id"],
            {row_name: ids.get(role, bill_to) for role, row_name in CONTACT_ROLES.items()},
        )


def update_account(tenant: Tenant, account: Row, body: Mapping[str, Any]) -> None:
    """Change the fields that a body names; an empty value empties its field.

    Raises:
        Refusals: The body has faults; nothing is changed.
        Refusal: It asks for what this tenant has not.
    """
    check(body, account_data.UPDATE, resource=RESOURCE, custom="account", customs=tenant.custom_rules(), blank=True)
    refuse_unavailable(body)
    values = account_data.row_values(body)
    if "name" in body and not body["name"]:
        raise Refusal(code(RESOURCE, MISSING), "Missing required field: name.")
    faults = list(account_faults(tenant, body, account))
    if faults:
        raise Refusals(faults)
    if "paymentTerm" in values and values["paymentTerm"] is None:
        values["paymentTerm"] = tenant.settings.default_payment_term
    with tenant.store.transaction():
        values.update(_chosen_contacts(tenant, account, body))
        changed = tenant.store.update("account", account["id"], values)
        _change_contacts(tenant, changed, body)


def _missing_faults(body: Mapping[str, Any]) -> list[Refusal]:
    faults = []
    if body.get("billCycleDay") is None:
        message = "Missing required field: billCycleDay (no subscription is created)."
        faults.append(Refusal(code(RESOURCE, MISSING), message))
    for role in ("soldTo", "shipTo"):
        if body.get(f"{role}SameAsBillTo") and body.get(f"{role}Contact"):
            message = f"'{role}Contact' cannot be given when '{role}SameAsBillTo' is true."
            faults.append(Refusal(code(RESOURCE, INVALID), message))
    return faults


def _insert_contact(tenant: Tenant, account: Row, values: Row) -> str:
    contact_id: str = tenant.store.insert("contact", {**values, "accountId": account["id"]})["id"]
    return contact_id


def _chosen_contacts(tenant: Tenant, account: Row, body: Mapping[str, Any]) -> Row:
    chosen: Row = {}
    for role, row_name in CONTACT_ROLES.items():
        contact_id = body.get(f"{role}Id")
        if not contact_id:
            continue
        contact = tenant.store.get("contact", contact_id)
        if contact is None or contact["accountId"] != account["id"]:
            message = f"'{role}Id' is not the id of a contact of this account: {contact_id}."
            raise Refusal(code(RESOURCE, INVALID), message)
        chosen[row_name] = contact_id
    return chosen


def _change_contacts(tenant: Tenant, account: Row, body: Mapping[str, Any]) -> None:
    for role, row_name in CONTACT_ROLES.items():
        contact = tenant.store.get("contact", account[row_name]) if body.get(role) else None
        if contact is None:
            continue
        values = contact_data.row_values(body[role], RESOURCE, role, before=contact)
        if role != "billToContact" and contact["id"] == account["billToId"]:
            # The role only borrowed the bill-to contact: it gets one of its own instead of changing that one.
            audit = {"id", "createdDate", "updatedDate", "createdById", "updatedById"}
            copied = {name: value for name, value in contact.items() if name not in audit}
            contact_id = _insert_contact(tenant, account, {**copied, **values})
            tenant.store.update("account", account["id"], {row_name: contact_id})
        else:
            tenant.store.update("contact", contact["id"], values)


def _contacts(tenant: Tenant, account: Row) -> dict[str, Any]:
    found = {role: tenant.store.get("contact", account[name]) for role, name in CONTACT_ROLES.items()}
    return {role: contact_data.view(contact, tenant) if contact else None for role, contact in found.items()}


def _subscriptions(tenant: Tenant, account: Row) -> list[dict[str, Any]]:
    latest = tenant.store.find("subscription", accountId=account["id"], isLatestVersion=True)
    return [
        {
            "id": row["id"],
            "subscriptionNumber": row["name"],
            "status": row.get("status"),
            "termType": row.get("termType"),
            "autoRenew": row.get("autoRenew"),
            "initialTerm": _term(row.get("initialTerm"), row.get("initialTermPeriodType")),
            "renewalTerm": _term(row.get("renewalTerm"), row.get("renewalTermPeriodType")),
            "subscriptionStartDate": row.get("subscriptionStartDate"),
            "termStartDate": row.get("termStartDate"),
            "termEndDate": row.get("termEndDate"),
            "ratePlans": [_rate_plan(tenant, plan) for plan in tenant.store.find("ratePlan", subscriptionId=row["id"])],
        }
        for row in latest
    ]


def _rate_plan(tenant: Tenant, plan: Row) -> dict[str, Any]:
    product = tenant.store.get("product", plan.get("productId") or "") or {}
    return {
        "productId": plan.get("productId"),
        "productName": product.get("name"),
        "productSku": product.get("sKU"),
        "productRatePlanId": plan.get("productRatePlanId"),
        "ratePlanName": plan.get("name"),
    }


def _term(length: int | None, unit: str | None) -> str | None:
    return None if length is None else f"{length} {unit or 'Month'}s"


def _account(tenant: Tenant, request: Request) -> Row:
    key = request.path_params["key"]
    account = find_account(tenant, key)
    if account is None:
        raise not_found(key)
    return account
