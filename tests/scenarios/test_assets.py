"""Assets: order line items, amended and renewed."""

from __future__ import annotations

from decimal import Decimal

from tests.scenarios.scene import Scene
from tests.world import Line


def test_asset_amended(scene: Scene) -> None:
    """Three more of an asset: a further line item for the difference; the first one stays."""
    contract = _sold(scene)
    scene.world.amend(contract, "2026-06-01", {"assetId": _asset(scene), "quantity": 5})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        line item of order 1: 2 Router at 50 each, SentToBilling, on 2026-02-01, of Acme
        line item of order 2: 3 Router at 50 each, SentToBilling, on 2026-06-01, of Acme
    """)


def test_asset_returned(scene: Scene) -> None:
    """One of two is taken back, which the product allows: a line item of category Return for the difference."""
    contract = _sold(scene)
    [router] = scene.world.org.store.find("Product2", "Name", "Router")
    refunds = {"SBQQ__AssetAmendmentBehavior__c": "Allow Refund"}
    scene.world.org.store.update("Product2", router["Id"], refunds, system=True)
    scene.world.amend(contract, "2026-06-01", {"assetId": _asset(scene), "quantity": 1})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        line item of order 1: 2 Router at 50 each, SentToBilling, on 2026-02-01, of Acme
        line item of order 2: 1 Router at 50 each, SentToBilling, Return, on 2026-06-01, of Acme
    """)


def test_asset_renewed(scene: Scene) -> None:
    """Assets are renewed with the contract: brand-new line items, the subscription as ever."""
    contract = _sold(scene)
    scene.world.renew(contract, includeAssets=True)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
        line item of order 1: 2 Router at 50 each, SentToBilling, on 2026-02-01, of Acme
        line item of order 2: 2 Router at 50 each, SentToBilling, on 2027-02-01, of Acme
    """)


def _sold(scene: Scene) -> str:
    router = scene.world.product("Router", subscription=False)
    return scene.sell(scene.ten_seats, Line(router, 2, Decimal(50)))


def _asset(scene: Scene) -> str:
    [asset] = scene.world.org.store.find("Asset", "Name", "Router")
    return str(asset["Id"])
