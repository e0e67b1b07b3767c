"""Stable names for the ids and numbers of both systems, so that requests and subscriptions can be read.

`<order 2>` is the number of the second order, `<order item 3>` the id of the third order product, `<subscription 1>`
the number of the first CPQ subscription, `<account Acme>` the number of the account in Zuora, `<rate plan of
subscription 1>` the number of that rate plan; `<other ...>` where there are several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.zuora.tenant import Tenant

Row = dict[str, Any]
Names = Mapping[str, str]

_PART = re.compile(r"(?P<number>\d{8})(?P<rest>-[\w-]+)")
"""The number of a further order that an order made in Zuora."""

_ID = re.compile(r"\b[0-9A-Za-z]{18}\b")
"""A Salesforce id as a part of a token."""

_NUMBERED = (
    # object, field that orders its records, name of the id, name of that field
    ("Order", "OrderNumber", "order {} id", "order {}"),
    ("OrderItem", "OrderItemNumber", "order item {}", "number of order item {}"),
    ("SBQQ__Subscription__c", "Name", "subscription {} id", "subscription {}"),
    ("Contract", "ContractNumber", "contract {}", None),
    ("SBQQ__Quote__c", "Name", "quote {} id", "quote {}"),
    ("SBQQ__OrderItemConsumptionSchedule__c", "Name", "schedule {}", None),
)
_NAMED = (
    ("Account", "crm id of {}"),
    ("Contact", "crm id of {}"),
    ("Product2", "product {}"),
)


def names_of(org: Org, tenant: Tenant) -> dict[str, str]:
    """Return the stable name of every id and number of the two systems."""
    return {value: f"<{name}>" for value, name in (*_salesforce(org), *_zuora(org, tenant)) if value}


def named(value: Any, names: Names) -> Any:
    """Return a JSON value with ids and numbers replaced by their names."""
    if isinstance(value, dict):
        return {key: named(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [named(part, names) for part in value]
    if not isinstance(value, str):
        return value
    further = _PART.fullmatch(value)
    if further and further["number"] in names:
        return names[further["number"]][:-1] + further["rest"] + ">"
    if value in names:
        return names[value]
    return _ID.sub(lambda found: names.get(found[0], found[0]), value)


def records(org: Org, sobject: str, order_by: str = "Id") -> list[Row]:
    """Return all records of an object, deleted ones too."""
    found = [row for deleted in (False, True) for row in org.store.find(sobject, "IsDeleted", deleted)]
    return sorted(found, key=lambda row: str(row[order_by]))


def _salesforce(org: Org) -> Iterator[tuple[str, str]]:
    for sobject, field, of_id, of_number in _NUMBERED:
        for position, row in enumerate(records(org, sobject, field), 1):
            yield row["Id"], of_id.format(position)
            if of_number:
                yield row[field], of_number.format(position)
    for sobject, of_id in _NAMED:
        for row in records(org, sobject):
            yield row["Id"], of_id.format(row["Name"])
    for row in records(org, "ProductConsumptionSchedule"):
        schedule = org.store.get("ConsumptionSchedule", row["ConsumptionScheduleId"]) or {}
        product = org.store.get("Product2", row["ProductId"]) or {}
        yield row["Id"], f"schedule {schedule.get('Name')} of product {product.get('Name')}"


def _zuora(org: Org, tenant: Tenant) -> Iterator[tuple[str, str]]:
    store = tenant.store
    for row in store.rows("account"):
        yield row["accountNumber"], f"account {row['name']}"
    for row in store.rows("contact"):
        yield row["id"], f"contact {row['lastName']}"
    for row in store.rows("productRatePlan"):
        yield row["id"], f"rate plan of product {row['name']}"
    for row in store.rows("productRatePlanCharge"):
        yield row["id"], f"charge of product {row['name']}"
    for row in store.rows("orderLineItem"):
        yield row["id"], f"line item {row['itemName']}"
    yield from _subscribed(org, tenant)


def _subscribed(org: Org, tenant: Tenant) -> Iterator[tuple[str, str]]:
    """Yield the names of what the rate plans and charges of subscriptions got from Zuora."""
    known = dict(_salesforce(org))
    versions = {row["id"]: known.get(row["name"], row["name"]) for row in tenant.store.rows("subscription")}
    seen: dict[tuple[str, str], str] = {}
    for kind, parent in (("ratePlan", "subscriptionId"), ("ratePlanCharge", "ratePlanId")):
        number = "subscriptionRatePlanNumber" if kind == "ratePlan" else "chargeNumber"
        word = "rate plan" if kind == "ratePlan" else "charge"
        owners = dict(versions)
        for row in tenant.store.rows(kind):
            owner = owners.get(row[parent], "")
            versions[row["id"]] = owner
            if kind == "ratePlan":
                yield row["id"], f"id of a rate plan of {owner}"
            if row[number] in known or (kind, row[number]) in seen:
                continue
            others = sum(1 for one, name in seen.items() if one[0] == kind and name.endswith(f"of {owner}"))
            seen[kind, row[number]] = f"{word}{f' {others + 1}' if others else ''} of {owner}"
    yield from ((number, name) for (_, number), name in seen.items())
