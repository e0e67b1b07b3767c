"""What Zuora holds already under each natural key, as far as the batch needs to know.

The state grows while a batch is applied: `learn` adds what an operation has made, so that the next plan of the same
batch finds it and does not make it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.planning.plan import Known, Operation

Row = Mapping[str, Any]
"""A row of Zuora with the field names of ZOQL (`Id`, `AccountNumber`, `CrmId__c`)."""


CONTRACT_EFFECTIVE = "ContractEffective"


@dataclass(frozen=True, slots=True)
class Charge:
    """The one charge of a product's rate plan.

    Attributes:
        id: Zuora id, or a reference to the operation that makes it.
        type: `OneTime`, `Recurring` or `Usage`.
        model: As ZOQL writes it: `Flat Fee Pricing`, `Per Unit Pricing`, …
        period: Billing period as ZOQL writes it: `Month`, `Semi-Annual`, …; None for one-time charges.
        trigger: The event that starts its billing, such as `ContractEffective`.
        unit: Unit of measure; None for flat fees.
        currencies: Currencies in which it has a price; empty where that is not known.
        attributes: What else decides its billing, by the names of the Orders API: `billCycleType`, `listPriceBase` …
    """

    id: Known
    type: str
    model: str
    period: str | None
    trigger: str | None = CONTRACT_EFFECTIVE
    unit: str | None = None
    currencies: frozenset[str] = frozenset()
    attributes: Row = field(default_factory=dict, compare=False, hash=False)


ATTRIBUTES = {
    name[0].upper() + name[1:]: name
    for name in (
        "billCycleType", "billCycleDay", "weeklyBillCycleDay", "billingPeriod", "billingPeriodAlignment",
        "specificBillingPeriod", "listPriceBase", "specificListPriceBase", "triggerEvent", "endDateCondition",
        "upToPeriods", "upToPeriodsType",
    )
}  # fmt: skip
"""Fields of a catalog charge that decide its billing: their names in ZOQL to those of the Orders API."""


def attributes_of(row: Row) -> dict[str, Any]:
    """Return what decides the billing of a catalog charge, given by its row or by the body that makes it."""
    return {name: row[column] for column, name in ATTRIBUTES.items() if row.get(column) is not None}


@dataclass(frozen=True, slots=True)
class RatePlan:
    """A catalog rate plan that carries a Salesforce id among its externally managed plan ids.

    Attributes:
        id: Zuora id, or a reference to the operation that makes it.
        charges: Its charges.
        currencies: Its active currencies; only read where it lacks its charge, None where they are not known.
    """

    id: Known
    charges: tuple[Charge, ...] = ()
    currencies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CatalogPlan:
    """A catalog rate plan as it stands in Zuora, for comparing; rows have the field names of ZOQL.

    Attributes:
        product: The product that the plan belongs to.
        plan: The rate plan.
        charges: Its charges.
        tiers: The price tiers of these charges.
        currencies: Its active currencies; only read where a wanted one has no tier, else empty.
    """

    product: Row
    plan: Row
    charges: tuple[Row, ...] = ()
    tiers: tuple[Row, ...] = ()
    currencies: tuple[str, ...] = ()


@dataclass(slots=True)
class ZuoraState:
    """The Zuora side of a batch.

    Attributes:
        accounts: CRM id to the account's row.
        contacts: Zuora account id to its contacts' rows.
        plans: Salesforce id (Product2, ProductConsumptionSchedule) to the rate plan that carries it.
        products: SKU to the product's Zuora id.
        catalog: Salesforce id to the whole rate plan that carries it; only when the catalog itself is synced.
        product_rows: SKU to the whole product; only when the catalog itself is synced.
        plan_names: Zuora id of a product to the ids of its rate plans by name, which must differ within a product.
        orders: Order number to the order as `GET /v1/orders/{n}` gives it.
        subscribed: Externally managed id (order product, order product consumption schedule) to the rate plans of
            subscriptions that carry it, with their `subscription`; only of those that an order changes.
        subscriptions: Number to the subscription as `GET /v1/subscriptions/{n}?charge-detail=all-segments` gives it;
            only of those that an order changes, read right before it is planned.
        sent: Numbers of earlier orders that Zuora has, or that had nothing to write; only of those that others change.
        present: Those that Zuora itself has; a contract from before has none of its first order.
        unsent: Number of an earlier order that was tried just now to why it could not be sent.
        units: Unit of measure to its decimal places; read only where orders have consumption schedules.
        doubles: CRM id to the account numbers, where Zuora has several accounts with it.
        rules: The tenant's billing rules; None where they may not be read.
    """

    accounts: dict[str, Row] = field(default_factory=dict)
    contacts: dict[str, list[Row]] = field(default_factory=dict)
    plans: dict[str, RatePlan] = field(default_factory=dict)
    products: dict[str, Known] = field(default_factory=dict)
    catalog: dict[str, CatalogPlan] = field(default_factory=dict)
    product_rows: dict[str, Row] = field(default_factory=dict)
    plan_names: dict[str, dict[str, str]] = field(default_factory=dict)
    orders: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    subscribed: dict[str, list[Row]] = field(default_factory=dict)
    subscriptions: dict[str, Row] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    unsent: dict[str, str] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    doubles: dict[str, Sequence[str]] = field(default_factory=dict)
    rules: BillingRules | None = None

    def lacks(self, external_id: str) -> bool:
        """Return whether no catalog rate plan with a charge carries this id."""
        plan = self.plans.get(external_id)
        return plan is None or not plan.charges

    def include(self, other: ZuoraState) -> None:
        """Add what was read later than this."""
        self.accounts.update(other.accounts)
        for account, rows in other.contacts.items():
            merged = {row["Id"]: row for row in (*self.contacts.get(account, ()), *rows)}
            self.contacts[account] = list(merged.values())
        self.plans.update(other.plans)
        self.products.update(other.products)
        self.catalog.update(other.catalog)
        self.product_rows.update(other.product_rows)
        self.plan_names.update(other.plan_names)
        self.orders.update(other.orders)
        self.subscriptions.update(other.subscriptions)
        self.sent |= other.sent
        self.present |= other.present
        self.subscribed.update(other.subscribed)
        self.units.update(other.units)
        self.doubles.update(other.doubles)
        self.rules = other.rules or self.rules

    def name_plans(self, rows: Iterable[Row]) -> None:
        """Add the names of rate plans; rows have `Id`, `ProductId` and `Name`."""
        for row in rows:
            self.plan_names.setdefault(row["ProductId"], {})[row["Name"]] = row["Id"]

    def learn(self, operation: Operation, answer: Mapping[str, Any]) -> None:
        """Add what a done operation has made.

        Args:
            operation: The operation, whose `known` names the natural key and the row.
            answer: Zuora's answer, with the ids that it gave.
        """
        known = operation.known
        if operation.name == "create_order":
            self.sent.add(known["order"])
            self.present.add(known["order"])
        elif operation.name == "create_account":
            ids = {"Id": answer["accountId"], "AccountNumber": answer["accountNumber"]}
            contacts = {"BillToId": answer.get("billToContactId"), "SoldToId": answer.get("soldToContactId")}
            self.accounts[known["crm_id"]] = {**known["row"], **ids, **contacts}
        elif operation.name == "create_contact":
            self.contacts.setdefault(known["account"], []).append({**known["row"], "Id": answer["id"]})
        elif operation.name == "create_product":
            self.products[known["sku"]] = answer["Id"]
        elif operation.name == "create_product_rate_plan":
            self.plans[known["external_id"]] = RatePlan(answer["Id"])
            self.name_plans([{**operation.body, "Id": answer["Id"]}])
        elif operation.name == "create_product_rate_plan_charge":
            charge: Charge = known["charge"]
            self.plans[known["external_id"]] = RatePlan(known["rate_plan"], (replace(charge, id=answer["Id"]),))
        elif operation.name == "update_account":
            self.accounts[known["crm_id"]] = {**self.accounts[known["crm_id"]], **known["row"]}
        elif operation.name == "complete_order":
            self.orders[known["order"]] = {**self.orders[known["order"]], "status": answer.get("status")}
        elif operation.name == "delete_order":
            self.orders.pop(known["order"], None)
        elif operation.name == "update_contact":
            rows = self.contacts.get(known["account"], [])
            rows[:] = [{**row, **known["row"]} if row["Id"] == known["id"] else row for row in rows]
