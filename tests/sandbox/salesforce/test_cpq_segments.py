"""Multi-dimensional products: each segment is an order product, a subscription and a chain of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.sandbox.salesforce.cpq_life import items, lines, sold, subscriptions
from tests.world import Line, World, segmented

YEARS = [(f"{year}-01-01", f"{year}-12-31", 10, 100 * number) for number, year in enumerate((2026, 2027, 2028), 1)]


def three_years(world: World, *more: Line) -> tuple[str, str]:
    return sold(world, *segmented(world.product(), *YEARS), *more, end="2028-12-31")


def changes(world: World, number: str) -> list[tuple[Any, ...]]:
    return [(i["SBQQ__SegmentIndex__c"], i["Quantity"], i["ServiceDate"], i["EndDate"]) for i in items(world, number)]


def units(world: World, contract: str, *days: str) -> list[Decimal]:
    return [sum((held.quantity for held in world.active(contract, day).values()), Decimal(0)) for day in days]


def test_segments_carry_their_key_number_label_and_dates(sales: World) -> None:
    first, contract = three_years(sales)
    assert [(i["SBQQ__SegmentIndex__c"], i["ServiceDate"], i["EndDate"]) for i in items(sales, first)] == [
        (number, start, end) for number, (start, end, *_) in enumerate(YEARS, 1)
    ]
    rows = subscriptions(sales, first)
    assert len({row["SBQQ__SegmentKey__c"] for row in rows + items(sales, first)}) == 1
    assert [row["SBQQ__SegmentLabel__c"] for row in rows] == ["Year 1", "Year 2", "Year 3"]
    assert [(row["SBQQ__SegmentStartDate__c"], row["SBQQ__SegmentEndDate__c"]) for row in rows] == [
        (start, end) for start, end, *_ in YEARS
    ]
    assert (rows[0]["SBQQ__StartDate__c"], rows[0]["SBQQ__EndDate__c"]) == ("2026-01-01", "2028-12-31")
    [held] = sales.active(contract, "2027-06-01").values()
    assert (held.segment, held.subscription, held.first) == (2, rows[1]["Name"], rows[0]["Name"])
    assert (held.price, held.start.year, held.end and held.end.year) == (200, 2027, 2027)


def test_one_segment_is_amended_by_itself(sales: World) -> None:
    first, contract = three_years(sales)
    number = sales.amend(contract, "2026-07-01", {"product": "SEAT", "segment": 2, "quantity": 14})
    assert changes(sales, number) == [(2, 4, "2027-01-01", "2027-12-31")]
    [item], [revision] = items(sales, number), subscriptions(sales, number)
    assert item["SBQQ__RevisedOrderProduct__c"] == items(sales, first)[1]["Id"]
    assert revision["SBQQ__RevisedSubscription__c"] == subscriptions(sales, first)[1]["Id"]
    assert (revision["SBQQ__SegmentStartDate__c"], revision["SBQQ__SegmentEndDate__c"]) == ("2027-01-01", "2027-12-31")
    assert revision["SBQQ__SegmentLabel__c"] == "Year 2"
    assert units(sales, contract, "2026-12-31", "2027-01-01", "2028-01-01") == [10, 14, 10]


def test_a_revision_of_the_first_segment_has_its_own_dates(sales: World) -> None:
    _, contract = three_years(sales)
    [revision] = subscriptions(
        sales, sales.amend(contract, "2026-07-01", {"product": "SEAT", "segment": 1, "quantity": 8})
    )
    assert (revision["SBQQ__StartDate__c"], revision["SBQQ__EndDate__c"]) == ("2026-07-01", "2026-12-31")
    assert units(sales, contract, "2026-06-30", "2026-07-01", "2027-01-01") == [10, 8, 10]


def test_past_segments_cannot_be_amended(sales: World) -> None:
    first, contract = three_years(sales)
    past = subscriptions(sales, first)[0]["Name"]
    with pytest.raises(SalesforceError, match="has ended"):
        sales.amend(contract, "2027-07-01", {"subscriptionNumber": past, "quantity": 1})
    number = sales.amend(contract, "2027-07-01", {"product": "SEAT", "quantity": 12})
    assert [line["SBQQ__SegmentIndex__c"] for line in lines(sales, number)] == [2, 3]


def test_the_number_of_a_segment_goes_with_a_product_only(sales: World) -> None:
    first, contract = three_years(sales)
    name = subscriptions(sales, first)[0]["Name"]
    with pytest.raises(SalesforceError, match="goes with 'product'"):
        sales.amend(contract, "2026-07-01", {"subscriptionNumber": name, "segment": 1, "quantity": 1})


@pytest.mark.parametrize("named", [None, 0, 2], ids=["all", "past segment", "open segment"])
def test_cancelling_ends_the_open_and_all_later_segments(sales: World, named: int | None) -> None:
    first, contract = three_years(sales)
    rows = subscriptions(sales, first)
    number = sales.cancel(contract, "2027-07-01", *([] if named is None else [rows[named]["Name"]]))
    assert changes(sales, number) == [(2, -10, "2027-07-01", "2027-12-31"), (3, -10, "2028-01-01", "2028-12-31")]
    assert [item["SBQQ__ContractAction__c"] for item in items(sales, number)] == ["Cancel"] * 2
    ended = [row["SBQQ__TerminatedDate__c"] for row in subscriptions(sales, first)]
    assert ended == [None, "2027-07-01", "2028-01-01"]
    assert units(sales, contract, "2027-06-30", "2027-07-01", "2028-06-01") == [10, 0, 0]


def test_another_price_makes_the_segments_of_a_new_line(sales: World) -> None:
    first, contract = three_years(sales)
    number = sales.amend(contract, "2027-01-01", {"product": "SEAT", "netPrice": 50})
    again = [item for item in items(sales, number) if item["Quantity"] > 0]
    assert [(item["SBQQ__SegmentIndex__c"], item["ServiceDate"]) for item in again] == [
        (1, "2027-01-01"), (2, "2028-01-01"),
    ]  # fmt: skip
    [key] = {item["SBQQ__SegmentKey__c"] for item in again}
    assert key not in (None, items(sales, first)[0]["SBQQ__SegmentKey__c"])
    assert [next(iter(sales.active(contract, day).values())).price for day in ("2026-05-01", "2027-05-01")] == [100, 50]


def test_segments_renew_as_segments_at_the_price_of_the_first(sales: World) -> None:
    first, contract = three_years(sales)
    sales.amend(contract, "2028-07-01", {"product": "SEAT", "quantity": 12})
    number = sales.renew(contract, term=18)
    assert changes(sales, number) == [(1, 12, "2029-01-01", "2029-12-31"), (2, 12, "2030-01-01", "2030-06-30")]
    assert [item["UnitPrice"] for item in items(sales, number)] == [100, 50]
    original = subscriptions(sales, first)
    assert {line["SBQQ__RenewedSubscription__c"] for line in lines(sales, number)} == {original[0]["Id"]}
    assert {row["SBQQ__RenewedDate__c"] for row in original} == {"2029-01-01"}
    made = subscriptions(sales, number)
    assert [row["SBQQ__SegmentLabel__c"] for row in made] == ["Year 1", "Year 2"]
    [held] = sales.active(sales.contract(number), "2030-02-01").values()
    assert (held.segment, held.first) == (2, original[0]["Name"])


def test_segments_renew_as_one_line_where_the_contract_says_so(sales: World) -> None:
    _, contract = three_years(sales)
    [row] = sales.org.store.find("Contract", "ContractNumber", contract)
    behavior = {"SBQQ__MDQRenewalBehavior__c": "De-segmented"}
    sales.org.store.update("Contract", row["Id"], behavior, system=True)
    [item] = items(sales, sales.renew(contract, term=12))
    assert (item["SBQQ__SegmentKey__c"], item["Quantity"], item["UnitPrice"]) == (None, 10, 300)


def test_any_segment_names_the_product_at_renewal(sales: World) -> None:
    first, contract = three_years(sales)
    named = {"subscriptionNumber": subscriptions(sales, first)[1]["Name"], "quantity": 3, "uplift": 10}
    assert [(i["Quantity"], i["UnitPrice"]) for i in items(sales, sales.renew(contract, named, term=12))] == [(3, 110)]


def test_an_early_renewal_ends_all_later_segments(sales: World) -> None:
    _, contract = three_years(sales, Line(sales.product("Other")))
    number = sales.renew(contract, {"product": "OTHER", "quantity": 0}, effectiveDate="2027-07-01", term=12)
    assert changes(sales, number) == [(1, 10, "2027-07-01", "2028-06-30")]
    left = [{held.product for held in sales.active(contract, day).values()} for day in ("2027-06-30", "2028-02-01")]
    assert (len(left[0]), len(left[1])) == (2, 1)  # what was dropped stays until its own end
    assert units(sales, sales.contract(number), "2028-06-30") == [10]


def test_a_product_whose_last_segment_was_cancelled_is_not_renewed(sales: World) -> None:
    _, contract = three_years(sales)
    sales.cancel(contract, "2028-01-01")
    with pytest.raises(SalesforceError, match="nothing to renew"):
        sales.renew(contract)
