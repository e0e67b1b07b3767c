"""Amendments of one subscription: more, fewer, stacked, on the same day, in the past, in the future, cancelled."""

from __future__ import annotations

from decimal import Decimal

from tests.scenarios.scene import Scene
from tests.world import Line, segmented


def test_quantity_change(scene: Scene) -> None:
    """An amendment takes 10 seats to 15 on 1 June: the quantity of the same subscription, the same price."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_quantity_decrease(scene: Scene) -> None:
    """A negative order product takes 10 seats to 4: the quantity goes down, nothing is cancelled."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 4})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          4 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_partial_period(scene: Scene) -> None:
    """A decrease in the middle of a month: dated to the day; Zuora works the credit out."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-15", {"product": "Seat", "quantity": 4})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-15
          4 Seat at 120 for 12 months, 2026-06-15 until 2027-02-01
    """)


def test_from_the_first_day(scene: Scene) -> None:
    """An amendment as of the contract's very first day: the old quantity was never there."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-02-01", {"product": "Seat", "quantity": 8})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          8 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
    """)


def test_stacked(scene: Scene) -> None:
    """Two amendments one after the other, synced each in its time: 10, then 15, then 12."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.sync()
    scene.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 12})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2026-09-01
          12 Seat at 120 for 12 months, 2026-09-01 until 2027-02-01
    """)


def test_same_day(scene: Scene) -> None:
    """Two amendments of the same day: the later order counts from that day on."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 12})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          12 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_back_dated(scene: Scene) -> None:
    """An amendment before an earlier one: five more from April, so both stretches change in one order."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.sync()
    scene.world.amend(contract, "2026-04-01", {"product": "Seat", "quantity": 20})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-04-01
          15 Seat at 120 for 12 months, 2026-04-01 until 2026-06-01
          20 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_future(scene: Scene) -> None:
    """A contract and an amendment that lie far ahead are carried over now, dated ahead."""
    contract = scene.sell(start="2096-02-01", end="2097-01-31")
    scene.world.amend(contract, "2096-06-01", {"product": "Seat", "quantity": 15})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2096-02-01 until 2097-02-01, of Acme
          10 Seat at 120 for 12 months, 2096-02-01 until 2096-06-01
          15 Seat at 120 for 12 months, 2096-06-01 until 2097-02-01
    """)


def test_cancel(scene: Scene) -> None:
    """An amendment to zero cancels the subscription; all its dates are the amendment's."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
    """)


def test_cancel_with_trigger_dates(scene: Scene) -> None:
    """With all trigger dates on orders, a cancellation sets the three of them to its own day."""
    contract = scene.sell(
        EffectiveDate="2026-02-01", CompanyAuthorizedDate="2026-02-01", CustomerAuthorizedDate="2026-02-01"
    )
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 0})
    scene.sync(trigger_dates_on_orders=True)
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
    """)


def test_cancel_one_of_two(scene: Scene) -> None:
    """One of two products is cancelled: its subscription ends, the other is not touched."""
    support = scene.world.product("Support")
    contract = scene.sell(scene.ten_seats, Line(support, 1, Decimal(600)))
    scene.world.amend(contract, "2026-06-01", {"product": "Support", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
        subscription 2: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          1 Support at 600 for 12 months, 2026-02-01 until 2026-06-01
    """)


def test_cancel_from_the_first_day(scene: Scene) -> None:
    """A cancellation as of the first day: nothing of the subscription is left to bill."""
    contract = scene.sell()
    scene.world.cancel(contract, "2026-02-01")
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-02-01
    """)


def test_cancel_before_a_later_increase(scene: Scene) -> None:
    """A cancellation ahead of an increase that is in Zuora already: the increase never comes."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-10-01", {"product": "Seat", "quantity": 16})
    scene.sync()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
    """)


def test_original_first(scene: Scene) -> None:
    """Only the amendment is named, and its original is not in Zuora: the original is carried over first."""
    contract = scene.sell()
    amendment = scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.sync(amendment)
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_wrong_way_round(scene: Scene) -> None:
    """Orders named in the wrong order are carried over in the right one."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 12})
    scene.sync(*reversed(scene.orders()))
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2026-09-01
          12 Seat at 120 for 12 months, 2026-09-01 until 2027-02-01
    """)


def test_per_period_price(scene: Scene) -> None:
    """With net prices per billing period, an amendment changes the quantity and nothing else."""
    contract = scene.sell(Line(scene.seat, 10, Decimal(10)))
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.sync(sfdc_use_list_price_base=False)
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 10 a month, 2026-02-01 until 2026-06-01
          15 Seat at 10 a month, 2026-06-01 until 2027-02-01
    """)


def test_evergreen_amended(scene: Scene) -> None:
    """More of an evergreen product: from the day on, without an end."""
    contract = scene.sell(scene.five_evergreen)
    scene.world.amend(contract, "2026-06-01", {"product": "Tap", "quantity": 8})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, evergreen since 2026-02-01, of Acme
          5 Tap at 10 for 1 month, 2026-02-01 until 2026-06-01
          8 Tap at 10 for 1 month, since 2026-06-01
    """)


def test_evergreen_cancelled(scene: Scene) -> None:
    """An evergreen product amended to zero: the subscription is cancelled on that day."""
    contract = scene.sell(scene.five_evergreen)
    scene.world.amend(contract, "2026-06-01", {"product": "Tap", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, evergreen 2026-02-01 until 2026-06-01, of Acme
          5 Tap at 10 for 1 month, 2026-02-01 until 2026-06-01
    """)


def test_block_price_amended(scene: Scene) -> None:
    """Fifteen instead of five fall into another block: the flat fee becomes that block's for the whole term."""
    pack = scene.world.product_of_model("recurring flat", "Pack")
    scene.world.block_prices(pack, [(1, 10, 1200), (10, None, 1800)])
    contract = scene.sell(Line(pack, 5, Decimal(1200), more={"SBQQ__EffectiveQuantity__c": 1}))
    scene.world.amend(contract, "2026-08-01", {"product": "Pack", "quantity": 15})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          Pack for 1200 for 12 months, 2026-02-01 until 2026-08-01
          Pack for 1800 for 12 months, 2026-08-01 until 2027-02-01
    """)


def test_segments_amended(scene: Scene) -> None:
    """More of a product sold in yearly segments, from the middle of the second: both later segments change."""
    contract = scene.sell(*_segments(scene), end="2029-01-31")
    scene.world.amend(contract, "2027-08-01", {"product": "Seat", "quantity": 12})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, of Acme
          10 Seat at 100 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 110 for 12 months, 2027-02-01 until 2027-08-01
          12 Seat at 110 for 12 months, 2027-08-01 until 2028-02-01
          12 Seat at 120 for 12 months, 2028-02-01 until 2029-02-01
    """)


def test_segments(scene: Scene) -> None:
    """A product sold in three yearly segments (MDQ): one subscription whose price steps up with each year."""
    scene.sell(*_segments(scene), end="2029-01-31")
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, of Acme
          10 Seat at 100 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 110 for 12 months, 2027-02-01 until 2028-02-01
          10 Seat at 120 for 12 months, 2028-02-01 until 2029-02-01
    """)


def test_segments_cancelled(scene: Scene) -> None:
    """A product sold in segments is cancelled in the second year: the subscription ends there."""
    contract = scene.sell(*_segments(scene), end="2029-01-31")
    scene.world.amend(contract, "2027-08-01", {"product": "Seat", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2027-08-01, of Acme
          10 Seat at 100 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 110 for 12 months, 2027-02-01 until 2027-08-01
    """)


def _segments(scene: Scene) -> list[Line]:
    years = [
        (f"{year}-02-01", f"{year + 1}-01-31", 10, price) for year, price in ((2026, 100), (2027, 110), (2028, 120))
    ]
    return segmented(scene.seat, *years)
