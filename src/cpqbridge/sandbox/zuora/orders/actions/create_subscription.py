"""CreateSubscription: version 1 of a subscription with its rate plans and charges."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders import numbers
from cpqbridge.sandbox.zuora.orders.parties import active_account, contact_of, payment_term
from cpqbridge.sandbox.zuora.orders.rate_plans import add_rate_plan
from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing, off, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.terms import subscription_terms
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates, trigger_dates
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

#: Fields that need Flexible Billing Attributes.
FLEXIBLE = (
    "billToContactId", "billToContact", "soldToContactId", "soldToContact", "paymentTerm", "invoiceTemplateId",
    "sequenceSetId", "invoiceGroupNumber", "communicationProfileId",
)  # fmt: skip

#: Fields that name records or features this tenant does not hold.
_REFUSED = {
    "newSubscriptionOwnerAccount": "creating an owner account inside CreateSubscription",
    "billToContact": "creating a bill-to contact inside CreateSubscription",
    "soldToContact": "creating a sold-to contact inside CreateSubscription",
    "shipToContact": "creating a ship-to contact inside CreateSubscription",
}
_TEMPLATES = ("invoiceTemplateId", "sequenceSetId", "communicationProfileId")


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Create the subscription.

    Raises:
        Refusal: Anything in the request that the tenant does not permit.
    """
    body = action["createSubscription"]
    if entry.get("subscriptionNumber"):
        raise invalid("subscriptionNumber must be empty for CreateSubscription; set it inside createSubscription.")
    _check_features(run, body)
    run.claim_token(body.get("uniqueToken"))
    dates = trigger_dates(action.get("triggerDates"), run.order_date, run.tenant.settings)
    subscription = _subscription(run, entry, body, dates)
    for override in _plan_overrides(body):
        add_rate_plan(run, subscription, override, dates)
    run.pending = run.pending or dates.status != "Active"
    run.subscriptions[subscription["name"]] = subscription["id"]
    run.current, run.entered = subscription["name"], True
    return {"subscriptionId": subscription["id"], "subscriptionNumber": subscription["name"], **dates.fields}


def _check_features(run: OrderRun, body: Body) -> None:
    if not run.tenant.settings.flexible_billing_attributes:
        for name in FLEXIBLE:
            if body.get(name) is not None:
                raise off(f"createSubscription.{name} needs Flexible Billing Attributes, which is not enabled.")
    for name, what in _REFUSED.items():
        if body.get(name) is not None:
            raise off(f"createSubscription.{name}: {what} is not enabled for this tenant.")
    for name in _TEMPLATES:
        if body.get(name):
            raise unknown(f"createSubscription.{name}: there is no '{body[name]}'.")


def _subscription(run: OrderRun, entry: Body, body: Body, dates: TriggerDates) -> Row:
    if not body.get("terms"):
        raise missing("createSubscription.terms is required.")
    invoice_owner, owner = _owners(run, body)
    tenant = run.tenant
    start = dates.contract_effective
    row: Row = {
        "name": numbers.number(run, numbers.SUBSCRIPTION, body.get("subscriptionNumber")),
        "version": 1,
        "isLatestVersion": True,
        "isSingleVersioned": tenant.settings.order_revert,
        "revision": "1.0",
        "status": dates.status,
        "orderId": run.order["id"],
        "accountId": owner["id"],
        "creatorAccountId": owner["id"],
        "invoiceOwnerId": invoice_owner["id"],
        "creatorInvoiceOwnerId": invoice_owner["id"],
        "currency": _currency(run, body.get("currency"), invoice_owner),
        "billToContactId": contact_of(tenant, body.get("billToContactId"), invoice_owner, "billToContactId"),
        "soldToContactId": contact_of(tenant, body.get("soldToContactId"), owner, "soldToContactId"),
        "shipToContactId": contact_of(tenant, body.get("shipToContactId"), owner, "shipToContactId"),
        "paymentTerm": payment_term(tenant, body.get("paymentTerm")),
        "invoiceGroupNumber": body.get("invoiceGroupNumber") or None,
        "isInvoiceSeparate": bool(body.get("invoiceSeparately")),
        "notes": body.get("notes") or entry.get("notes"),
        "prepayment": False,
        "lastBookingDate": run.order["orderDate"],
        "_uniqueToken": body.get("uniqueToken"),
        **_subscription_dates(dates),
        **subscription_terms(body["terms"], start, auto_renew=tenant.settings.default_auto_renew),
        **(entry.get("quote") or {}),
        **(entry.get("customFields") or {}),
    }
    row = run.store.insert("subscription", row)
    return run.store.update(
        "subscription", row["id"], {"originalId": row["id"], "originalCreatedDate": row["createdDate"]}
    )


def _owners(run: OrderRun, body: Body) -> tuple[Row, Row]:
    names = ("invoiceOwnerAccountNumber", "subscriptionOwnerAccountNumber")
    found = [active_account(run.tenant, body[name], name) if body.get(name) else run.account for name in names]
    return found[0], found[1]


def _currency(run: OrderRun, wanted: str | None, account: Row) -> str:
    currency: str = wanted or account["currency"]
    if currency not in run.tenant.settings.currencies:
        raise invalid(f"The currency '{currency}' is not active in this tenant.")
    if currency != account["currency"] and not run.tenant.settings.multicurrency:
        raise off(f"Subscriptions in {currency} for an account in {account['currency']} need Multiple Currencies.")
    run.claim_currency(currency)
    return currency


def _subscription_dates(dates: TriggerDates) -> Row:
    row = dates.fields
    row["contractAcceptanceDate"] = row.pop("customerAcceptanceDate")
    return row


def _plan_overrides(body: Body) -> list[Body]:
    lists = [body[name] for name in ("subscribeToRatePlans", "subscribeToProducts") if body.get(name)]
    if len(lists) > 1:
        raise invalid("Either subscribeToRatePlans or subscribeToProducts may be used, not both.")
    if not lists:
        raise missing("createSubscription.subscribeToRatePlans must hold at least one rate plan.")
    overrides: list[Body] = lists[0]
    return overrides
