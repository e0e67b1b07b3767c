"""What is asked of Salesforce to know the chains of orders: nothing for new business, little for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import pytest

from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.sold import Sold
from cpqbridge.settings.options import Options
from cpqbridge.sync.chains import CONTRACT, RENEWED, sold_before
from tests.planning import records as r
from tests.planning.chains import END, START, renewal, revision, sale, segment
from tests.sync.conftest import Both
from tests.sync.contracts import carry, seats, sell, sync

REVISED, SUBSCRIPTION = "SBQQ__RevisedOrderProduct__c", "SBQQ__Subscription__c"


class Org:
    """Salesforce with some order products; remembers what it is asked, by rounds of queries that go together."""

    def __init__(self, items: Iterable[Mapping[str, Any]]) -> None:
        self.items = list(items)
        self.rounds: list[dict[str, list[str]]] = []

    async def rows(self, wanted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        """Answer queries by several fields."""
        self.rounds.append({name: sorted(keys) for name, keys in wanted.items()})
        return [dict(item) for item in self.items if any(_value(item, name) in keys for name, keys in wanted.items())]


def _value(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = (item or {}).get(name)
    return item


def read(items: Sequence[dict[str, Any]], *orders: str, quote: str = "Quote", **options: Any) -> tuple[Sold, Org]:
    """Return what is known of the chains of orders, and the org that was asked."""
    org = Org(items)
    wanted = {}
    for number in orders or (items[-1]["Order"]["OrderNumber"],):
        own = [item for item in items if item["Order"]["OrderNumber"] == number]
        order = {**own[0]["Order"], "SBQQ__Quote__r": {"SBQQ__Type__c": quote}}
        wanted[order["Id"]] = {**order, "OrderItems": {"records": own}}
    return asyncio.run(sold_before(Snapshot(orders=wanted), org.rows, Options(**options))), org


def ids(sold: Sold) -> list[str]:
    return sorted(sold.items)


# By rounds


def test_new_business_asks_nothing() -> None:
    for items in ([sale()], [sale(1), sale(2, of_order=1)], [r_asset("802-1")]):
        sold, org = read(items)
        assert (org.rounds, ids(sold)) == ([], [])


def r_asset(key: str, **changes: Any) -> dict[str, Any]:
    order = {"Id": f"801-{key}", "OrderNumber": f"O-{key}"}
    return {**r.asset_item(Id=key, **changes), "Order": order, "OrderId": order["Id"]}


def test_an_amendment_asks_for_original_and_revisions_and_renewals_at_once() -> None:
    items = [sale(), revision(2, 1, "2026-05-01", 5)]
    sold, org = read(items)
    assert org.rounds == [{"Id": ["802-1"], REVISED: ["802-1"], RENEWED: ["a0-1", "a0-2"]}]
    assert ids(sold) == ["802-1", "802-2"]


def test_what_renews_another_amendment_is_asked_for_once_it_is_known() -> None:
    """The quote line of a renewal may name the subscription of any amendment."""
    sold, org = read([renewal(4, 3), sale(), revision(3, 1, "2026-09-01", 1), revision(2, 1, "2026-05-01", 5)])
    assert [RENEWED in asked for asked in org.rounds[:2]] == [True, True]
    assert ids(sold) == ["802-1", "802-2", "802-3", "802-4"]


def test_a_renewal_asks_for_what_it_renews_then_for_what_changed_that() -> None:
    items = [sale(), revision(2, 1, "2026-05-01", 5), renewal(3, 1)]
    sold, org = read(items)
    assert SUBSCRIPTION in org.rounds[0]
    assert REVISED in org.rounds[1]
    assert len(org.rounds) <= 3
    assert ids(sold) == ["802-1", "802-2", "802-3"]


def test_each_renewal_further_away_takes_one_more_round() -> None:
    items = [sale(), renewal(2, 1), renewal(3, 2, "2028-02-01", end="2029-01-31")]
    sold, org = read(items)
    assert len(org.rounds) == 3
    assert ids(sold) == ["802-1", "802-2", "802-3"]
    chain = sold.chain(sold.items["802-3"])
    assert chain is not None
    assert chain.orders == ("O-1", "O-2", "O-3")


def test_nothing_is_asked_for_twice() -> None:
    items = [sale(), revision(2, 1, "2026-05-01", 5), renewal(3, 1), revision(4, 3, "2027-05-01", 1, end="2028-01-31")]
    _, org = read(items)
    asked = [(name, key) for one in org.rounds for name, keys in one.items() for key in keys]
    assert len(asked) == len(set(asked))


def test_many_orders_are_asked_for_together() -> None:
    items = [item for n in range(1, 8, 2) for item in (sale(n), revision(n + 1, n, "2026-05-01", 1))]
    sold, org = read(items, *(f"O-{number}" for number in range(2, 9, 2)))
    assert len(org.rounds) == 1
    assert org.rounds[0]["Id"] == ["802-1", "802-3", "802-5", "802-7"]
    assert len(sold.items) == 8


def test_the_original_in_the_same_batch_is_not_asked_for() -> None:
    items = [sale(), revision(2, 1, "2026-05-01", 5)]
    _, org = read(items, "O-2", "O-1")
    assert {"Id": ["802-1"]}.items() <= org.rounds[0].items()


def test_a_change_of_an_asset_asks_for_the_asset_alone() -> None:
    asset, change = r_asset("802-1"), r_asset("802-2", **{REVISED: "802-1"})
    sold, org = read([asset, change])
    assert org.rounds == [{"Id": ["802-1"]}]
    assert (ids(sold), sorted(sold.assets)) == ([], ["802-1", "802-2"])


def test_segments_ask_for_their_order() -> None:
    first, second = segment(1, START, END), segment(2, "2027-02-01", "2028-01-31")
    own = {"SBQQ__SegmentStartDate__c": START, "SBQQ__SegmentEndDate__c": END}
    change = revision(3, 1, START, 1, SBQQ__SegmentKey__c="K", subscription=own)
    sold, org = read([first, second, change])
    assert ids(sold) == ["802-1", "802-2", "802-3"]
    assert any(one.get("OrderId") == ["801-1"] for one in org.rounds)


@pytest.mark.parametrize("option", [{}, {"price_changes": "in_place"}])
def test_orders_are_read_whole_only_where_prices_change_in_place(option: dict[str, Any]) -> None:
    items = [sale(1), sale(9, of_order=1), revision(2, 1, "2026-05-01", -10)]
    sold, org = read(items, **option)
    assert any("OrderId" in one for one in org.rounds) is bool(option)
    assert ("802-9" in sold.items) is bool(option)


def test_contracts_are_read_whole_only_for_what_amendments_add_to_them() -> None:
    items = [sale(1), sale(9, of_order=1), sale(2, "2026-05-01")]
    wanted = {"added_products": "existing_subscription"}
    for quote, option, asks in (
        ("Amendment", wanted, True),
        ("Amendment", {}, False),
        ("Quote", wanted, False),
    ):
        sold, org = read(items, quote=quote, **option)
        assert any(CONTRACT in one for one in org.rounds) is asks
        assert ids(sold) == (["802-1", "802-2", "802-9"] if asks else [])


def test_a_revision_of_what_is_gone_ends_the_search() -> None:
    sold, org = read([revision(2, 1, "2026-05-01", 5)])
    assert len(org.rounds) == 1
    assert ids(sold) == ["802-2"]


# Over HTTP


def asked(both: Both, *numbers: str) -> tuple[list[int], list[str]]:
    """Sync orders; return the calls that asked Salesforce for chains, each with its queries, and the calls to Zuora."""
    before, zuora = len(both.requests("salesforce")), len(both.requests())
    sync(both, *numbers)
    calls = [f"{one['query']} {one['body']}" for one in both.requests("salesforce")[before:]]
    queries = [unquote(call).count("FROM OrderItem WHERE") for call in calls]
    told = [f"{one['method']} {one['path']}" for one in both.requests()[zuora:] if "oauth" not in one["path"]]
    return [count for count in queries if count], told


def test_an_order_of_new_business_asks_nothing_more(both: Both) -> None:
    order, contract = sell(both)
    assert asked(both, order)[0] == []
    both.world.amend(contract, "2026-06-01", seats(15))
    queries, calls = asked(both, order)
    assert queries == []
    assert [one for one in calls if "subscriptions" in one or "rate-plans?" in one] == []


def test_an_amendment_takes_three_queries_in_one_call_and_two_calls_to_zuora(both: Both) -> None:
    order, contract = sell(both)
    carry(both, order)
    amendment = both.world.amend(contract, "2026-06-01", seats(15))
    queries, calls = asked(both, amendment)
    assert queries == [3]
    own = [one for one in calls if one.startswith(("GET /object-query/rate-plans", "GET /v1/subscriptions/"))]
    assert own == ["GET /object-query/rate-plans", "GET /v1/subscriptions/SUB-0000001"]
    assert [one for one in calls if one.startswith("POST /v1/orders")] == ["POST /v1/orders"]
    again, calls = asked(both, amendment)
    assert again == [3]
    assert [one for one in calls if one.startswith(("POST /v1/orders", "PUT", "DELETE"))] == []


def test_many_amendments_together_take_no_more(both: Both) -> None:
    seat = both.world.product()
    contracts = [sell(both, seat, account=both.world.account(f"Customer {number}")) for number in range(6)]
    carry(both, *(order for order, _ in contracts))
    amendments = [both.world.amend(contract, "2026-06-01", seats(15)) for _, contract in contracts]
    queries, calls = asked(both, *amendments)
    assert queries == [3]
    assert len([one for one in calls if one.startswith("GET /object-query/orders")]) == 2
    assert len([one for one in calls if one == "POST /v1/orders"]) == 6
