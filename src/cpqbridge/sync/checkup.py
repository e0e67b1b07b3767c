"""Use case: check both connections, permissions, custom fields and tenant features before the first sync.

Nothing is written. Each finding says what is missing and exactly what mends it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.settings.settings import Settings
from cpqbridge.sync import wishes
from cpqbridge.sync.connect import Clients, open_clients, open_history


class Grade(StrEnum):
    """How a finding weighs."""

    OK = "ok"
    OPTIONAL = "optional"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        check: What was checked.
        grade: `ok`; `optional` for what only some customers need; `problem` for what stops a sync.
        message: What was found.
        code: Error code, for a problem.
        field: Field or setting concerned.
        remedy: What mends it.
    """

    check: str
    grade: Grade
    message: str
    code: str | None = None
    field: str | None = None
    remedy: str | None = None


NEEDED: dict[str, tuple[str, ...]] = {
    "Order": (
        "OrderNumber",
        "AccountId",
        "EffectiveDate",
        "Status",
        "BillToContactId",
        "ShipToContactId",
        "SBQQ__Contracted__c",
        "SBQQ__Quote__c",
    ),
    "OrderItem": (
        "OrderItemNumber",
        "Quantity",
        "UnitPrice",
        "Product2Id",
        "SBQQ__RevisedOrderProduct__c",
        "SBQQ__SegmentKey__c",
        "SBQQ__Subscription__c",
    ),
    "Account": ("Name", "BillingCountry", "BillingState", "ParentId", "OwnerId"),
    "Contact": ("LastName", "AccountId", "Email"),
    "Product2": (
        "Name",
        "ProductCode",
        "SBQQ__SubscriptionPricing__c",
        "SBQQ__ChargeType__c",
        "SBQQ__PricingMethod__c",
        "SBQQ__BillingFrequency__c",
        "SBQQ__Taxable__c",
    ),
    "PricebookEntry": ("UnitPrice", "IsActive"),
    "Contract": ("StartDate",),
    "SBQQ__Subscription__c": (
        "Name",
        "SBQQ__StartDate__c",
        "SBQQ__EndDate__c",
        "SBQQ__NetPrice__c",
        "SBQQ__PricingMethod__c",
        "SBQQ__SubscriptionType__c",
        "SBQQ__RevisedSubscription__c",
    ),
    "SBQQ__Quote__c": ("Name", "SBQQ__Type__c"),
}
"""Fields without which no order can be carried over."""

NO_ID = "0" * 32
"""An id that nothing has."""

ZUORA_FIELDS = {
    "Contact": {"CrmId__c": "crmId__c, type Text", "CrmOrderId__c": "crmOrderId__c, type Text"},
    "Subscription": {"SFDC_Contract__c": "SFDC_Contract__c, type Text"},
}
"""Custom fields that must exist in Zuora: ZOQL name to what to create."""


async def check(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for everything that was checked."""
    try:
        async with open_clients(settings) as clients:
            async for finding in _salesforce(clients, settings):
                yield finding
            async for finding in _zuora(clients):
                yield finding
    except CpqBridgeError as error:
        yield _problem("configuration", error)
    yield await _guard("database", lambda: _database(settings))


async def _salesforce(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    signed_in = await _guard("Salesforce sign-in", lambda: _salesforce_user(clients))
    yield signed_in
    if signed_in.grade is not Grade.OK:
        return
    yield await _guard("Salesforce organization", lambda: _organization(clients))
    for name, fields in NEEDED.items():
        yield await _guard(f"Salesforce {name}", partial(_object, clients, name, fields))
    async for finding in _optional(clients, settings):
        yield finding


async def _salesforce_user(clients: Clients) -> str:
    user: dict[str, Any] = await clients.salesforce.userinfo()
    return f"signed in as {user.get('preferred_username') or user.get('user_id')}"


async def _organization(clients: Clients) -> str:
    rows = await clients.salesforce.query("SELECT Id FROM Organization")
    return f"organization {rows[0]['Id']} can be read"


async def _object(clients: Clients, name: str, fields: tuple[str, ...]) -> str:
    describe = await clients.salesforce.describe(name)
    missing = [field for field in fields if describe is None or describe.field(field) is None]
    if missing:
        field = f"{name}.{missing[0]}"
        remedy = f"Give the integration user read access to {', '.join(missing)} of {name}, or install Salesforce CPQ."
        raise FixConfiguration("CPQ-303", f"{name} lacks {', '.join(missing)}", field=field, remedy=remedy)
    return "all needed fields can be read"


async def _optional(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    """Yield the custom fields that only some customers have; a sync goes without them."""
    order, item, product = wishes.orders(settings.options, GUIDE), wishes.ITEM_NAME, wishes.products(settings.options, GUIDE)
    for name, paths in (
        ("Order", order.fields),
        (item, order.children["OrderItems"].fields),
        ("Product2", product.fields),
    ):
        describe = await clients.salesforce.describe(name)
        own = (path for path in paths if "." not in path and path.endswith("__c") and not path.startswith("SBQQ__"))
        for field in sorted(field for field in set(own) if describe and describe.field(field) is None):
            message = f"{name} has no {field}; what it would set keeps its default"
            yield Finding(f"Salesforce {name}.{field}", Grade.OPTIONAL, message, field=f"{name}.{field}")


async def _zuora(clients: Clients) -> AsyncIterator[Finding]:
    signed_in = await _guard("Zuora sign-in", lambda: _zuora_orders(clients))
    yield signed_in
    if signed_in.grade is not Grade.OK:
        return
    for name, fields in ZUORA_FIELDS.items():
        for column, wanted in fields.items():
            yield await _guard(
                f"Zuora {name}.{column}",
                partial(_field, clients, name, column, wanted),
            )
    yield await _guard("Zuora order line items", lambda: _line_items(clients))
    yield await _guard("Zuora Flexible Billing Attributes", lambda: _flexible_billing(clients))


async def _zuora_orders(clients: Clients) -> str:
    await clients.zuora.send("GET", "/v1/orders", params=[("pageSize", "1")])
    return "signed in; orders can be read"


async def _field(clients: Clients, name: str, column: str, wanted: str) -> str:
    try:
        await clients.zuora.zoql(f"select {column} from {name} where Id = '{NO_ID}'")  # noqa: S608 - names of our own
    except (FixData, FixConfiguration) as error:
        remedy = f"Create the custom field {wanted}, on {name} in Zuora (Platform, Fields)."
        message = f"{name} has no custom field {wanted}"
        raise FixConfiguration("CPQ-305", message, field=column, remedy=remedy) from error
    return "the custom field is there"


async def _line_items(clients: Clients) -> str:
    await clients.zuora.send("GET", "/object-query/order-line-items", params=[("pageSize", "1")])
    return "the feature is on"


async def _flexible_billing(clients: Clients) -> str:
    """Ask for a field of subscriptions that only a tenant with the feature has."""
    try:
        await clients.zuora.zoql(f"select PaymentTerm from Subscription where Id = '{NO_ID}'")  # noqa: S608 - a constant
    except (FixData, FixConfiguration, CallForHelp) as error:
        message = "Flexible Billing Attributes is off: no payment term or contact can be set on a subscription"
        remedy = "Ask Zuora to turn the feature on, or leave payment term, contacts and addresses of orders empty."
        raise FixConfiguration("CPQ-304", message, field="Subscription.PaymentTerm", remedy=remedy) from error
    return "the feature is on"


async def _database(settings: Settings) -> str:
    async with open_history(settings):
        return "the history can be written"


async def _guard(name: str, work: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name, Grade.OK, await work())
    except CpqBridgeError as error:
        return _problem(name, error)


def _problem(name: str, error: CpqBridgeError) -> Finding:
    return Finding(name, Grade.PROBLEM, error.message, error.code, error.field, error.remedy)
