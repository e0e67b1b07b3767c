"""Chains of order products: what follows what, what it comes to on which days, and which orders come first."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.planning.chain import Chain, How, earliest, is_asset_change, is_change, piece, stretches, turn
from cpqbridge.planning.sold import Sold
from tests.planning import records as r
from tests.planning.chains import CONTRACT, END, START, evergreen, renewal, revision, sale, segment, sold, steps

IN_PLACE = {"SBQQ__ContractAction__c": "Cancel"}


def chain(known: Sold, number: int) -> Chain:
    """The chain of an order product that was read."""
    found = known.chain(known.items[f"802-{number}"])
    assert found is not None
    return found


def firsts(known: Sold, number: int) -> list[str]:
    return [one.item["Id"] for one in chain(known, number).sales]


# What follows what


def test_a_sale_alone() -> None:
    alone = chain(sold(sale()), 1)
    assert steps(alone) == [(START, "2027-02-01", 10)]
    assert (alone.first["Id"], alone.number, alone.orders) == ("802-1", "SUB-1", ("O-1",))
    assert [one.how for one in alone.sales] == [How.NEW]


def test_revisions_are_added_in_the_order_in_which_they_were_contracted() -> None:
    known = sold(revision(3, 1, "2026-04-01", 5), sale(), revision(2, 1, "2026-09-01", -4))
    assert [one.order for one in chain(known, 3).sales[0].pieces] == ["O-1", "O-2", "O-3"]
    assert chain(known, 3).orders == ("O-1", "O-2", "O-3")


def test_a_chain_goes_up_to_its_order() -> None:
    known = sold(sale(), revision(2, 1, "2026-05-01", 1), revision(3, 1, "2026-06-01", 1), renewal(4, 1))
    assert [chain(known, number).orders for number in (1, 2, 3, 4)] == [
        ("O-1",),
        ("O-1", "O-2"),
        ("O-1", "O-2", "O-3"),
        ("O-1", "O-2", "O-3", "O-4"),
    ]


def test_orders_contracted_at_the_same_moment_go_by_number() -> None:
    moment = {"CreatedDate": "2026-01-01T00:00:00.000+0000"}
    known = sold(
        sale(subscription=moment),
        revision(3, 1, "2026-05-01", 1, subscription=moment),
        revision(2, 1, "2026-06-01", 1, subscription=moment),
    )
    assert chain(known, 3).orders == ("O-1", "O-2", "O-3")
    assert turn(known.items["802-2"]) < turn(known.items["802-3"])


def test_what_one_order_changes_belongs_together_though_contracting_took_its_time() -> None:
    own = {"SBQQ__SegmentStartDate__c": "2027-02-01", "SBQQ__SegmentEndDate__c": "2028-01-31"}
    late = {"CreatedDate": "2026-01-09T00:00:00.000+0000"}
    known = sold(
        segment(1, START, END),
        segment(2, "2027-02-01", "2028-01-31"),
        revision(3, 1, START, 1, of_order=3, SBQQ__SegmentKey__c="K"),
        revision(4, 2, "2027-02-01", 2, end="2028-01-31", of_order=3, SBQQ__SegmentKey__c="K", subscription=own | late),
    )
    assert [units for _, _, units in steps(chain(known, 3))] == [11, 12]
    again = sold(
        sale(), revision(2, 1, "2026-05-01", -10, **IN_PLACE), sale(3, "2026-05-01", of_order=2), rebooked=True
    )
    assert firsts(again, 2) == ["802-1", "802-3"]


def test_before_an_order_the_chain_lacks_its_pieces_and_its_sales() -> None:
    whole = chain(sold(sale(), revision(2, 1, "2026-05-01", 1), renewal(3, 1)), 3)
    before = whole.before("O-3")
    assert before is not None
    assert before.orders == ("O-1", "O-2")
    earlier = before.before("O-2")
    assert earlier is not None
    assert steps(earlier) == [(START, "2027-02-01", 10)]
    assert earlier.before("O-1") is None
    assert steps(None) == []


def test_a_renewal_goes_on_with_the_subscription_that_it_renews() -> None:
    renewed = chain(sold(sale(), renewal(2, 1, quantity=7)), 2)
    assert [one.how for one in renewed.sales] == [How.NEW, How.RENEWAL]
    assert steps(renewed) == [(START, "2027-02-01", 10), ("2027-02-01", "2028-02-01", 7)]
    assert renewed.number == "SUB-1"


def test_renewal_of_a_renewal_and_what_amends_it() -> None:
    second = renewal(4, 2, "2028-02-01", 9, end="2029-01-31")
    known = sold(sale(), renewal(2, 1), revision(3, 2, "2027-06-01", 2, end="2028-01-31"), second)
    assert firsts(known, 4) == ["802-1", "802-2", "802-4"]
    assert steps(chain(known, 4)) == [
        (START, "2027-02-01", 10),
        ("2027-02-01", "2027-06-01", 10),
        ("2027-06-01", "2028-02-01", 12),
        ("2028-02-01", "2029-02-01", 9),
    ]
    assert chain(known, 4).orders == ("O-1", "O-2", "O-3", "O-4")


def test_a_quote_line_may_name_the_subscription_of_a_revision() -> None:
    known = sold(sale(), revision(2, 1, "2026-05-01", 1), renewal(3, 2, quantity=11))
    assert firsts(known, 3) == ["802-1", "802-3"]


def test_an_early_renewal_ends_what_it_renews() -> None:
    known = sold(sale(), revision(2, 1, "2026-09-01", 5), renewal(3, 1, "2026-08-01", 12, end="2027-07-31"))
    assert steps(chain(known, 3)) == [(START, "2026-08-01", 10), ("2026-08-01", "2027-08-01", 12)]


@pytest.mark.parametrize(
    "other",
    [
        renewal(2, 1, "2027-02-02"),
        renewal(2, 1, Product2Id="01t000000000002AAA"),
        renewal(2, 7),
        sale(2, "2027-02-01", end="2028-01-31"),
        sale(2, "2027-02-01", end="2028-01-31", SBQQ__QuoteLine__r=None),
    ],
    ids=["after a gap", "another product", "of what was not read", "no renewal", "no quote line"],
)
def test_what_begins_a_chain_of_its_own(other: dict[str, Any]) -> None:
    known = sold(sale(), other)
    assert firsts(known, 2) == ["802-2"]
    assert chain(known, 2).number == "SUB-2"
    assert known.earlier(other) == ()


def test_what_never_ends_is_not_renewed() -> None:
    assert firsts(sold(evergreen(), renewal(2, 1)), 2) == ["802-2"]


def test_a_renewal_that_names_itself_ends_the_search() -> None:
    assert firsts(sold(renewal(1, 1)), 1) == ["802-1"]


def test_two_renewals_of_the_same_follow_the_first_one() -> None:
    known = sold(sale(), renewal(2, 1), renewal(3, 1))
    assert firsts(known, 1) == ["802-1"]
    assert firsts(known, 2) == ["802-1", "802-2"]
    assert "802-3" in firsts(known, 3)


def test_what_was_not_read_has_no_chain() -> None:
    known = sold(sale())
    assert known.chain(sale(2)) is None
    assert sold(revision(2, 1, "2026-05-01", 1)).chain(revision(2, 1, "2026-05-01", 1)) is None
    undated = sale(subscription={"SBQQ__StartDate__c": None})
    assert sold(undated).chain(undated) is None
    assert sold(undated).earlier(undated) == ()


# Days


def test_a_revision_that_ends_early_gives_its_quantity_back() -> None:
    known = sold(sale(), revision(2, 1, "2026-05-01", 5, end="2026-07-31"))
    assert steps(chain(known, 2)) == [
        (START, "2026-05-01", 10),
        ("2026-05-01", "2026-08-01", 15),
        ("2026-08-01", "2027-02-01", 10),
    ]


def test_stacked_and_same_day_and_back_dated_revisions() -> None:
    known = sold(
        sale(),
        revision(2, 1, "2026-09-01", 5),
        revision(3, 1, "2026-09-01", 1),
        revision(4, 1, "2026-04-01", 2),
        revision(5, 1, START, -3),
    )
    assert steps(chain(known, 5)) == [
        (START, "2026-04-01", 7),
        ("2026-04-01", "2026-09-01", 9),
        ("2026-09-01", "2027-02-01", 15),
    ]
    assert steps(chain(known, 3)) == [(START, "2026-09-01", 10), ("2026-09-01", "2027-02-01", 16)]


def test_evergreen_has_no_last_day() -> None:
    known = sold(
        evergreen(),
        revision(
            2,
            1,
            "2026-05-01",
            -10,
            end=None,
            subscription={"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__NetPrice__c": Decimal(120)},
        ),
    )
    assert steps(chain(known, 2)) == [(START, "2026-05-01", 10), ("2026-05-01", None, 0)]


def test_the_end_date_of_an_evergreen_subscription_does_not_count() -> None:
    own = {"SBQQ__SubscriptionType__c": "Evergreen"}
    assert piece(sale(subscription=own)).end is None
    assert piece(sale(end=None)).end is None


@pytest.mark.parametrize(("quantity", "units"), [(None, 0), (Decimal("2.50"), Decimal("2.5")), (-3, -3)])
def test_the_quantity_of_a_piece(quantity: Any, units: Any) -> None:
    assert piece({**sale(), "Quantity": quantity}).quantity == units


days = st.integers(0, 364).map(lambda number: date(2026, 2, 1) + timedelta(number))


@given(st.lists(st.tuples(days, st.integers(-5, 5), st.booleans()), max_size=6))
def test_stretches_cover_each_day_once_with_the_sum_of_what_has_begun(revisions: list[tuple[date, int, bool]]) -> None:
    items = [sale()]
    for number, (start, quantity, short) in enumerate(revisions, 2):
        end = min(date(2027, 1, 31), start + timedelta(40)).isoformat() if short else END
        price = {"SBQQ__NetPrice__c": Decimal(1)}
        items.append(revision(number, 1, start.isoformat(), quantity, end=end, subscription=price))
    found = stretches(chain(sold(*items), len(items)))
    assert (found[0].start, found[-1].end) == (date(2026, 2, 1), date(2027, 2, 1))
    assert all(one.end == following.start for one, following in pairwise(found))
    for one in found:
        assert one.end is not None
        for day in (one.start, one.end - timedelta(1)):
            begun = (piece(item) for item in items)
            units = sum(
                (each.quantity for each in begun if each.start <= day and each.end and day < each.end), Decimal(0)
            )
            assert one.quantity == units


def test_earliest() -> None:
    assert earliest(None, date(2026, 2, 1), date(2026, 1, 1)) == date(2026, 1, 1)
    assert earliest(None) is None


# Segments

YEARS = (
    segment(1, "2026-02-01", "2027-01-31", 10, subscription={"SBQQ__EndDate__c": "2029-01-31"}),
    segment(2, "2027-02-01", "2028-01-31", 20),
    segment(3, "2028-02-01", "2029-01-31", 30),
)
"""The first segment's subscription spans the whole contract, as CPQ makes it."""


def test_segments_are_one_chain() -> None:
    known = sold(*reversed(YEARS))
    whole = chain(known, 1)
    assert [one.how for one in whole.sales] == [How.NEW, How.SEGMENT, How.SEGMENT]
    assert steps(whole) == [
        ("2026-02-01", "2027-02-01", 10),
        ("2027-02-01", "2028-02-01", 20),
        ("2028-02-01", "2029-02-01", 30),
    ]
    assert [chain(known, number) for number in (2, 3)] == [whole, whole]
    assert (whole.number, whole.orders) == ("SUB-1", ("O-1",))


def test_a_segment_is_revised_within_its_days() -> None:
    own = {"SBQQ__SegmentStartDate__c": "2027-02-01", "SBQQ__SegmentEndDate__c": "2028-01-31"}
    change = revision(4, 2, "2027-02-01", 5, end="2028-01-31", SBQQ__SegmentKey__c="K", subscription=own)
    known = sold(*YEARS, change)
    assert firsts(known, 4) == ["802-1", "802-2", "802-3"]
    assert [units for _, _, units in steps(chain(known, 4))] == [10, 25, 30]
    assert [units for _, _, units in steps(chain(known, 1))] == [10, 20, 30]


def test_segments_of_another_product_are_another_chain() -> None:
    known = sold(*YEARS, segment(4, "2026-02-01", "2027-01-31", key="L"))
    assert firsts(known, 4) == ["802-4"]


def test_whatever_segment_is_named_the_last_one_is_renewed() -> None:
    for named in (1, 3):
        known = sold(*YEARS, renewal(4, named, "2029-02-01", end="2030-01-31"))
        assert firsts(known, 4) == ["802-1", "802-2", "802-3", "802-4"]


# Sold again at another price


def rebooked() -> tuple[dict[str, Any], ...]:
    """A sale that order `O-2` cancels and sells again."""
    return sale(), revision(2, 1, "2026-05-01", -10, **IN_PLACE), sale(3, "2026-05-01", of_order=2)


def test_what_is_sold_again_begins_anew_unless_prices_change_in_place() -> None:
    assert firsts(sold(*rebooked()), 3) == ["802-3"]
    known = sold(*rebooked(), rebooked=True)
    assert firsts(known, 3) == ["802-1", "802-3"]
    assert [one.how for one in chain(known, 3).sales] == [How.NEW, How.REBOOK]
    assert steps(chain(known, 3)) == [(START, "2026-05-01", 10), ("2026-05-01", "2027-02-01", 10)]


@pytest.mark.parametrize(
    "again",
    [
        sale(3, "2026-05-02", of_order=2),
        sale(3, "2026-05-01", of_order=2, Product2Id="01t000000000002AAA"),
        sale(3, "2026-05-01"),
    ],
    ids=["another day", "a swap", "another order"],
)
def test_what_is_not_the_same_sold_again(again: dict[str, Any]) -> None:
    original, ended, _ = rebooked()
    assert firsts(sold(original, ended, again, rebooked=True), 3) == ["802-3"]


def test_two_of_the_same_product_are_sold_again_one_by_one() -> None:
    known = sold(
        sale(1),
        sale(2, of_order=1),
        revision(3, 1, "2026-05-01", -10, of_order=3, **IN_PLACE),
        revision(4, 2, "2026-05-01", -10, of_order=3, **IN_PLACE),
        sale(5, "2026-05-01", of_order=3),
        sale(6, "2026-05-01", of_order=3),
        rebooked=True,
    )
    assert [firsts(known, number) for number in (5, 6)] == [["802-1", "802-5"], ["802-2", "802-6"]]


# Added to a subscription that is there


def added(number: int = 3, start: str = "2026-05-01", **changes: Any) -> dict[str, Any]:
    return sale(number, start, 3, Product2Id="01t000000000002AAA", **changes)


def hosted_by(*items: dict[str, Any]) -> str | None:
    """Id of the first order product of the chain to whose subscription the last one is added."""
    known = sold(*items, hosted=True)
    found = known.host(items[-1])
    return found.first["Id"] if found else None


def test_an_added_product_joins_the_first_subscription_of_its_contract() -> None:
    assert hosted_by(sale(1), sale(2, of_order=1), added()) == "802-1"
    assert sold(sale(1), added()).host(added()) is None


def test_an_added_part_joins_its_bundle() -> None:
    for name in ("SBQQ__RequiredBy__c", "SBQQ__BundleRoot__c"):
        part: dict[str, Any] = {name: "802-2"}
        assert hosted_by(sale(1), sale(2, of_order=1), added(**part)) == "802-2"


@pytest.mark.parametrize(
    "earlier",
    [
        (sale(1, subscription={"SBQQ__Contract__c": "800000000000002AAA"}),),
        (sale(1, end="2026-12-31"),),
        (sale(1), revision(2, 1, "2026-05-01", -10)),
        (sale(1, "2026-06-01"),),
        (),
    ],
    ids=["another contract", "another end", "cancelled that day", "begins later", "nothing"],
)
def test_what_takes_no_further_product(earlier: tuple[dict[str, Any], ...]) -> None:
    assert hosted_by(*earlier, added()) is None


def test_what_changes_something_is_not_added() -> None:
    assert hosted_by(sale(1), revision(2, 1, "2026-05-01", 1)) is None
    assert hosted_by(sale(1), renewal(2, 1, subscription={"SBQQ__Contract__c": CONTRACT})) is None


# Which orders come first


def test_the_orders_of_a_chain_come_before_those_that_change_it() -> None:
    known = sold(sale(), revision(2, 1, "2026-05-01", 1), renewal(3, 1))
    assert known.earlier(known.items["802-1"]) == ()
    assert known.earlier(known.items["802-3"]) == ("O-1", "O-2")


def test_an_added_product_comes_after_its_host() -> None:
    known = sold(sale(1), revision(2, 1, "2026-04-01", 1), added(), hosted=True)
    assert known.earlier(known.items["802-3"]) == ("O-1", "O-2")


def test_a_change_of_an_asset_comes_after_the_order_that_sold_it() -> None:
    asset = {**r.asset_item(Id="802-1"), "Order": {"OrderNumber": "O-1"}}
    change = {**r.asset_item(Id="802-2", SBQQ__RevisedOrderProduct__c="802-1"), "Order": {"OrderNumber": "O-2"}}
    assert is_asset_change(change)
    assert not is_asset_change(asset)
    assert not is_asset_change(revision(2, 1, "2026-05-01", 1))
    assert sold(asset, change).earlier(change) == ("O-1",)
    assert sold(change).earlier(change) == ()


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        (sale(), False),
        (revision(2, 1, "2026-05-01", 1), True),
        (renewal(2, 1), True),
        (sale(subscription={"SBQQ__RevisedSubscription__c": "a0-9"}), True),
        (sale(SBQQ__QuoteLine__r=None), False),
        (r.asset_item(SBQQ__RevisedOrderProduct__c="802-1"), False),
    ],
    ids=["new", "revision", "renewal", "revision without order product", "no quote line", "asset"],
)
def test_what_changes_something_earlier(item: dict[str, Any], changes: bool) -> None:
    assert is_change(item) is changes
