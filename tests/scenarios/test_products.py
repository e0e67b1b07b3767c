"""Products that an amendment adds, swaps, prices anew or takes away; usage and bundles amended."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.sandbox.salesforce.cpq.contract import contract
from tests.scenarios.scene import Scene
from tests.world import Line

SUPPORT = {"product": "Support", "quantity": 2, "netPrice": 80}


def test_add_product(scene: Scene) -> None:
    """A product added on 1 June: a subscription of its own that ends with the contract."""
    contract = scene.sell()
    scene.world.product("Support")
    scene.world.amend(contract, "2026-06-01", add=[SUPPORT])
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-06-01 until 2027-02-01, of Acme
          2 Support at 80 for 8 months, 2026-06-01 until 2027-02-01
    """)


def test_add_product_to_existing(scene: Scene) -> None:
    """The same where added products go to an existing subscription: a second rate plan of it from 1 June."""
    contract = scene.sell()
    scene.world.product("Support")
    scene.world.amend(contract, "2026-06-01", add=[SUPPORT])
    scene.sync(added_products="existing_subscription")
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          2 Support at 80 for 8 months, 2026-06-01 until 2027-02-01
    """)


def test_remove_product(scene: Scene) -> None:
    """One of two products of one subscription is cancelled: its rate plan is removed, the subscription stays."""
    contract = scene.sell()
    scene.world.product("Support")
    scene.world.amend(contract, "2026-06-01", add=[SUPPORT])
    scene.sync(added_products="existing_subscription")
    scene.world.amend(contract, "2026-10-01", {"product": "Support", "quantity": 0})
    scene.sync(added_products="existing_subscription")
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          2 Support at 80 for 8 months, 2026-06-01 until 2026-10-01, removed
    """)


def test_incomplete_month(scene: Scene) -> None:
    """A product added in the middle of a month ends with the contract: priced per month, the term in days."""
    contract = scene.sell()
    scene.world.product("Support")
    support = {"product": "Support", "listPrice": 120, "fields": {"SBQQ__UnproratedNetPrice__c": 120}}
    scene.world.amend(contract, "2026-06-16", add=[support])
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-06-16 until 2027-02-01, of Acme
          1 Support at 10 a month, 2026-06-16 until 2027-02-01
    """)


def test_not_co_terminating(scene: Scene) -> None:
    """Co-termination is off: an added product outlives the contract, with its own term."""
    contract = scene.sell()
    [row] = scene.world.org.store.find("Contract", "ContractNumber", contract)
    scene.world.org.store.update("Contract", row["Id"], {"SBQQ__DisableAmendmentCoTerm__c": True}, system=True)
    scene.world.product("Support")
    year = {"product": "Support", "quantity": 2, "netPrice": 120, "endDate": "2027-05-31"}
    scene.world.amend(contract, "2026-06-01", add=[year])
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-06-01 until 2027-06-01, of Acme
          2 Support at 120 for 12 months, 2026-06-01 until 2027-06-01
    """)


def test_price_change(scene: Scene) -> None:
    """Another price (debook and rebook): the subscription is cancelled and a new one created, in one order."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "netPrice": 60})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
        subscription 3: Active, 2026-06-01 until 2027-02-01, of Acme
          10 Seat at 60 for 8 months, 2026-06-01 until 2027-02-01
    """)


def test_price_change_in_place(scene: Scene) -> None:
    """The same where prices are changed in place: 60 for the eight months left are 90 for the charge's twelve."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "netPrice": 60})
    scene.sync(price_changes="in_place")
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          10 Seat at 90 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_price_and_quantity_in_place(scene: Scene) -> None:
    """Price and quantity change at once, in place; then the quantity alone, of the product sold again."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "netPrice": 60, "quantity": 12})
    scene.sync(price_changes="in_place")
    scene.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 14})
    scene.sync(price_changes="in_place")
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          12 Seat at 90 for 12 months, 2026-06-01 until 2026-09-01
          14 Seat at 90 for 12 months, 2026-09-01 until 2027-02-01
    """)


def test_price_changed_again(scene: Scene) -> None:
    """The product sold again at another price is amended: the new subscription changes, not the cancelled one."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "netPrice": 60})
    scene.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 14})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
        subscription 3: Active, 2026-06-01 until 2027-02-01, of Acme
          10 Seat at 60 for 8 months, 2026-06-01 until 2026-09-01
          14 Seat at 60 for 8 months, 2026-09-01 until 2027-02-01
    """)


def test_swap(scene: Scene) -> None:
    """An upgrade: the old product's subscription is cancelled, the new one's created, in one order."""
    contract = scene.sell()
    scene.world.product("Pro")
    scene.world.amend(
        contract, "2026-06-01", {"product": "Seat", "swap": {"product": "Pro", "quantity": 8, "netPrice": 160}}
    )
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
        subscription 3: Active, 2026-06-01 until 2027-02-01, of Acme
          8 Pro at 160 for 8 months, 2026-06-01 until 2027-02-01
    """)


def test_usage_cancelled(scene: Scene) -> None:
    """A product sold by usage is cancelled; its rate plan is found by the consumption schedule's id."""
    contract = scene.sell(_traffic(scene))
    scene.world.amend(contract, "2026-06-01", {"product": "Traffic", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          Data GB 0 to 99.99 at 0.1; 100 to any at 0.05 (Tiered), 2026-02-01 until 2026-06-01
    """)


def test_usage_rates_changed(scene: Scene) -> None:
    """Other rates of usage: the subscription is cancelled and sold again at the new ones."""
    contract = scene.sell(_traffic(scene))
    rates = {"Data": [[0, None, Decimal("0.01"), "PerUnit"]]}
    scene.world.amend(contract, "2026-06-01", {"product": "Traffic", "rates": rates})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          Data GB 0 to 99.99 at 0.1; 100 to any at 0.05 (Tiered), 2026-02-01 until 2026-06-01
        subscription 3: Active, 2026-06-01 until 2027-02-01, of Acme
          Data GB 0 to any at 0.01 (Tiered), 2026-06-01 until 2027-02-01
    """)


def test_bundle(scene: Scene) -> None:
    """A bundle: each of its products is a subscription, an included one at no price; one order."""
    _suite(scene)
    scene.sync()
    scene.ends_as(
        """
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          2 Suite at 600 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          4 Storage at 0 for 12 months, 2026-02-01 until 2027-02-01
    """,
        whole=True,
    )


def test_bundle_amended(scene: Scene) -> None:
    """A bundle goes from two to three: what is included grows with it, each in its own subscription."""
    suites = _suite(scene)
    scene.world.amend(suites, "2026-06-01", {"product": "Suite", "quantity": 3})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          2 Suite at 600 for 12 months, 2026-02-01 until 2026-06-01
          3 Suite at 600 for 12 months, 2026-06-01 until 2027-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          4 Storage at 0 for 12 months, 2026-02-01 until 2026-06-01
          6 Storage at 0 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_bundle_cancelled(scene: Scene) -> None:
    """A bundle is cancelled: all of its subscriptions end with it, in one order."""
    suites = _suite(scene)
    scene.world.amend(suites, "2026-06-01", {"product": "Suite", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          2 Suite at 600 for 12 months, 2026-02-01 until 2026-06-01
        subscription 2: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          4 Storage at 0 for 12 months, 2026-02-01 until 2026-06-01
    """)


def _traffic(scene: Scene) -> Line:
    traffic = scene.world.usage_product()
    scene.world.schedule(traffic)
    return Line(traffic)


def _suite(scene: Scene) -> str:
    """Sell two Suites, a bundle that includes four Storages; returns the contract's number."""
    world = scene.world
    included = {"SBQQ__Bundled__c": True}
    sold = [
        Line(world.product("Suite"), 2, Decimal(600)),
        Line(world.product("Storage"), 4, Decimal(0), more=included),
    ]
    number = world.order(scene.account, sold, contracted=False)
    [order] = world.org.store.find("Order", "OrderNumber", number)
    for sobject, parent in (("SBQQ__QuoteLine__c", "SBQQ__Quote__c"), ("OrderItem", "OrderId")):
        suite, storage = world.org.store.find(sobject, parent, order.get(parent) or order["Id"])
        world.org.store.update(sobject, storage["Id"], {"SBQQ__RequiredBy__c": suite["Id"]}, system=True)
    contract(world.org, order["Id"], wait=True)
    return world.contract(number)
