"""The comparison at the end of a life notices everything that it is there for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.life.billing import Billed, Segment
from tests.life.compare import differences
from tests.life.sales import Sales
from tests.life.truth import DAY, Sold
from tests.world import World

TODAY = date(2026, 6, 15)


@pytest.fixture
def sales() -> Iterator[Sales]:
    org = Org.open(None)
    lay_foundation(org)
    yield Sales(World(org))
    org.close()


def billed_as_sold(sold: Sold) -> Billed:
    """Return what Zuora must hold."""
    days = sorted(sold.days())
    spans = zip(days, [*days[1:], None], strict=True)
    segments = [Segment("802", day, end, terms) for day, end in spans if (terms := sold.on(day))]
    first, last = sold.sales[0].chain, sold.sales[-1].chain
    end = last.end + DAY if last.end else None
    ended = not last.quantity_on(last.end or date.max - DAY)
    return Billed(sold.number, ended, first.start, (last.start, end), sold.owner, sold.payer, tuple(segments))


def a_life(sales: Sales) -> None:
    sales.new([("Seat", 10, Decimal(1200)), ("Tap", 2, Decimal(60)), ("Access", 1, Decimal(600))], "2026-01-01", 12)
    contract = sales.contracts[0]
    seat = next(one.number for one in sales.sold.values() if one.product == "Seat")
    sales.amend(contract, "2026-04-01", {"subscriptionNumber": seat, "quantity": 15})
    sales.amend(contract, "2026-03-01", {"subscriptionNumber": seat, "quantity": 12})
    owners = {"InvoiceOwner__c": sales.accounts[2]}
    sales.renew(contract, {"subscriptionNumber": seat, "quantity": 8, "netPrice": Decimal(1300)}, orderFields=owners)


def test_what_is_billed_as_sold_does_not_differ(sales: Sales) -> None:
    a_life(sales)
    assert list(differences(sales.sold.values(), billed_of(sales), TODAY)) == []


def test_the_truth_is_what_was_done(sales: Sales) -> None:
    a_life(sales)
    [seat] = [one for one in sales.sold.values() if one.product == "Seat"]
    held = {day: seat.on(date.fromisoformat(day)) for day in ("2026-02-28", "2026-03-01", "2026-04-01", "2027-01-01")}
    assert [terms.quantity if terms else None for terms in held.values()] == [10, 7, 12, 8]
    assert [terms.price if terms else None for terms in held.values()] == [1200, 1200, 1200, 1300]
    assert (seat.on(date(2025, 12, 31)), seat.on(date(2028, 1, 1))) == (None, None)
    assert (len(seat.orders), seat.owner, seat.payer) == (4, sales.accounts[0], sales.accounts[2])


def billed_of(sales: Sales) -> dict[str, Billed]:
    return {one.number: billed_as_sold(one) for one in sales.sold.values()}


def with_segment(there: Billed, place: int, **changes: Any) -> Billed:
    segments = list(there.segments)
    segments[place] = replace(segments[place], **changes)
    return replace(there, segments=tuple(segments))


TAMPERED = {
    "quantity": lambda there: with_segment(there, 1, terms=replace(there.segments[1].terms, quantity=Decimal(8))),
    "price by a cent": lambda there: with_segment(
        there, 0, terms=replace(there.segments[0].terms, price=Decimal("1200.01"))
    ),
    "price for other months": lambda there: with_segment(
        there, 0, terms=replace(there.segments[0].terms, months=Decimal(1))
    ),
    "one day too long": lambda there: with_segment(there, 0, end=date(2026, 3, 2)),
    "one day too late": lambda there: with_segment(there, 1, start=date(2026, 3, 2)),
    "a stretch is missing": lambda there: replace(there, segments=there.segments[:-1]),
    "twice": lambda there: replace(there, segments=there.segments * 2),
    "owner": lambda there: replace(there, owner="001"),
    "invoice owner": lambda there: replace(there, payer="001"),
    "term": lambda there: replace(there, term=(date(2026, 1, 1), date(2027, 1, 1))),
    "cancelled": lambda there: replace(there, cancelled=True),
    "start": lambda there: replace(there, start=date(2026, 1, 2)),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=list(TAMPERED))
def test_a_difference_is_noticed(sales: Sales, tamper: object) -> None:
    a_life(sales)
    billed = billed_of(sales)
    [seat] = [one.number for one in sales.sold.values() if one.product == "Seat"]
    assert callable(tamper)
    billed[seat] = tamper(billed[seat])
    assert list(differences(sales.sold.values(), billed, TODAY))


def test_what_is_missing_or_was_never_sold_is_noticed(sales: Sales) -> None:
    a_life(sales)
    billed = billed_of(sales)
    gone = billed.pop(next(iter(billed)))
    billed["SUB-X"] = replace(gone, number="SUB-X")
    found = list(differences(sales.sold.values(), billed, TODAY))
    assert [text.partition(" is ")[2] for text in found] == ["not in Zuora", "in Zuora, and was never sold"]
