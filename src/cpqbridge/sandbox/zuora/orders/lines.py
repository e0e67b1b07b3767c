"""Order line items of a new order: rules, defaults and amounts."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.orders.line_amounts import priced
from cpqbridge.sandbox.zuora.orders.parties import active_account, contact_of, payment_term
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off, unknown
from cpqbridge.sandbox.zuora.orders.returns import return_fields, settle
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Request field -> row field, copied as given.
COPIED = {
    name: name
    for name in (
        "accountingCode", "billingRule", "description", "excludeItemBillingFromRevenueAccounting",
        "excludeItemBookingFromRevenueAccounting", "invoiceGroupNumber", "isAllocationEligible", "isUnbilled",
        "itemName", "itemState", "itemType", "productCode", "purchaseOrderNumber", "relatedSubscriptionNumber",
        "revenueRecognitionRule", "revenueRecognitionTiming", "revenueAmortizationMethod", "taxCode", "taxMode",
    )
} | {"UOM": "uOM"}  # fmt: skip

_PREPAID = (
    "prepaidQuantity", "prepaidUom", "drawdownPriority", "prepaymentUnitType", "drawdownScope",
    "fundSupportAccountHierarchy", "validityPeriodType", "specificValidityPeriodLength", "numberOfValidityPeriods",
    "billingSchedule",
)  # fmt: skip
_TEMPLATES = ("invoiceTemplateId", "sequenceSetId", "communicationProfileId")


def add_line_items(run: OrderRun, items: list[Body]) -> list[Row]:
    """Make the order's line items.

    Raises:
        Refusal: The feature is off, or an item breaks a rule.
    """
    if not items:
        return []
    if not run.tenant.settings.order_line_items:
        raise off("Order Line Items is not enabled for this tenant.")
    numbers = [item.get("itemNumber") for item in items]
    if any(numbers) and not all(numbers):
        raise invalid("itemNumber must be set on all order line items of an order or on none.")
    if any(numbers) and len(set(numbers)) < len(numbers):
        raise invalid("itemNumber must be unique in an order.")
    return [_add(run, item, item.get("itemNumber") or str(position)) for position, item in enumerate(items, 1)]


def check_values(tenant: Tenant, item: Body) -> None:
    """Check what an item names: unit, codes, payment term, templates.

    Raises:
        Refusal: The tenant does not have it.
    """
    settings = tenant.settings
    for name in _PREPAID:
        if item.get(name) is not None:
            raise off(f"orderLineItems.{name} needs a feature that is not enabled for this tenant.")
    for name in _TEMPLATES:
        if item.get(name):
            raise unknown(f"orderLineItems.{name}: there is no '{item[name]}'.")
    payment_term(tenant, item.get("paymentTerm"), "orderLineItems.paymentTerm")
    if item.get("UOM") and item["UOM"] not in settings.units_of_measure:
        raise invalid(f"orderLineItems.UOM: the unit of measure '{item['UOM']}' does not exist.")
    if item.get("taxCode") and item["taxCode"] not in settings.tax_codes:
        raise invalid(f"orderLineItems.taxCode: the tax code '{item['taxCode']}' does not exist or is not active.")
    for name, value in item.items():
        if value and name.lower().endswith("accountingcode") and value not in settings.accounting_codes:
            raise invalid(f"orderLineItems.{name}: the accounting code '{value}' does not exist or is not active.")


def check_dates(row: Row) -> None:
    """Refuse an item that ends before it starts.

    Raises:
        Refusal: It does.
    """
    if row["transactionEndDate"] < row["transactionStartDate"]:
        raise broken("orderLineItems: transactionEndDate must not be earlier than transactionStartDate.")


def _add(run: OrderRun, item: Body, number: str) -> Row:
    check_values(run.tenant, item)
    run.claim_token(item.get("uniqueToken"))
    charge = _charge(run, item)
    start = item.get("transactionStartDate") or run.order["orderDate"]
    category = item.get("itemCategory") or ("Return" if run.order["category"] == "Return" else "Sales")
    rule = item.get("billingRule") or "TriggerWithoutFulfillment"
    row: Row = {
        "orderId": run.order["id"],
        "orderNumber": run.order["orderNumber"],
        "itemNumber": number,
        "itemType": "Product",
        "itemState": "Executing",
        "itemCategory": category,
        "billingRule": rule,
        "requiresFulfillment": rule == "TriggerAsFulfillmentOccurs",
        "transactionStartDate": start,
        "transactionDate": start,
        "transactionEndDate": item.get("transactionEndDate") or start,
        "billTargetDate": item.get("billTargetDate") or start,
        "originalOrderDate": run.order["orderDate"],
        "amendedByOrderOn": run.order["orderDate"],
        **_from_charge(charge),
        **{row_name: item[name] for name, row_name in COPIED.items() if item.get(name) is not None},
        **_parties(run, item),
    }
    if not row.get("itemName"):
        raise missing("orderLineItems.itemName is required without productRatePlanChargeId.")
    check_dates(row)
    _check_subscription(run, row.get("relatedSubscriptionNumber"))
    row |= priced(run, item, charge, row["currency"])
    row |= return_fields(run, item, row) if category == "Return" else {}
    made = run.store.insert("orderLineItem", {**row, **(item.get("customFields") or {})})
    settle(run.store, made)
    return made


def _charge(run: OrderRun, item: Body) -> Row | None:
    charge_id = item.get("productRatePlanChargeId")
    if not charge_id:
        return None
    charge = run.store.get("productRatePlanCharge", charge_id)
    if charge is None:
        raise unknown(f"orderLineItems.productRatePlanChargeId: there is no charge '{charge_id}'.")
    model = stored("chargeModel", charge["chargeModel"])
    if charge["chargeType"] != "OneTime" or model not in {"FlatFee", "PerUnit"}:
        raise broken(
            f"orderLineItems: only one-time flat-fee or per-unit charges are supported, not '{charge['name']}'."
        )
    return charge


def _from_charge(charge: Row | None) -> Row:
    if charge is None:
        return {}
    fields = {"itemName": "name", "uOM": "uOM", "accountingCode": "accountingCode", "taxCode": "taxCode"}
    inherited = {name: charge.get(source) for name, source in fields.items() if charge.get(source)}
    return {**inherited, "taxMode": charge.get("taxMode"), "productRatePlanChargeId": charge["id"]}


def _parties(run: OrderRun, item: Body) -> Row:
    tenant, account = run.tenant, run.account
    number = item.get("ownerAccountNumber")
    owner = active_account(tenant, number, "orderLineItems.ownerAccountNumber") if number else account
    currency = item.get("currency") or run.currency or account["currency"]
    if currency not in tenant.settings.currencies:
        raise invalid(f"orderLineItems.currency: the currency '{currency}' is not active in this tenant.")
    if currency != account["currency"] and not tenant.settings.multicurrency:
        raise off(f"Order line items in {currency} for an account in {account['currency']} need Multiple Currencies.")
    run.claim_currency(currency)
    return {
        "ownerAccountId": owner["id"],
        "invoiceOwnerAccountId": account["id"],
        "billToId": contact_of(tenant, item.get("billTo"), account, "orderLineItems.billTo"),
        "soldTo": contact_of(tenant, item.get("soldTo"), owner, "orderLineItems.soldTo"),
        "shipToId": contact_of(tenant, item.get("shipTo"), owner, "orderLineItems.shipTo"),
        "paymentTerm": item.get("paymentTerm"),
        "currency": currency,
    }


def _check_subscription(run: OrderRun, number: str | None) -> None:
    if number and number not in run.subscriptions and not run.store.find("subscription", name=number):
        raise unknown(f"orderLineItems.relatedSubscriptionNumber: there is no subscription '{number}'.")
