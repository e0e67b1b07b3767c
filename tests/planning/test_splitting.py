"""Orders beyond Zuora's limits: parts that keep bundles together, lose nothing, and keep their numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.planning.existing import MOST_SUBSCRIPTIONS_NOW
from cpqbridge.planning.order import (
    MOST_LINE_ITEMS,
    MOST_SUBSCRIPTIONS,
    Part,
    part_number,
    part_numbers,
    plan_order,
    split,
)
from cpqbridge.planning.plan import SyncPlan
from tests.planning import records as r


def items(subscriptions: int, line_items: int = 0, bundle: str | None = None, start: int = 0) -> list[dict[str, Any]]:
    made = []
    for number in range(subscriptions + line_items):
        linked = number < subscriptions
        made.append(
            {
                "Id": f"802-{bundle}-{start + number:05}",
                "SBQQ__Subscription__c": "a0S" if linked else None,
                "SBQQ__BundleRoot__c": bundle,
            }
        )
    return made


def bundles() -> st.SearchStrategy[list[list[dict[str, Any]]]]:
    sizes = st.tuples(st.integers(0, 320), st.integers(0, 120)).filter(any)
    small = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any)
    return st.lists(small | sizes, max_size=12).map(
        lambda counts: [items(subs, lines, f"B{at}") for at, (subs, lines) in enumerate(counts)]
    )


def ids(part: Part) -> list[str]:
    return [item["Id"] for item in (*part.subscriptions, *part.line_items)]


def fits(bundle: list[dict[str, Any]]) -> bool:
    subscriptions = sum(1 for item in bundle if item["SBQQ__Subscription__c"])
    return subscriptions <= MOST_SUBSCRIPTIONS and len(bundle) - subscriptions <= MOST_LINE_ITEMS


@given(bundles(), st.randoms(use_true_random=False))
def test_every_item_is_in_one_part_within_the_limits_and_bundles_stay_together(groups: Any, random: Any) -> None:
    rows = [item for group in groups for item in group]
    random.shuffle(rows)
    parts = list(split(rows))
    assert Counter(one for part in parts for one in ids(part)) == Counter(item["Id"] for item in rows)
    for part in parts:
        assert len(part.subscriptions) + len(part.line_items) > 0
        assert len(part.subscriptions) <= MOST_SUBSCRIPTIONS
        assert len(part.line_items) <= MOST_LINE_ITEMS
        assert all(item["SBQQ__Subscription__c"] for item in part.subscriptions)
        assert not any(item["SBQQ__Subscription__c"] for item in part.line_items)
    for group in groups:
        if fits(group):
            homes = [n for n, part in enumerate(parts) if {item["Id"] for item in group} & set(ids(part))]
            assert len(homes) == 1
    assert parts == list(split(rows))


@given(bundles())
def test_what_fits_one_order_is_one_order(groups: Any) -> None:
    rows = [item for group in groups for item in group]
    if rows and fits(rows):
        assert len(list(split(rows))) == 1


def test_items_keep_their_order() -> None:
    (part,) = split(items(3, 2))
    assert ids(part) == [f"802-None-{number:05}" for number in range(5)]


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ([], []),
        (items(300, 100), [(300, 100)]),
        (items(301), [(300, 0), (1, 0)]),
        (items(0, 101), [(0, 100), (0, 1)]),
        (items(299) + items(2, bundle="B"), [(299, 0), (2, 0)]),
        (items(200) + items(150, bundle="B"), [(200, 0), (150, 0)]),
        (items(300, bundle="B"), [(300, 0)]),
    ],
    ids=["none", "all that fits", "one more", "one more item", "a bundle over the edge", "a big one", "the biggest"],
)
def test_the_edges(rows: Any, sizes: Any) -> None:
    assert [(len(part.subscriptions), len(part.line_items)) for part in split(rows)] == sizes


def test_a_bundle_beyond_every_limit_is_cut() -> None:
    parts = list(split(items(700, 250, "B")))
    assert sum(len(part.subscriptions) for part in parts) == 700
    assert sum(len(part.line_items) for part in parts) == 250


def test_the_head_of_a_bundle_and_what_it_requires_belong_to_it() -> None:
    head = {"Id": "802-H", "SBQQ__Subscription__c": "a0S"}
    option = {"Id": "802-O", "SBQQ__Subscription__c": "a0S", "SBQQ__RequiredBy__c": "802-H"}
    parts = list(split([head, *items(299), option]))
    assert [one for one in ids(parts[0]) if one in {"802-H", "802-O"}] == ["802-H", "802-O"]


def test_numbers_of_parts() -> None:
    assert [part_number("00000105", position) for position in range(3)] == ["00000105", "00000105-2", "00000105-3"]
    assert part_numbers(r.order(OrderItems=None)) == ["00000105"]
    assert part_numbers({**r.order(), "OrderItems": {"records": items(601)}}) == [
        "00000105",
        "00000105-2",
        "00000105-3",
    ]


def big(count: int, **state: Any) -> SyncPlan:
    many = [r.item(Id=f"802{n:04}", OrderItemNumber=f"{n:010}", subscription={"Name": f"S-{n}"}) for n in range(count)]
    return plan_order(r.draft(r.known_state(**state)), r.order(*many))


@pytest.mark.parametrize(
    ("count", "paths"),
    [
        (MOST_SUBSCRIPTIONS_NOW, ["/v1/orders"]),
        (MOST_SUBSCRIPTIONS_NOW + 1, ["/v1/async/orders"]),
        (MOST_SUBSCRIPTIONS, ["/v1/async/orders"]),
        (MOST_SUBSCRIPTIONS + 1, ["/v1/async/orders", "/v1/orders"]),
    ],
)
def test_beyond_fifty_the_call_is_asynchronous(count: int, paths: list[str]) -> None:
    plan = big(count)
    assert [one.path for one in plan.operations] == paths
    assert [one.body["orderNumber"] for one in plan.operations] == [
        part_number("00000105", position) for position in range(len(paths))
    ]
    numbers = [
        one["orderActions"][0]["createSubscription"]["subscriptionNumber"]
        for operation in plan.operations
        for one in operation.body["subscriptions"]
    ]
    assert numbers == [f"S-{n}" for n in range(count)]


def test_only_the_part_that_zuora_lacks_is_made() -> None:
    first, _second = big(MOST_SUBSCRIPTIONS + 1).operations
    held = {**first.body, "subscriptions": [{"subscriptionNumber": "x", **one} for one in first.body["subscriptions"]]}
    plan = big(MOST_SUBSCRIPTIONS + 1, orders={"00000105": held})
    assert [one.body["orderNumber"] for one in plan.operations] == ["00000105-2"]
    assert plan.zuora["orderNumber"] == "00000105"
