"""Every documented error of the vendor's connector, made in the sandbox: its own code, cause and remedy.

Each order of the story below has one fault. All of them are synced together; nothing of any reaches Zuora.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from cpqbridge.errors import ERRORS
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.values import Outcome
from tests.emptying import empty
from tests.guide.story import Row, Stage
from tests.scenarios.person import Person
from tests.world import Line


class Fault(NamedTuple):
    """A fault, the code, the culprit's field and a part of the message that it must give."""

    make: Callable[[Stage, str], None]
    code: str
    field: str
    cause: str


def change(stage: Stage, name: str, **values: Any) -> None:
    """Change the first order product of an order."""
    stage.world.org.store.update("OrderItem", stage.items(name)[0]["Id"], values, system=True)


def metered(stage: Stage, name: str, **schedule: Any) -> str:
    """Sell a product with one consumption schedule; return the id of its link to the product."""
    agreed = schedule.pop("agreed", None)
    product = stage.world.usage_product(name.title())
    link = stage.world.schedule(product, "Data", **schedule)
    stage.sell(name, stage.ids["account"], Line(product, rates={"Data": agreed} if agreed else None))
    return link


def no_code(stage: Stage, name: str) -> None:
    stage.sell(name, stage.ids["account"], Line(stage.world.product("Nameless", ProductCode=None)))


def no_subscription(stage: Stage, name: str) -> None:
    stage.sell(name, stage.ids["account"], Line(stage.ids["seat"]))
    change(stage, name, SBQQ__Subscription__c=None, SBQQ__Contracted__c=True)


def usage_without_subscription(stage: Stage, name: str) -> None:
    metered(stage, name)
    change(stage, name, SBQQ__Subscription__c=None, SBQQ__Contracted__c=True)


def mixed_currency(stage: Stage, name: str) -> None:
    metered(stage, name)
    [schedule] = stage.schedules(name)
    stage.world.org.store.update(
        "SBQQ__OrderItemConsumptionSchedule__c", schedule["Id"], {"CurrencyIsoCode": "EUR"}, system=True
    )


def schedule_gone(stage: Stage, name: str) -> None:
    stage.world.org.store.delete("ProductConsumptionSchedule", metered(stage, name))


def schedule_edited(stage: Stage, name: str) -> None:
    metered(stage, name)
    [schedule] = stage.schedules(name)
    other = stage.world.schedule_of(stage.world.schedule(stage.world.usage_product(f"Other {name}"), "Other"))
    stage.world.org.store.update(
        "SBQQ__OrderItemConsumptionSchedule__c", schedule["Id"], {"SBQQ__ConsumptionSchedule__c": other}, system=True
    )


def second_charge(stage: Stage, name: str) -> None:
    product = stage.world.product(name.title())
    stage.sell(f"{name}, first", stage.ids["account"], Line(product))
    stage.carry(f"{name}, first")
    [plan] = stage.tenant.get(f"/v1/product-rate-plans/external-id/{product}")["productRatePlans"]
    charge = {
        "ProductRatePlanId": plan["id"],
        "Name": "Set-up",
        "ChargeModel": "Flat Fee Pricing",
        "ChargeType": "OneTime",
        "BillCycleType": "DefaultFromCustomer",
        "TriggerEvent": "ContractEffective",
        "UseDiscountSpecificAccountingCode": False,
        "ProductRatePlanChargeTierData": {"ProductRatePlanChargeTier": [{"Currency": "USD", "Price": 1}]},
    }
    stage.tenant.make("/v1/object/product-rate-plan-charge", charge)
    stage.sell(name, stage.ids["account"], Line(product))


def gap(stage: Stage, name: str) -> None:
    metered(stage, name, agreed=((0, 10, 2, "PerUnit"), (20, None, 1, "PerUnit")))


def overlap(stage: Stage, name: str) -> None:
    metered(stage, name, agreed=((0, 10, 2, "PerUnit"), (5, None, 1, "PerUnit")))


def late_start(stage: Stage, name: str) -> None:
    metered(stage, name, agreed=((5, None, 1, "PerUnit"),))


def changed_schedule(stage: Stage, name: str, **values: Any) -> None:
    """Sell a product that Zuora has, with a consumption schedule that was changed since."""
    link = metered(stage, name)
    stage.carry(name)
    product = stage.record("ProductConsumptionSchedule", link)["ProductId"]
    stage.sell(name, stage.ids["account"], Line(product))
    [schedule] = stage.schedules(name)
    stage.world.org.store.update("SBQQ__OrderItemConsumptionSchedule__c", schedule["Id"], values, system=True)


def other_unit(stage: Stage, name: str) -> None:
    changed_schedule(stage, name, SBQQ__UnitOfMeasure__c="Hour")


def unknown_unit(stage: Stage, name: str) -> None:
    metered(stage, name, unit="Furlong")


def recurring_line_item(stage: Stage, name: str) -> None:
    product = stage.world.product("Rented", subscription=False, SBQQ__ChargeType__c="Recurring")
    stage.sell(name, stage.ids["account"], Line(product))


def other_model(stage: Stage, name: str) -> None:
    changed_schedule(stage, name, SBQQ__Type__c="Range")


def strange_bill_to(stage: Stage, name: str) -> None:
    people = {"BillToContactId": stage.ids["stranger"], "InvoiceOwner__c": stage.ids["owner"]}
    stage.sell(name, stage.ids["account"], Line(stage.ids["seat"]), **people)


def strange_ship_to(stage: Stage, name: str) -> None:
    people = {"ShipToContactId": stage.ids["stranger"], "SubscriptionOwner__c": stage.ids["owner"]}
    stage.sell(name, stage.ids["account"], Line(stage.ids["seat"]), **people)


def amended(stage: Stage, name: str, product: str, **change: Any) -> Row:
    """Sell a product, carry it over and amend it; return its rate plan in Zuora as the tenant keeps it."""
    first = f"{name}, first"
    stage.sell(first, stage.ids["account"], Line(product, 2))
    stage.carry(first)
    contract = stage.world.contract(stage.numbers[first])
    stage.numbers[name] = stage.world.amend(contract, "2026-06-01", {"product": product, **change})
    [original] = stage.items(first)
    number = stage.record("SBQQ__Subscription__c", original["SBQQ__Subscription__c"])["Name"]
    store = stage.sandbox.tenant.store
    [subscription] = store.find("subscription", name=number, isLatestVersion=True)
    [plan] = store.find("ratePlan", subscriptionId=subscription["id"])
    return plan | {"subscription": subscription}


def made_anew(stage: Stage, name: str, plan: Row) -> None:
    """Have billing make the subscription anew by hand: without the link, under another number."""
    store = stage.sandbox.tenant.store
    store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
    store.update("subscription", plan["subscription"]["id"], {"name": f"A-{name}"})


def not_to_be_found(stage: Stage, name: str) -> None:
    made_anew(stage, name, amended(stage, name, stage.ids["seat"], quantity=3))


def other_product(stage: Stage, name: str) -> None:
    plan = amended(stage, name, stage.ids["seat"], quantity=3)
    stage.sandbox.tenant.store.update(
        "ratePlan", plan["id"], {"externallyManagedPlanId": None, "productRatePlanId": "8a" + 30 * "0"}
    )


def moved_by_hand(stage: Stage, name: str) -> None:
    subscription = amended(stage, name, stage.ids["seat"], quantity=3)["subscription"]
    numbers = {row["crmId"]: row["accountNumber"] for row in stage.sandbox.tenant.store.rows("account")}
    old, new = numbers[stage.ids["account"]], numbers[stage.ids["owner"]]
    person = Person(stage.sandbox)
    person.act(old, subscription["name"], "2026-03-01", "OwnerTransfer", {"destinationAccountNumber": new})
    person.close()


def schedule_not_to_be_found(stage: Stage, name: str) -> None:
    product = stage.world.usage_product(name.title())
    stage.world.schedule(product, "Data")
    made_anew(stage, name, amended(stage, name, product, quantity=0))


def original_faulty(stage: Stage, name: str) -> None:
    product = stage.world.product("Faulty", ProductCode=None)
    first = f"{name}, first"
    stage.sell(first, stage.ids["account"], Line(product, 2))
    contract = stage.world.contract(stage.numbers[first])
    stage.numbers[name] = stage.world.amend(contract, "2026-06-01", {"product": product, "quantity": 3})


NOWHERE = {f"Billing{part}": None for part in ("Street", "City", "State", "PostalCode", "Country")}


def no_address(stage: Stage, name: str) -> None:
    stage.sell(name, stage.world.account("Nowhere", **NOWHERE), Line(stage.ids["seat"]))


def no_country(stage: Stage, name: str) -> None:
    stage.sell(name, stage.world.account("Somewhere", BillingCountry=None), Line(stage.ids["seat"]))


S = "OrderItem.SBQQ__Subscription__c"
OCS = "OrderItemConsumptionSchedule"
REVISED, REVISED_OWNER = "OrderItem.SBQQ__RevisedOrderProduct__c", "Order.SubscriptionOwner__c"
BOUND = "OrderItemConsumptionRate.SBQQ__LowerBound__c"

FAULTS: dict[str, Fault] = {
    "product without code": Fault(no_code, "CPQ-406", "Product2.ProductCode", "Invalid referenced products"),
    "no subscription": Fault(no_subscription, "CPQ-411", S, "No matching Subscription for OrderItem/OrderProduct"),
    "usage without subscription": Fault(
        usage_without_subscription, "CPQ-423", S, "order line items cannot carry usage"
    ),
    "mixed currency": Fault(mixed_currency, "CPQ-424", f"{OCS}.CurrencyIsoCode", "is in EUR, the order in USD"),
    "consumption schedule gone": Fault(
        schedule_gone,
        "CPQ-425",
        f"{OCS}.SBQQ__ConsumptionSchedule__c",
        "The Order Product Consumption Schedule could not be found",
    ),
    "consumption schedule edited after quoting": Fault(
        schedule_edited,
        "CPQ-425",
        f"{OCS}.SBQQ__ConsumptionSchedule__c",
        "The Order Product Consumption Schedule could not be found",
    ),
    "a rate plan with a second charge": Fault(
        second_charge, "CPQ-412", "OrderItem.Product2Id", "has 2 charges; it must have one"
    ),
    "tiers with a gap": Fault(gap, "CPQ-428", BOUND, "a gap: one rate ends at 10, the next begins at 20"),
    "tiers that overlap": Fault(overlap, "CPQ-428", BOUND, "an overlap: one rate ends at 10, the next begins at 5"),
    "tiers that begin late": Fault(late_start, "CPQ-428", BOUND, "the first rate begins at 5"),
    "another unit": Fault(
        other_unit, "CPQ-429", f"{OCS}.SBQQ__UnitOfMeasure__c", "is measured in Hour, its charge in Zuora in GB"
    ),
    "unknown unit": Fault(
        unknown_unit,
        "CPQ-430",
        "ProductConsumptionSchedule.ConsumptionSchedule.UnitOfMeasure",
        "Zuora has no unit of measure Furlong",
    ),
    "a line item of a recurring charge": Fault(
        recurring_line_item, "CPQ-412", "OrderItem.Product2Id", "Cannot find the charge for the Product"
    ),
    "a charge of another model": Fault(
        other_model, "CPQ-412", f"{OCS}.SBQQ__Type__c", "Cannot find the charge for the Product"
    ),
    "bill-to of another account": Fault(
        strange_bill_to, "CPQ-407", "Order.BillToContactId", "not to the invoice owner Owner"
    ),
    "ship-to of another account": Fault(
        strange_ship_to, "CPQ-407", "Order.ShipToContactId", "not to the subscription owner Owner"
    ),
    "amendment of nothing": Fault(not_to_be_found, "CPQ-426", REVISED, "Zuora has no rate plan with the external id"),
    "amendment of another product": Fault(other_product, "CPQ-437", REVISED, "has no rate plan with the external id"),
    "amendment of what was moved by hand": Fault(
        moved_by_hand, "CPQ-431", REVISED_OWNER, "Unable to locate a matching rate plan to amend"
    ),
    "amendment of a schedule without its id": Fault(
        schedule_not_to_be_found, "CPQ-427", REVISED, "Zuora has no rate plan with the external id"
    ),
    "amendment of a faulty order": Fault(original_faulty, "CPQ-435", REVISED, "which is not in Zuora"),
    "no billing address": Fault(no_address, "CPQ-403", "Account.BillingAddress", "Nowhere has no billing address"),
    "no country": Fault(no_country, "CPQ-404", "Account.BillingCountry", "Country is empty"),
}


SAY_MORE = {"CPQ-429", "CPQ-437"}
"""Codes whose remedy names what is there."""


@pytest.fixture(scope="module")
def faulty(worker_database: str) -> Iterator[Stage]:
    """Give the stage after a sync of all faulty orders."""
    empty(worker_database)
    with LocalSandbox("empty") as sandbox:
        stage = Stage(sandbox, worker_database)
        world = stage.world
        stage.ids |= {"account": world.account(), "owner": world.account("Owner"), "seat": world.product("Seat")}
        stage.ids["stranger"] = world.contact(stage.ids["account"], "Stranger")
        stage.sell("of the owner", stage.ids["owner"], Line(stage.ids["seat"]))
        stage.carry("of the owner")
        for name, fault in FAULTS.items():
            fault.make(stage, name)
        stage.carry(*FAULTS, outcome=Outcome.HELD, moved_subscriptions="hold")
        yield stage
        stage.tenant.close()


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_has_its_own_code_cause_and_remedy(faulty: Stage, name: str) -> None:
    fault = FAULTS[name]
    [reason] = faulty.results[name].reasons
    assert (reason.code, reason.field) == (fault.code, fault.field)
    assert fault.cause in reason.message
    assert reason.remedy
    assert reason.remedy == ERRORS[fault.code].remedy or fault.code in SAY_MORE


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_of_it_reached_zuora(faulty: Stage, name: str) -> None:
    assert faulty.results[name].operations == ()
    assert not faulty.tenant.has(f"/v1/orders/{faulty.numbers[name]}")
