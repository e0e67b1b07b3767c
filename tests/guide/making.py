"""What the cases of the guide's rows are made of: plans of records that show a row, and places in their requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from cpqbridge.mapping.custom import tables_for
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.values import ValueTables
from tests.planning import records as r

ABSENT = object()
HELD = "held"
CREATE = "/subscriptions/0/orderActions/0/createSubscription"
TERMS = f"{CREATE}/terms"
PLAN = f"{CREATE}/subscribeToRatePlans/0"
CHARGE = f"{PLAN}/chargeOverrides/0"
PER_UNIT = f"{CHARGE}/pricing/recurringPerUnit"
DATES = "/subscriptions/0/orderActions/0/triggerDates"
LINE = "/orderLineItems/0"
TIERS = f"{CHARGE}/pricing/usageTiered/tiers"


class Case(NamedTuple):
    """One case of a row of the guide: its name begins with the row's key; a comma and the circumstances may follow.

    Attributes:
        name: As above.
        plan: Makes the plan that shows the row.
        operation: Name of the operation to look at, or `HELD`.
        target: JSON pointer into its body.
        value: What stands there, or `ABSENT`; the code of the only problem where the order is held.
    """

    name: str
    plan: Callable[[], SyncPlan]
    operation: str
    target: str
    value: Any

    @property
    def row(self) -> str:
        """The key of the row."""
        return self.name.partition(", ")[0]


def new_account(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.account(**changes)
    return lambda: plan_account(r.draft(ZuoraState(), Snapshot(accounts={record["Id"]: record})), record)


def child_account() -> SyncPlan:
    child = r.account(Id="001C", Name="Acme Child", ParentId=r.ACCOUNT_ID)
    return plan_account(r.draft(r.known_state(), Snapshot(accounts={"001C": child})), child)


def new_contact(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.account()
    snapshot = Snapshot(accounts={record["Id"]: record}, contacts={record["Id"]: [r.contact(**changes)]})
    return lambda: plan_account(r.draft(r.known_state(), snapshot), record)


def sold(
    options: dict[str, Any] | None = None, state: ZuoraState | None = None, **changes: Any
) -> Callable[[], SyncPlan]:
    """An order of one contracted product; keywords change the order, `item=` its item, `subscription=` that one's."""
    item = r.item(subscription=changes.pop("subscription", {}), **changes.pop("item", {}))
    return lambda: plan_order(r.draft(state, **(options or {})), r.order(item, **changes))


def bought(state: ZuoraState | None = None, **changes: Any) -> Callable[[], SyncPlan]:
    """An order of one asset: an order line item."""
    held = state or r.known_state(plans={r.PRODUCT_ID: r.plan_row("OneTime", "Per Unit Pricing", None)})
    item = r.asset_item(**changes.pop("item", {}))
    return lambda: plan_order(r.draft(held), r.order(item, **changes))


TAXED: dict[str, Any] = {"SBQQ__Taxable__c": True, "SBQQ__TaxCode__c": "SW"}
"""What makes a product taxable."""


def new_product(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.product(**changes)
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: r.account()}, products={r.PRODUCT_ID: record})
    item = r.item(Product2=record)
    return lambda: plan_order(r.draft(r.known_state(plans={}), snapshot), r.order(item))


def owners(**changes: Any) -> Callable[[], SyncPlan]:
    state = r.known_state()
    state.accounts["001O"] = r.account_row(Id="z-owner", AccountNumber="A-OWNER", CrmId="001O")
    return sold(state=state, **changes)


def another_owner() -> ZuoraState:
    """A tenant that has the account, a product of one-time charges, and an account `001O`."""
    state = r.known_state(plans={r.PRODUCT_ID: r.plan_row("OneTime", "Per Unit Pricing", None)})
    state.accounts["001O"] = r.account_row(Id="z-owner", AccountNumber="A-OWNER", CrmId="001O")
    return state


def with_contact(state: ZuoraState | None = None, **changes: Any) -> Callable[[], SyncPlan]:
    state = state or r.known_state()
    state.contacts["z-account"].append({**r.bill_to_row(), "Id": "z-ada", "CrmId__c": "003000000000001AAA"})
    return sold(state=state, BillToContact=r.contact(), BillToContactId="003000000000001AAA", **changes)


DAYS: dict[str, Any] = {"sfdc_use_list_price_base": False, "subscription_term_in_days": True}
DATED: dict[str, Any] = {"CompanyAuthorizedDate": "2026-02-03", "CustomerAuthorizedDate": "2026-02-04"}
EVERGREEN: dict[str, Any] = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__EndDate__c": None}
SHIPPING: dict[str, Any] = {
    "ShippingStreet": "9 Dock Road",
    "ShippingCity": "Oakland",
    "ShippingState": "California",
    "ShippingCountry": "US",
}
ADDRESS: dict[str, Any] = {
    "BillingStreet": "5 Order Lane",
    "BillingCity": "Reno",
    "BillingState": "Nevada",
    "BillingPostalCode": "89501",
    "BillingCountry": "USA",
}
LONG_NAME = "A" * 250

SCHEDULE_ID = "a2S000000000001AAA"
LINK_ID = "1ps000000000001AAA"
CONSUMPTION_ID = "1cs000000000001AAA"


def rate(lower: int, upper: int | None, price: str, method: str = "PerUnit", **more: Any) -> dict[str, Any]:
    """A rate of an order product's consumption schedule."""
    bounds = {"SBQQ__LowerBound__c": Decimal(lower), "SBQQ__UpperBound__c": None if upper is None else Decimal(upper)}
    return {**bounds, "SBQQ__Price__c": Decimal(price), "SBQQ__PricingMethod__c": method, **more}


RATES = (rate(100, None, "0.05", "FlatFee"), rate(0, 100, "0.1000000"))
"""Two rates, the later one first."""


def schedule(rates: Sequence[dict[str, Any]] = RATES, **changes: Any) -> dict[str, Any]:
    """A consumption schedule of an order product."""
    return {
        "Id": SCHEDULE_ID,
        "Name": "OCS-1",
        "CurrencyIsoCode": "USD",
        "SBQQ__ConsumptionSchedule__c": CONSUMPTION_ID,
        "SBQQ__Type__c": "Slab",
        "SBQQ__UnitOfMeasure__c": "GB",
        "SBQQ__OrderItemConsumptionRates__r": {"records": list(rates)},
        **changes,
    }


def link(**changes: Any) -> dict[str, Any]:
    """The link of the product to its consumption schedule."""
    head = {"Name": "Data", "Type": "Slab", "UnitOfMeasure": "GB", **changes.pop("schedule", {})}
    ids = {"Id": LINK_ID, "ProductId": r.PRODUCT_ID, "ConsumptionScheduleId": CONSUMPTION_ID}
    return {**ids, "CurrencyIsoCode": "USD", "ConsumptionSchedule": head, **changes}


def usage_plan(model: str = "Tiered Pricing", unit: str = "GB") -> RatePlan:
    """The rate plan of the link as the tenant has it."""
    return RatePlan("z-usage-plan", (Charge("z-usage-charge", "Usage", model, "Month", unit=unit),))


def usage_state(**changes: Any) -> ZuoraState:
    """A tenant that has the account and the rate plan of the product's consumption schedule."""
    return r.known_state(**{"plans": {LINK_ID: usage_plan()}, "units": {"GB": 2, "Each": 0}, **changes})


METERED: dict[str, Any] = {"SBQQ__ChargeType__c": "Usage", "Description": "Traffic of a month"}
"""What makes a product one that is billed by its consumption schedules alone."""


def metered_order(
    schedules: Sequence[dict[str, Any]] | None = None, product: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """An order of one product that is sold by usage; `item=` and `subscription=` change those, the rest the order."""
    sold_by = {"records": list(schedules or [schedule()])}
    item = {"Product2": r.product(**METERED, **(product or {})), "SBQQ__OrderItems__r": sold_by}
    linked = changes.pop("subscription", {})
    return r.order(r.item(subscription=linked, **{**item, **changes.pop("item", {})}), **changes)


def metered_snapshot(links: Sequence[dict[str, Any]] | None = None, product: dict[str, Any] | None = None) -> Snapshot:
    """What Salesforce has beside that order."""
    return Snapshot(
        accounts={r.ACCOUNT_ID: r.account()},
        products={r.PRODUCT_ID: r.product(**METERED, **(product or {}))},
        schedules={r.PRODUCT_ID: [link()] if links is None else list(links)},
        rates={CONSUMPTION_ID: [{"LowerBound": Decimal(0), "PricingMethod": "FlatFee"}]},
    )


def metered(
    options: dict[str, Any] | None = None,
    state: ZuoraState | None = None,
    links: Sequence[dict[str, Any]] | None = None,
    product: dict[str, Any] | None = None,
    **changes: Any,
) -> Callable[[], SyncPlan]:
    """The plan of that order."""
    order, snapshot = metered_order(product=product, **changes), metered_snapshot(links, product)
    return lambda: plan_order(r.draft(state or usage_state(), snapshot, **(options or {})), order)


def new_usage(**changes: Any) -> Callable[[], SyncPlan]:
    """The same order before Zuora has the product."""
    return metered(state=usage_state(plans={}), **changes)


def owned(pair: str, rules: dict[str, Any], order: dict[str, Any], **state: Any) -> Callable[[], SyncPlan]:
    """An order under the user's own mapping of one pair."""
    tables = tables_for(MappingSettings.model_validate({pair: rules}), ValueTables())

    def planned() -> SyncPlan:
        draft: Draft = r.draft(r.known_state(**state))
        draft.tables = tables
        return plan_order(draft, order)

    return planned
