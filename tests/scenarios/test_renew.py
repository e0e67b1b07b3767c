"""Renewals: as it was, at another price, in another quantity, for another time, early; and what comes after them."""

from __future__ import annotations

from decimal import Decimal

from tests.scenarios.scene import Scene
from tests.world import Line, segmented


def test_renewal(scene: Scene) -> None:
    """A renewal as it was: the same subscription, for the next year."""
    contract = scene.sell()
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
    """)


def test_renewal_price_lift(scene: Scene) -> None:
    """A renewal ten per cent dearer: the new price begins with the new term."""
    contract = scene.sell()
    scene.world.renew(contract, uplift=10)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 132 for 12 months, 2027-02-01 until 2028-02-01
    """)


def test_renewal_with_quantity(scene: Scene) -> None:
    """A renewal of more seats: the new quantity begins with the new term."""
    contract = scene.sell()
    scene.world.renew(contract, {"product": "Seat", "quantity": 14})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          14 Seat at 120 for 12 months, 2027-02-01 until 2028-02-01
    """)


def test_terms_and_conditions(scene: Scene) -> None:
    """A renewal for two years instead of one, at the same price per month: another renewal term, then renewed."""
    contract = scene.sell()
    scene.world.renew(contract, term=24)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2029-02-01
    """)


def test_longer_renewal_price_lift(scene: Scene) -> None:
    """A renewal for two years, ten per cent dearer: the price stays one for twelve months, as the charge has it."""
    contract = scene.sell()
    scene.world.renew(contract, term=24, uplift=10)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 132 for 12 months, 2027-02-01 until 2029-02-01
    """)


def test_renewal_drops_product(scene: Scene) -> None:
    """A product that is not renewed runs out with its term: nothing is sent for it."""
    support = scene.world.product("Support")
    contract = scene.sell(scene.ten_seats, Line(support, 1, Decimal(600)))
    scene.world.renew(contract, {"product": "Support", "quantity": 0})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          1 Support at 600 for 12 months, 2026-02-01 until 2027-02-01
    """)


def test_renewal_adds_product(scene: Scene) -> None:
    """A product added by the renewal: a new subscription for the new term."""
    contract = scene.sell()
    scene.world.product("Support")
    scene.world.renew(contract, add=[{"product": "Support", "quantity": 1, "netPrice": 600}])
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
        subscription 3: Active, 2027-02-01 until 2028-02-01, of Acme
          1 Support at 600 for 12 months, 2027-02-01 until 2028-02-01
    """)


def test_early_renewal(scene: Scene) -> None:
    """A renewal three months early: the running term is cut short, the new one begins at once."""
    contract = scene.sell()
    scene.world.renew(contract, effectiveDate="2026-11-01")
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-11-01, term since 2026-11-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-11-01
    """)


def test_early_renewal_price_lift(scene: Scene) -> None:
    """A renewal three months early, dearer and for more seats: both from the new term's first day."""
    contract = scene.sell()
    scene.world.renew(contract, {"product": "Seat", "quantity": 12, "uplift": 10}, effectiveDate="2026-11-01")
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-11-01, term since 2026-11-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-11-01
          12 Seat at 132 for 12 months, 2026-11-01 until 2027-11-01
    """)


def test_early_renewal_drops_product(scene: Scene) -> None:
    """A product that an early renewal leaves out stays with the old contract until its own end, as in CPQ."""
    support = scene.world.product("Support")
    contract = scene.sell(scene.ten_seats, Line(support, 1, Decimal(600)))
    scene.world.renew(contract, {"product": "Support", "quantity": 0}, effectiveDate="2026-11-01")
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-11-01, term since 2026-11-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-11-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          1 Support at 600 for 12 months, 2026-02-01 until 2027-02-01
    """)


def test_renewal_of_an_amended_quantity(scene: Scene) -> None:
    """What an amendment made of a subscription is renewed: fifteen seats, not ten."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 15})
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2028-02-01
    """)


def test_renewal_of_what_was_sold_again(scene: Scene) -> None:
    """What a price change sold for eight months is renewed for a year: another renewal term, the price of a month."""
    contract = scene.sell()
    scene.world.amend(contract, "2026-06-01", {"product": "Seat", "netPrice": 60})
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2026-06-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
        subscription 3: Active, 2026-06-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 60 for 8 months, 2026-06-01 until 2028-02-01
    """)


def test_renewal_after_renewal(scene: Scene) -> None:
    """Two renewals, each dearer: one subscription all the way."""
    contract = scene.sell()
    second = scene.world.contract(scene.world.renew(contract, uplift=10))
    scene.sync()
    scene.world.renew(second, {"product": "Seat", "netPrice": 140})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, term since 2028-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 132 for 12 months, 2027-02-01 until 2028-02-01
          10 Seat at 140 for 12 months, 2028-02-01 until 2029-02-01
    """)


def test_amendment_after_renewal(scene: Scene) -> None:
    """An amendment of the renewed contract: the subscription that the first sale made changes."""
    contract = scene.sell()
    second = scene.world.contract(scene.world.renew(contract, uplift=10))
    scene.world.amend(second, "2027-06-01", {"product": "Seat", "quantity": 20})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 132 for 12 months, 2027-02-01 until 2027-06-01
          20 Seat at 132 for 12 months, 2027-06-01 until 2028-02-01
    """)


def test_cancel_after_renewal(scene: Scene) -> None:
    """A cancellation of the renewed contract: the subscription ends in its second term."""
    contract = scene.sell()
    second = scene.world.contract(scene.world.renew(contract))
    scene.world.cancel(second, "2027-06-01")
    scene.sync()
    scene.ends_as("""
        subscription 1: Cancelled, 2026-02-01 until 2027-06-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2027-06-01
    """)


def test_renewal_in_per_period_prices(scene: Scene) -> None:
    """With net prices per billing period, a dearer renewal: the price of a month changes."""
    contract = scene.sell(Line(scene.seat, 10, Decimal(10)))
    scene.world.renew(contract, uplift=10)
    scene.sync(sfdc_use_list_price_base=False)
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 10 a month, 2026-02-01 until 2027-02-01
          10 Seat at 11 a month, 2027-02-01 until 2028-02-01
    """)


def test_usage_renewed(scene: Scene) -> None:
    """A product sold by usage is renewed at the rates it had."""
    traffic = scene.world.usage_product()
    scene.world.schedule(traffic)
    contract = scene.sell(Line(traffic))
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          Data GB 0 to 99.99 at 0.1; 100 to any at 0.05 (Tiered), 2026-02-01 until 2028-02-01
    """)


def test_one_time_charge_at_renewal(scene: Scene) -> None:
    """A renewable product that is charged once is charged again: a new subscription for the new term."""
    setup = scene.world.product("Set-up", SBQQ__ChargeType__c="One-Time")
    contract = scene.sell(scene.ten_seats, Line(setup, 1, Decimal(500)))
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          1 Set-up at 500 once, on 2026-02-01
        subscription 4: Active, 2027-02-01 until 2028-02-01, of Acme
          1 Set-up at 500 once, on 2027-02-01
    """)


def test_segments_renewed(scene: Scene) -> None:
    """A product sold in yearly segments is renewed in segments, which CPQ prices as the first one."""
    contract = scene.sell(*_two_years(scene), end="2028-01-31")
    scene.world.renew(contract)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2030-02-01, term since 2028-02-01, of Acme
          10 Seat at 100 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 110 for 12 months, 2027-02-01 until 2028-02-01
          10 Seat at 100 for 12 months, 2028-02-01 until 2030-02-01
    """)


def test_segments_renewed_as_one(scene: Scene) -> None:
    """The same where the contract renews without segments: one line, which CPQ prices as the last segment."""
    contract = scene.sell(*_two_years(scene), end="2028-01-31")
    [row] = scene.world.org.store.find("Contract", "ContractNumber", contract)
    behavior = {"SBQQ__MDQRenewalBehavior__c": "De-segmented"}
    scene.world.org.store.update("Contract", row["Id"], behavior, system=True)
    scene.world.renew(contract, term=12)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2029-02-01, term since 2028-02-01, of Acme
          10 Seat at 100 for 12 months, 2026-02-01 until 2027-02-01
          10 Seat at 110 for 12 months, 2027-02-01 until 2029-02-01
    """)


def _two_years(scene: Scene) -> list[Line]:
    years = [("2026-02-01", "2027-01-31", 10, 100), ("2027-02-01", "2028-01-31", 10, 110)]
    return segmented(scene.seat, *years)
