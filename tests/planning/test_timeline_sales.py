"""The prices that Salesforce sold, behind what Zuora bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.timeline.sales import Agreed, SoldPrice, prices_sold
from cpqbridge.planning.timeline.timeline import timeline_of
from tests.planning import chains
from tests.planning.held import NEXT_YEAR, charge, version


def snapshot(*items: Any) -> Snapshot:
    """Orders of order products that nothing follows, each with its own."""
    return Snapshot(orders={item["OrderId"]: {**item["Order"], "OrderItems": [item]} for item in items})


def told(prices: list[SoldPrice] | tuple[SoldPrice, ...]) -> list[tuple[str, str | None, Decimal, Decimal, Decimal]]:
    return [(str(one.start), str(one.end), one.price, one.months, one.quantity) for one in prices]


def net(price: str) -> dict[str, Any]:
    return {"SBQQ__NetPrice__c": Decimal(price)}


def test_new_business_has_the_price_and_the_months_of_its_sale() -> None:
    found = prices_sold(snapshot(chains.sale(start="2026-06-01", subscription=net("80"))))
    assert told(found["802-1"]) == [("2026-06-01", "2027-02-01", 80, 8, 10)]


def test_what_has_no_end_or_no_price_has_none() -> None:
    found = prices_sold(snapshot(chains.evergreen(1), chains.sale(2, subscription={"SBQQ__NetPrice__c": None})))
    assert found == {"802-1": (), "802-2": ()}
    assert prices_sold(Snapshot()) == {}


def test_an_amendment_keeps_the_price_of_the_sale_and_a_renewal_has_its_own() -> None:
    items = [
        chains.sale(1, subscription=net("120")),
        chains.revision(2, 1, "2026-06-01", 5),
        chains.renewal(3, 1, subscription=net("126")),
    ]
    found = prices_sold(Snapshot(sold=chains.sold(*items)))
    assert list(found) == ["802-1"]
    assert told(found["802-1"]) == [
        ("2026-02-01", "2026-06-01", 120, 12, 10),
        ("2026-06-01", "2027-02-01", 120, 12, 15),
        ("2027-02-01", "2028-02-01", 126, 12, 10),
    ]


def test_segments_have_a_price_each() -> None:
    items = [
        chains.segment(1, "2026-02-01", "2027-01-31", price="100"),
        chains.segment(2, "2027-02-01", "2028-01-31", price="110"),
    ]
    found = prices_sold(Snapshot(sold=chains.sold(*items)))
    assert [(one.price, one.months) for one in found["802-1"]] == [(100, 12), (110, 12)]


def test_a_price_is_agreed_only_if_it_is_what_zuora_bills() -> None:
    [sold] = prices_sold(snapshot(chains.sale(quantity=3, subscription=net("100"))))["802-1"]
    assert sold.agreed(Decimal(100) / 12) == Agreed(Decimal(100), Decimal(12))
    assert sold.agreed(Decimal(300) / 12) == Agreed(Decimal(300), Decimal(12)), "all of a flat fee"
    assert sold.agreed(Decimal(101) / 12) is None


def test_a_stretch_is_told_the_price_for_which_its_days_were_sold() -> None:
    sale = chains.sale(1, "2026-07-01", end="2026-12-31", subscription=net("48"))
    items = [sale, chains.renewal(2, 1, "2027-01-01", end="2027-12-31", subscription=net("100.80"))]
    prices = prices_sold(Snapshot(sold=chains.sold(*items)))
    segments = [("2026-07-01", "2027-01-01", 10, 48), ("2027-01-01", "2028-01-01", 10, Decimal("50.4"))]
    renewed = version("2", charge(segments, specificListPriceBase=6), term=NEXT_YEAR)
    renewed["ratePlans"][0]["externallyManagedPlanId"] = "802-1"
    first = version("1", charge(segments[:1]), term=("2026-07-01", "2027-01-01", 6))
    stretches = timeline_of([first, renewed], None, prices).charges[0].stretches
    assert [one.agreed for one in stretches] == [
        Agreed(Decimal(48), Decimal(6)),
        Agreed(Decimal("100.80"), Decimal(12)),
    ]
    renewed["ratePlans"][0]["externallyManagedPlanId"] = None
    assert {one.agreed for one in timeline_of([first, renewed], None, prices).charges[0].stretches} == {None}
