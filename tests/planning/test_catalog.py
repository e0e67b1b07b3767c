"""A product planned by itself: which rate plans it needs, what is updated, what is held; the charge model matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.rule import Rule, Table
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.planning.catalog import plan_product
from cpqbridge.planning.plan import Operation, SyncPlan
from cpqbridge.planning.product import ensure_usage_charge
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import CatalogPlan, Charge, RatePlan, ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.zuora_schema import check_request

Records = Sequence[Mapping[str, Any]]


def link(number: int = 1, currency: str | None = "USD", **schedule: Any) -> dict[str, Any]:
    """The link of the product to a consumption schedule."""
    known = {"Name": "Data", "Type": "Slab", "UnitOfMeasure": "GB", **schedule}
    return {
        "Id": f"0gP{number}",
        "ProductId": r.PRODUCT_ID,
        "ConsumptionScheduleId": f"0gN{number}",
        "CurrencyIsoCode": currency,
        "ConsumptionSchedule": known,
    }


def rate(method: str = "PerUnit") -> dict[str, Any]:
    return {"LowerBound": 0, "UpperBound": None, "Price": Decimal("0.1"), "PricingMethod": method}


def snapshot(product: Mapping[str, Any], links: Records = (), rates: Records = (), *others: Any) -> Snapshot:
    return Snapshot(
        products={one["Id"]: one for one in (product, *others)},
        schedules={product["Id"]: list(links)},
        rates={one["ConsumptionScheduleId"]: list(rates) for one in links},
    )


def planned(product: dict[str, Any], links: Records = (), rates: Records = (), **state: Any) -> SyncPlan:
    return plan_product(r.draft(ZuoraState(**state), snapshot(product, links, rates)), product)


def made(plan: SyncPlan, kind: str) -> list[dict[str, Any]]:
    assert plan.stop is None, plan.problems
    return [dict(one.body) for one in plan.operations if one.name == f"create_{kind}"]


def check(operations: Sequence[Operation]) -> None:
    """Check every request by the official models; ids that are still to come are texts of the same length."""
    for one in operations:
        ids = {name: "0" * 32 for name in ("ProductId", "ProductRatePlanId") if name in one.body}
        check_request(one.method, one.path, {**one.body, **ids})


MATRIX: list[tuple[str | None, str | None, str, str, str]] = [
    ("One-Time", "Block", "OneTime", "Flat Fee Pricing", ""),
    ("One-Time", "List", "OneTime", "Per Unit Pricing", "the row that the vendor gives for usage with a flat fee, too"),
    ("Recurring", "Block", "Recurring", "Flat Fee Pricing", ""),
    ("Recurring", "List", "Recurring", "Per Unit Pricing", ""),
    ("Usage", "List", "Usage", "Per Unit Pricing", ""),
    ("Usage", "Block", "Usage", "Flat Fee Pricing", ""),
    (None, "List", "OneTime", "Per Unit Pricing", "no charge type"),
    ("Recurring", None, "Recurring", "Flat Fee Pricing", "no pricing method"),
    ("Recurring", "Cost", "Recurring", "Flat Fee Pricing", "the order brings the line's amount"),
    ("Recurring", "Percent Of Total", "Recurring", "Flat Fee Pricing", ""),
    ("Recurring", "Custom", "Recurring", "Flat Fee Pricing", ""),
    ("One-Time", "Cost", "OneTime", "Flat Fee Pricing", ""),
]


@pytest.mark.parametrize(("charge_type", "method", "zuora_type", "model", "why"), MATRIX)
def test_charge_model_matrix(
    charge_type: str | None, method: str | None, zuora_type: str, model: str, why: str
) -> None:
    plan = planned(r.product(SBQQ__ChargeType__c=charge_type, SBQQ__PricingMethod__c=method))
    (charge,) = made(plan, "product_rate_plan_charge")
    assert (charge["ChargeType"], charge["ChargeModel"]) == (zuora_type, model), why
    assert ("BillingPeriod" in charge) == (zuora_type != "OneTime")
    assert ("UOM" in charge) == (model == "Per Unit Pricing")
    check(plan.operations)


@pytest.mark.parametrize("method", ["Cost", "Percent Of Total", "Custom"])
def test_usage_at_a_price_that_cannot_be_metered_is_held(method: str) -> None:
    plan = planned(r.product(SBQQ__ChargeType__c="Usage", SBQQ__PricingMethod__c=method))
    assert plan.stop is Outcome.HELD
    assert [(one.code, one.field) for one in plan.problems] == [("CPQ-432", "Product2.SBQQ__PricingMethod__c")]
    assert method in plan.problems[0].message


@pytest.mark.parametrize(
    ("schedule_type", "method", "model", "price_format"),
    [
        ("Range", "PerUnit", "Volume Pricing", "Per Unit"),
        ("Range", "FlatFee", "Volume Pricing", "Flat Fee"),
        ("Slab", "PerUnit", "Tiered Pricing", "Per Unit"),
        ("Slab", "FlatFee", "Tiered Pricing", "Flat Fee"),
    ],
)
def test_usage_with_a_schedule(schedule_type: str, method: str, model: str, price_format: str) -> None:
    """The pricing method of the product does not matter: the schedule prices the usage."""
    product = r.product(SBQQ__ChargeType__c="Usage", SBQQ__PricingMethod__c="Cost", Description="Traffic")
    plan = planned(product, [link(Type=schedule_type)], [rate(method)])
    (rate_plan,), (charge,) = made(plan, "product_rate_plan"), made(plan, "product_rate_plan_charge")
    assert (rate_plan["Name"], rate_plan["Description"]) == ("Cloud seat Data", "Traffic")
    assert rate_plan["ExternalRatePlanIds"] == ["0gP1"]
    assert rate_plan["ActiveCurrencies"] == ["USD"]
    assert (charge["Name"], charge["ChargeType"], charge["ChargeModel"]) == ("Data", "Usage", model)
    assert (charge["UOM"], charge["DefaultQuantity"], charge["BillingPeriod"]) == ("GB", 1, "Month")
    assert charge["ProductRatePlanChargeTierData"]["ProductRatePlanChargeTier"] == [
        {"Currency": "USD", "StartingUnit": 0, "EndingUnit": 1, "Price": 10, "PriceFormat": price_format}
    ]
    check(plan.operations)


def test_a_usage_charge_has_the_tax_and_the_accounting_of_its_product() -> None:
    product = r.product(
        SBQQ__Taxable__c=True, SBQQ__TaxCode__c="SW", TaxMode__c="Tax Inclusive", Z_Accounting_Code__c="4000"
    )
    charge = made(planned({**product, "SBQQ__ChargeType__c": "Usage"}, [link()]), "product_rate_plan_charge")[0]
    assert (charge["Taxable"], charge["TaxCode"], charge["TaxMode"]) == (True, "SW", "TaxInclusive")
    assert (charge["AccountingCode"], charge["DeferredRevenueAccount"]) == ("4000", "Accounts Receivable")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"Type": "Stair"}, "CPQ-402", "ProductConsumptionSchedule.ConsumptionSchedule.Type"),
        ({"Type": None}, "CPQ-401", "ProductConsumptionSchedule.ConsumptionSchedule.Type"),
        ({"Name": None}, "CPQ-401", "ProductConsumptionSchedule.ConsumptionSchedule.Name"),
        ({"UnitOfMeasure": "U" * 26}, "CPQ-402", "ProductConsumptionSchedule.ConsumptionSchedule.UnitOfMeasure"),
    ],
)
def test_a_schedule_that_zuora_has_no_model_for_is_held(changes: dict[str, Any], code: str, field: str) -> None:
    plan = planned(r.product(), [link(**changes)])
    assert plan.stop is Outcome.HELD
    assert [(one.code, one.field) for one in plan.problems] == [(code, field)]


def test_a_schedule_without_currency_in_an_org_with_one() -> None:
    entries = {"records": [{"UnitPrice": Decimal(10)}]}
    plan = planned(r.product(SBQQ__ChargeType__c="Usage", PricebookEntries=entries), [link(currency=None)])
    assert "ActiveCurrencies" not in made(plan, "product_rate_plan")[0]
    tiers = made(plan, "product_rate_plan_charge")[0]["ProductRatePlanChargeTierData"]["ProductRatePlanChargeTier"]
    assert [one["Currency"] for one in tiers] == ["USD"]


def test_each_schedule_brings_its_own_currency() -> None:
    links = [link(1, "USD"), link(2, "EUR", Name="Data EUR")]
    plan = planned(r.product(SBQQ__ChargeType__c="Usage"), links)
    assert [one["ActiveCurrencies"] for one in made(plan, "product_rate_plan")] == [["USD"], ["EUR"]]


def test_two_schedules_of_one_name_are_held() -> None:
    plan = planned(r.product(SBQQ__ChargeType__c="Usage"), [link(1), link(2)])
    assert plan.stop is Outcome.HELD
    (problem,) = plan.problems
    assert (problem.code, problem.field) == ("CPQ-402", "ProductConsumptionSchedule.ConsumptionSchedule.Name")
    assert problem.message == "Zuora product SEAT has another rate plan named Cloud seat Data"
    assert "external ids" not in str(problem.remedy)


@pytest.mark.parametrize(("kind", "plans"), [("Recurring", 2), ("Usage", 1), (None, 1)])
def test_a_product_sold_by_usage_alone_has_no_plan_of_its_own(kind: str | None, plans: int) -> None:
    plan = planned(r.product(SBQQ__ChargeType__c=kind), [link()])
    assert len(made(plan, "product")) == 1
    assert len(made(plan, "product_rate_plan")) == plans


# The user's own mapping


def test_custom_fields_of_the_catalog_are_kept_up_to_date() -> None:
    tables = Tables(
        product=Table("Product", (*GUIDE.product.rules, Rule("Family", "/Family__c", "Product2.Family"))),
        product_charge=Table(
            "Charge", (*GUIDE.product_charge.rules, Rule("Region", "/Region__c", "Product2.Region__c"))
        ),
    )
    product = r.product(Family="Software", Region__c="EMEA")
    draft = r.draft(ZuoraState(**held(Region__c="EMEA")), snapshot(product))
    draft.tables = tables
    (operation,) = plan_product(draft, product).operations
    assert (operation.name, operation.body) == ("update_product", {"Family__c": "Software"})


def test_a_charge_type_of_the_user_s_own_decides_what_belongs_to_it() -> None:
    kind = Rule("Charge Type", "/ChargeType", default="OneTime")
    rules = tuple(kind if rule.target == "/ChargeType" else rule for rule in GUIDE.product_charge.rules)
    draft = r.draft(ZuoraState(), snapshot(r.product()))
    draft.tables = Tables(product_charge=Table("Charge", rules))
    (charge,) = made(plan_product(draft, r.product()), "product_rate_plan_charge")
    assert charge["ChargeType"] == "OneTime"
    assert "BillingPeriod" not in charge


# The order side


def test_a_usage_charge_is_found_by_the_id_of_the_link() -> None:
    known = Charge("z-usage", "Usage", "Tiered Pricing", "Month", unit="GB")
    draft = r.draft(ZuoraState(plans={"0gP1": RatePlan("z-plan", (known,))}), snapshot(r.product(), [link()]))
    assert ensure_usage_charge(draft, r.product(), link()) == known
    assert draft.operations == []


def test_a_usage_charge_is_made_in_the_product_of_the_same_sku_once() -> None:
    state = ZuoraState(plans={r.PRODUCT_ID: r.plan_row()}, products={"SEAT": "z-product"})
    draft = r.draft(state, snapshot(r.product(), [link()]))
    charges = [ensure_usage_charge(draft, r.product(), link()) for _ in range(2)]
    assert charges[0] is not None
    assert charges[0] == charges[1]
    assert (charges[0].type, charges[0].model, charges[0].unit) == ("Usage", "Tiered Pricing", "GB")
    assert [one.key for one in draft.operations] == ["rate_plan:0gP1", "charge:0gP1"]
    assert draft.operations[0].body["ProductId"] == "z-product"


def test_a_schedule_of_two_products_has_a_plan_in_each() -> None:
    draft = r.draft(ZuoraState(), snapshot(r.product(), [link()]))
    other = r.product(Id="01tB", ProductCode="B")
    for product, number in ((r.product(), 1), (other, 2)):
        shared = {**link(number), "ConsumptionScheduleId": "0gN1"}
        assert ensure_usage_charge(draft, product, shared) is not None
    plans = [one.body["ExternalRatePlanIds"] for one in draft.operations if one.name == "create_product_rate_plan"]
    assert plans == [["0gP1"], ["0gP2"]]


def test_a_usage_charge_of_a_product_without_code_is_refused() -> None:
    draft = r.draft(ZuoraState(), snapshot(r.product(ProductCode=None), [link()]))
    assert ensure_usage_charge(draft, r.product(ProductCode=None), link()) is None
    assert [one.code for one in draft.problems] == ["CPQ-406"]


# Tax


def test_a_taxable_product_without_tax_code_is_held() -> None:
    plan = planned(r.product(SBQQ__Taxable__c=True))
    assert [(one.code, one.field) for one in plan.problems] == [("CPQ-401", "Product2.SBQQ__TaxCode__c")]


@pytest.mark.parametrize(
    ("label", "mode"),
    [("Tax Exclusive", "TaxExclusive"), ("TaxInclusive", "TaxInclusive"), ("Tax Inclusive", "TaxInclusive")],
)
def test_tax_mode_labels(label: str, mode: str) -> None:
    plan = planned(r.product(SBQQ__Taxable__c=True, SBQQ__TaxCode__c="SW", TaxMode__c=label))
    assert made(plan, "product_rate_plan_charge")[0]["TaxMode"] == mode


def test_an_unknown_tax_mode_is_held() -> None:
    plan = planned(r.product(SBQQ__Taxable__c=True, SBQQ__TaxCode__c="SW", TaxMode__c="Gross"))
    assert [(one.code, one.field) for one in plan.problems] == [("CPQ-402", "Product2.TaxMode__c")]


# What Zuora has


def held(**changes: Any) -> dict[str, Any]:
    """A state that has the product as `records.product` is mapped."""
    charge = {
        "Id": "z-charge",
        "ProductRatePlanId": "z-plan",
        "Name": "Cloud seat",
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "BillingPeriod": "Month",
        "BillCycleType": "DefaultFromCustomer",
        "TriggerEvent": "ContractEffective",
        "UOM": "Each",
        "Taxable": False,
        "AccountingCode": "Accounts Receivable",
        **changes,
    }
    product = {"Id": "z-product", "SKU": "SEAT", "Name": "Cloud seat"}
    plan = {"Id": "z-plan", "ProductId": "z-product", "Name": "Cloud seat"}
    tier = {"Currency": "USD", "Price": Decimal(10), "PriceFormat": "Per Unit", "StartingUnit": 0}
    return {
        "plans": {r.PRODUCT_ID: r.plan_row()},
        "products": {"SEAT": "z-product"},
        "product_rows": {"SEAT": product},
        "catalog": {r.PRODUCT_ID: CatalogPlan(product, plan, (charge,), (tier,))},
    }


def test_nothing_differs() -> None:
    assert planned(r.product(), **held()).stop is Outcome.UNCHANGED


def test_fields_that_salesforce_leaves_empty_are_not_emptied() -> None:
    state = held(AccountingCode="4000", TaxCode="SW", Description="By billing")
    assert planned(r.product(), **state).stop is Outcome.UNCHANGED


def test_every_value_of_an_update_says_where_it_came_from_once() -> None:
    plan = planned(r.product(Name="Chair", Z_Accounting_Code__c="4000"), **held())
    assert [one.name.removeprefix("update_") for one in plan.operations] == [
        "product",
        "product_rate_plan",
        "product_rate_plan_charge",
    ]
    for operation in plan.operations:
        assert sorted(line.pointer.split("/")[1] for line in operation.lineage) == sorted(operation.body)
        assert operation.method == "PUT"
    check(plan.operations)


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"ChargeModel": "Flat Fee Pricing"}, "ChargeModel"),
        ({"ChargeType": "OneTime"}, "ChargeType"),
        ({"BillingPeriod": "Annual"}, "BillingPeriod"),
        ({"UOM": "User"}, "UOM"),
    ],
)
def test_locked_differences_are_held(changes: dict[str, str], attribute: str) -> None:
    plan = planned(r.product(Name="Chair", QuantityUnitOfMeasure="Each"), **held(**changes))
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()
    assert [one.code for one in plan.problems] == ["CPQ-429"]
    assert plan.problems[0].message.startswith(f"{attribute} of product Chair: Salesforce has ")
    assert plan.problems[0].message.endswith(f"Zuora {changes[attribute]}")


@pytest.mark.parametrize(
    "changes", [{"BillCycleType": "ChargeTriggerDay"}, {"TriggerEvent": "ServiceActivation"}, {"UOM": "User"}]
)
def test_what_billing_has_set_where_salesforce_says_nothing_holds_nothing(changes: dict[str, str]) -> None:
    assert planned(r.product(), **held(**changes)).stop is Outcome.UNCHANGED


def test_a_plan_with_two_charges_is_held() -> None:
    two = RatePlan("z-plan", tuple(Charge(f"z-{n}", "Recurring", "Flat Fee Pricing", "Month") for n in range(2)))
    plan = planned(r.product(), **{**held(), "plans": {r.PRODUCT_ID: two}})
    assert [one.code for one in plan.problems] == ["CPQ-412"]


def test_a_rate_of_an_unknown_pricing_method_is_held_when_a_price_is_to_be_added() -> None:
    charge = {"Id": "z", "ChargeModel": "Tiered Pricing", "ChargeType": "Usage", "BillingPeriod": "Month", "UOM": "GB"}
    charge |= {"Name": "Data", "BillCycleType": "DefaultFromCustomer", "TriggerEvent": "ContractEffective"}
    product = {"Id": "z-product", "SKU": "SEAT", "Name": "Cloud seat"}
    plan = {"Id": "z-plan", "ProductId": "z-product", "Name": "Cloud seat Data"}
    known = Charge("z", "Usage", "Tiered Pricing", "Month", unit="GB")
    state = {
        "plans": {"0gP1": RatePlan("z-plan", (known,))},
        "catalog": {"0gP1": CatalogPlan(product, plan, (charge,))},
    }
    held_plan = planned(r.product(SBQQ__ChargeType__c="Usage"), [link()], [rate("Share")], **state)
    assert [(one.code, one.field) for one in held_plan.problems] == [("CPQ-402", "ConsumptionRate.PricingMethod")]


def test_a_currency_that_is_active_already_gets_its_price_only() -> None:
    state = held()
    state["catalog"] = {
        key: CatalogPlan(one.product, one.plan, one.charges, one.tiers, ("USD", "EUR"))
        for key, one in state["catalog"].items()
    }
    entries = [{"CurrencyIsoCode": key, "UnitPrice": Decimal(12)} for key in ("EUR", "USD")]
    plan = planned(r.product(PricebookEntries={"records": entries}), **state)
    (operation,) = plan.operations
    assert operation.body["ProductRatePlanChargeTierData"]["ProductRatePlanChargeTier"] == [
        {"Currency": "USD", "Price": Decimal(10)},
        {"Currency": "EUR", "Price": Decimal(12)},
    ]
    check(plan.operations)


def test_a_product_by_usage_found_with_base_plan_too_is_compared_by_its_schedules_alone() -> None:
    """A base plan from before is neither needed nor held against a product that is sold by usage now."""
    known = Charge("z-usage", "Usage", "Tiered Pricing", "Month", unit="GB")
    state = held()
    state["plans"]["0gP1"] = RatePlan("z-usage-plan", (known,))
    assert planned(r.product(SBQQ__ChargeType__c="Usage"), [link()], **state).stop is Outcome.UNCHANGED


def test_of_products_that_share_a_code_only_the_first_renames_the_zuora_product() -> None:
    state, first = ZuoraState(**held()), r.product(Id="01t000000000000AAA", Name="First")
    second = r.product(Name="Chair")
    shown = snapshot(second, (), (), first)
    names = [one.name for one in plan_product(r.draft(state, shown), second).operations]
    assert names == ["update_product_rate_plan", "update_product_rate_plan_charge"]
    assert plan_product(r.draft(state, shown), first).operations[0].name == "update_product"
