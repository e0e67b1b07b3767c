"""What a bill run is asked for: the fields of the request, and whom it bills."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.envelopes import INVALID, MISSING, PERMISSION, Refusal, code
from cpqbridge.sandbox.zuora.fields import rule, text
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Resource of the bill run calls in error codes.
RESOURCE = 583500

#: The value that names all batches, and all bill cycle days.
ALL_BATCHES, ALL_DAYS = "AllBatches", "AllBillCycleDays"

_TYPES = ("OneTime", "Recurring", "Usage")

_FILTER = {
    "filterType": rule("str", required=True, enum=("Account", "Subscription", "InvoiceSchedule", "FilterCondition")),
    "accountId": text(),
    "subscriptionId": text(),
    "objectType": text(),
    "condition": rule("object"),
    "filterId": text(),
    "invoiceScheduleId": text(),
    "invoiceScheduleItemId": text(),
}

#: Body of ``POST /v1/bill-runs``.
CREATE = {
    "name": text(255),
    "batches": rule("list", item=text(), max_length=300),
    "billCycleDay": text(1000),
    "billRunFilters": rule("list", item=_FILTER),
    "billRunType": rule("str", enum=("Regular", "CatchUp")),
    "chargeTypeToExclude": rule("list", item=rule("str", enum=_TYPES), max_length=2),
    "autoEmail": rule("bool"),
    "autoPost": rule("bool"),
    "autoRenewal": rule("bool"),
    "noEmailForZeroAmountInvoice": rule("bool"),
    "invoiceDate": rule("date"),
    "invoiceDateMonthOffset": rule("int"),
    "invoiceDateDayOfMonth": rule("int", minimum=1, maximum=31),
    "targetDate": rule("date"),
    "targetDateMonthOffset": rule("int"),
    "targetDateDayOfMonth": rule("int", minimum=1, maximum=31),
    "organizationLabels": rule("list"),
    "includeSubscriptions": rule("bool"),
    "includeOrderLineItems": rule("bool"),
    "schedule": rule("object"),
}

#: Fields of features that this tenant does not have: schedules, catch-up runs, e-mails, renewal by a run, exclusions.
_OFF = (
    "schedule", "invoiceDateMonthOffset", "invoiceDateDayOfMonth", "targetDateMonthOffset", "targetDateDayOfMonth",
    "organizationLabels", "autoEmail", "autoPost", "autoRenewal", "chargeTypeToExclude",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a bill run bills.

    Attributes:
        accounts: Ids of the accounts; None when subscriptions are named.
        subscriptions: Numbers of the only subscriptions; None when whole accounts are billed.
    """

    accounts: list[str] | None
    subscriptions: list[str] | None


def scope(tenant: Tenant, body: Body) -> Scope:
    """Whom a checked request means.

    Raises:
        Refusal: It asks for what is off, for nobody, or for what does not exist.
    """
    for name in _OFF:
        if body.get(name):
            raise _refuse(PERMISSION, f"{name} needs a feature that is not enabled for this tenant.")
    if body.get("billRunType") == "CatchUp":
        raise _refuse(PERMISSION, "Catch-up bill runs are not enabled for this tenant.")
    if not body.get("targetDate"):
        raise _refuse(MISSING, "Missing required field: targetDate.")
    if body.get("includeSubscriptions") is False:
        raise _refuse(PERMISSION, "includeSubscriptions: runs of order line items alone are not enabled.")
    batches, filters = body.get("batches"), body.get("billRunFilters")
    if bool(batches) == bool(filters):
        raise _refuse(INVALID, "Exactly one of batches and billRunFilters must be given.")
    if filters and body.get("billCycleDay"):
        raise _refuse(INVALID, "billCycleDay is only allowed together with batches.")
    found = _filtered(tenant, filters) if filters else Scope(_accounts(tenant, batches or [], body), None)
    if body.get("includeOrderLineItems") is False and found.subscriptions is None:
        return Scope(found.accounts, _numbers(tenant, found.accounts or []))
    return found


def _accounts(tenant: Tenant, batches: list[str], body: Body) -> list[str]:
    for batch in batches:
        if batch != ALL_BATCHES and batch not in tenant.settings.batches:
            raise _refuse(INVALID, f"batches: '{batch}' is not a batch.")
    if ALL_BATCHES in batches and len(batches) > 1:
        raise _refuse(INVALID, f"batches: {ALL_BATCHES} cannot be combined with others.")
    day = body.get("billCycleDay") or ALL_DAYS
    if day != ALL_DAYS and not (re.fullmatch(r"\d{1,2}", day) and 1 <= int(day) <= 31):
        raise _refuse(INVALID, f"billCycleDay must be {ALL_DAYS} or between 1 and 31.")
    return [
        row["id"]
        for row in tenant.store.rows("account")
        if row["status"] == "Active"
        and (ALL_BATCHES in batches or row.get("batch") in batches)
        and (day == ALL_DAYS or row.get("billCycleDay") == int(day))
    ]


def _filtered(tenant: Tenant, filters: list[Body]) -> Scope:
    kinds = {entry["filterType"] for entry in filters}
    if kinds == {"Account"}:
        return Scope([_account(tenant, entry) for entry in filters], None)
    if kinds == {"Subscription"}:
        return Scope(None, [_subscription(tenant, entry) for entry in filters])
    if kinds == {"Account", "Subscription"}:
        raise _refuse(INVALID, "billRunFilters must all have the same filterType.")
    raise _refuse(PERMISSION, "billRunFilters: only accounts and subscriptions are enabled for this tenant.")


def _account(tenant: Tenant, entry: Body) -> str:
    key = entry.get("accountId")
    if not key:
        raise _refuse(MISSING, "Missing required field: billRunFilters.accountId.")
    account = tenant.store.get("account", key)
    if account is None or account["status"] != "Active":
        raise _refuse(INVALID, f"billRunFilters.accountId: there is no active account '{key}'.")
    return str(account["id"])


def _subscription(tenant: Tenant, entry: Body) -> str:
    key = entry.get("subscriptionId")
    if not key:
        raise _refuse(MISSING, "Missing required field: billRunFilters.subscriptionId.")
    row = tenant.store.get("subscription", key)
    if row is None:
        raise _refuse(INVALID, f"billRunFilters.subscriptionId: there is no subscription '{key}'.")
    return str(row["name"])


def _numbers(tenant: Tenant, accounts: list[str]) -> list[str]:
    rows = (row for key in accounts for row in tenant.store.find("subscription", invoiceOwnerId=key))
    return sorted({row["name"] for row in rows if row["isLatestVersion"]})


def _refuse(category: int, message: str) -> Refusal:
    return Refusal(code(RESOURCE, category), message)
