"""New business: connector rows "New order", "Currency", "Evergreen", "Bundles", "Contracting Method / Order By"."""

from __future__ import annotations

from decimal import Decimal

from tests.scenarios.scene import PRICE, Scene
from tests.world import Group, Line


def test_new_order(scene: Scene) -> None:
    """A new order of two subscriptions and an asset: one Zuora order, two subscriptions, a line item."""
    world = scene.world
    support = world.product("Support", SBQQ__PricingMethod__c="Block")
    router = world.product("Router", subscription=False)
    scene.sell(scene.ten_seats, Line(support, 1, Decimal(600)), Line(router, 2, Decimal(50)))
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          Support for 600 for 12 months, 2026-02-01 until 2027-02-01
        line item of order 1: 2 Router at 50 each, SentToBilling, on 2026-02-01, of Acme
    """)


def test_currency(scene: Scene) -> None:
    """An order in euros for a customer in dollars: the subscription is in euros."""
    scene.world.price(scene.seat, "EUR", 9)
    scene.sell(Line(scene.seat, 3, PRICE), currency="EUR")
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, in EUR, of Acme
          3 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
    """)


def test_evergreen(scene: Scene) -> None:
    """An evergreen product: a subscription without an end, priced per month."""
    scene.sell(scene.five_evergreen)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, evergreen since 2026-02-01, of Acme
          5 Tap at 10 for 1 month, since 2026-02-01
    """)


def test_contracting_method(scene: Scene) -> None:
    """Two contracts by end date out of one order: still one Zuora order, each subscription with its own end."""
    support = scene.world.product("Support")
    half_year = {"SBQQ__EndDate__c": "2026-07-31"}
    scene.sell(scene.ten_seats, Line(support, 1, Decimal(60), more=half_year))
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2026-02-01 until 2026-08-01, of Acme
          1 Support at 60 for 6 months, 2026-02-01 until 2026-08-01
    """)


def test_ramp_by_groups(scene: Scene) -> None:
    """Quote line groups as ramps: an order for each group, so a subscription for each term, one after the other."""
    first = Group("2026-02-01", "2027-01-31", [scene.ten_seats])
    second = Group("2027-02-01", "2028-01-31", [Line(scene.seat, 20, Decimal(110))])
    scene.world.ramp(scene.account, first, second)
    scene.sync()
    scene.ends_as(
        """
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Active, 2027-02-01 until 2028-02-01, of Acme
          20 Seat at 110 for 12 months, 2027-02-01 until 2028-02-01
    """,
        whole=True,
    )
