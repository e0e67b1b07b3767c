"""Usage records: what a request may hold, and which account, subscription and charge it means."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.catalog.entry import Body, Entry, invalid, missing
from cpqbridge.sandbox.zuora.fields import rule, text
from cpqbridge.sandbox.zuora.object_query.values import moment
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Resource of the usage calls in error codes.
RESOURCE = 586600

#: Rating states of a record.
PENDING, PROCESSED = "Pending", "Processed"


def prepare(tenant: Tenant, body: Body) -> Body:
    """Check a whole record in CRUD names, and give it with everything that it names.

    Raises:
        ObjectError: A record that it names does not exist or does not fit, or a value is not good.
    """
    if body.get("RbeStatus") == PROCESSED:
        raise invalid("A usage record that is processed cannot be changed.")
    account = _account(tenant, body)
    subscription = _subscription(tenant, body, account)
    charge = _charge(tenant, body, account, subscription)
    _check_values(tenant, body, charge)
    return {
        **body,
        "AccountId": account["id"],
        "AccountNumber": account["accountNumber"],
        "SubscriptionId": subscription.get("originalId") or subscription.get("id"),
        "SubscriptionNumber": subscription.get("name"),
        "ChargeId": charge.get("originalId"),
        "ChargeNumber": charge.get("chargeNumber"),
    }


def complete(tenant: Tenant, usage_id: str, _body: Body) -> None:
    """Add to a stored record what no request sets."""
    row = tenant.store.get("usage", usage_id) or {}
    charge = tenant.store.get("ratePlanCharge", row.get("chargeId") or "") or {}
    tenant.store.update(
        "usage",
        usage_id,
        {
            "ratePlanChargeId": row.get("chargeId"),
            "productRatePlanChargeId": charge.get("productRatePlanChargeId"),
            "rbeStatus": row.get("rbeStatus") or PENDING,
            "sourceType": "API",
            "submissionDateTime": row.get("submissionDateTime") or row.get("createdDate"),
        },
    )


def check_removal(tenant: Tenant, usage_id: str) -> None:
    """Refuse to delete a record that was billed.

    Raises:
        ObjectError: It is processed.
    """
    row = tenant.store.get("usage", usage_id) or {}
    if row.get("rbeStatus") == PROCESSED:
        raise invalid("A usage record that is processed cannot be deleted.")


def _account(tenant: Tenant, body: Body) -> Row:
    account_id, number = body.get("AccountId"), body.get("AccountNumber")
    if not account_id and not number:
        raise missing("AccountId", "or AccountNumber")
    account = tenant.store.get("account", account_id) if account_id else find_account(tenant, str(number))
    if account is None:
        raise invalid(f"The account '{account_id or number}' does not exist.")
    if number and number != account["accountNumber"]:
        raise invalid("AccountId and AccountNumber name different accounts.")
    if account.get("status") != "Active":
        raise invalid(f"The account '{account['accountNumber']}' is not active.")
    return account


def _subscription(tenant: Tenant, body: Body, account: Row) -> Row:
    """The latest version of the subscription that is named; empty when none is."""
    store = tenant.store
    sub_id, number = body.get("SubscriptionId"), body.get("SubscriptionNumber")
    if not sub_id and not number:
        return {}
    name = (store.get("subscription", sub_id) or {}).get("name") if sub_id else number
    latest = store.find("subscription", name=name, isLatestVersion=True) if name else []
    if not latest:
        raise invalid(f"The subscription '{sub_id or number}' does not exist.")
    if number and number != name:
        raise invalid("SubscriptionId and SubscriptionNumber name different subscriptions.")
    if latest[0]["accountId"] != account["id"]:
        raise invalid(f"The subscription '{name}' does not belong to the account '{account['accountNumber']}'.")
    return latest[0]


def _charge(tenant: Tenant, body: Body, account: Row, subscription: Row) -> Row:
    """A segment of the charge that is named; empty when none is."""
    store = tenant.store
    charge_id, number = body.get("ChargeId"), body.get("ChargeNumber")
    if not charge_id and not number:
        return {}
    named = [store.get("ratePlanCharge", charge_id)] if charge_id else store.find("ratePlanCharge", chargeNumber=number)
    charge = named[0] if named else None
    if charge is None:
        raise invalid(f"The charge '{charge_id or number}' does not exist.")
    if number and number != charge["chargeNumber"]:
        raise invalid("ChargeId and ChargeNumber name different charges.")
    if charge["chargeType"] != "Usage":
        raise invalid(f"The charge '{charge['chargeNumber']}' is no usage charge.")
    version = store.get("subscription", charge["subscriptionId"]) or {}
    if subscription and version.get("name") != subscription["name"]:
        raise invalid(f"The charge '{charge['chargeNumber']}' does not belong to '{subscription['name']}'.")
    if version.get("accountId") != account["id"]:
        raise invalid(f"The charge '{charge['chargeNumber']}' does not belong to '{account['accountNumber']}'.")
    return charge


def _check_values(tenant: Tenant, body: Body, charge: Row) -> None:
    unit = body["UOM"]
    if unit not in tenant.settings.units_of_measure:
        raise invalid(f"The unit of measure '{unit}' does not exist.")
    if charge and charge.get("uOM") != unit:
        raise invalid(f"The unit of measure '{unit}' is not that of the charge '{charge['chargeNumber']}'.")
    if body["Quantity"] < 0:
        raise invalid("Quantity must be equal to or greater than 0.")
    if body.get("EndDateTime") and moment(body["EndDateTime"]) < moment(body["StartDateTime"]):
        raise invalid("EndDateTime must not be before StartDateTime.")


def view(tenant: Tenant, row: Row) -> dict[str, Any]:
    """A record in the list of an account's usage."""
    account = tenant.store.get("account", row["accountId"]) or {}
    charge = tenant.store.get("productRatePlanCharge", row.get("productRatePlanChargeId") or "") or {}
    return {
        "id": row["id"],
        "accountId": row["accountId"],
        "accountName": account.get("name"),
        "accountNumber": row["accountNumber"],
        "productRatePlanChargeNumber": charge.get("productRatePlanChargeNumber"),
        "subscriptionNumber": row.get("subscriptionNumber"),
        "chargeNumber": row.get("chargeNumber"),
        "startDateTime": row["startDateTime"],
        "unitOfMeasure": row["uOM"],
        "quantity": row["quantity"],
        "sourceName": row["sourceType"],
        "status": row["rbeStatus"],
        "submissionDateTime": row["submissionDateTime"],
    }


_OWNERS = frozenset({"AccountId", "AccountNumber", "SubscriptionId", "SubscriptionNumber", "ChargeId", "ChargeNumber"})

#: Usage records as the CRUD calls see them.
USAGE = Entry(
    kind="usage",
    path="usage",
    resource=RESOURCE,
    table={
        "AccountId": text(32),
        "AccountNumber": text(50),
        "SubscriptionId": text(32),
        "SubscriptionNumber": text(100),
        "ChargeId": text(32),
        "ChargeNumber": text(50),
        "StartDateTime": rule("datetime", required=True),
        "EndDateTime": rule("datetime"),
        "UOM": text(50, required=True),
        "Quantity": rule("number", required=True),
        "Description": text(200),
    },
    prepare=prepare,
    users=lambda _tenant, _usage_id: None,
    remove=check_removal,
    save=complete,
    locked=_OWNERS,
    hidden=frozenset({"RatePlanChargeId", "ProductRatePlanChargeId", "_ratedBy"}),
)
