"""The charges of a subscription and their segments, as all that judges what Zuora bills reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cpqbridge.money.charge_segments import ChargeSegment, segments_of, subscribed_charges
from tests.planning.held import charge, version

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)


def test_each_charge_comes_behind_its_rate_plan() -> None:
    row = version("1", charge([], number="C-1"), charge([], number="C-2"))
    assert [(plan["productName"], one["number"]) for plan, one in subscribed_charges(row)] == [
        ("Seat", "C-1"),
        ("Seat", "C-2"),
    ]
    assert list(subscribed_charges({"ratePlans": None})) == []


def test_segments_come_by_start_those_without_a_start_last() -> None:
    rows = [(None, None, 3, 9), ("2026-07-01", None, 2, 9), ("2026-01-01", "2026-07-01", 1, Decimal("9.50"))]
    found = segments_of(charge(rows))
    assert [one.quantity for one in found] == [1, 2, 3]
    assert found[0] == ChargeSegment(JANUARY, JULY, Decimal(1), Decimal("9.50"))
    assert found[2].start is None


def test_only_a_segment_that_has_begun_can_be_empty() -> None:
    rows = [("2026-01-01", "2026-01-01", 1, 9), ("2026-01-01", "2026-07-01", 2, 9), ("2026-07-01", None, 3, 9)]
    found = segments_of(charge([*rows, (None, None, 4, 9)]))
    assert [one.is_empty for one in found] == [True, False, False, False]
    assert [one.quantity for one in found if one.covers(JULY)] == [3]
    assert [one.quantity for one in found if one.covers(JANUARY)] == [2]


def test_an_empty_segment_still_says_what_is_invoiced() -> None:
    one = charge([("2026-01-01", "2026-01-01", 1, 9)])
    one["chargeSegments"][0]["chargedThroughDate"] = "2026-07-01T00:00:00"
    assert segments_of(one)[0].charged_through == JULY


def test_a_charge_without_a_list_is_its_own_segment() -> None:
    one = {"number": "C-1", "effectiveStartDate": "2026-01-01", "quantity": None, "price": 0}
    assert segments_of(one) == [ChargeSegment(JANUARY, None, None, Decimal(0))]


def test_tiers_are_read_in_one_order() -> None:
    tier = {"tier": 1, "price": 2, "priceFormat": "PerUnit", "startingUnit": 0, "endingUnit": 10}
    [one] = segments_of(charge([("2026-01-01", None, None, None, [tier])]))
    assert one.tiers == ((0, 10, 2, "PerUnit"),)
    assert one.price is None
