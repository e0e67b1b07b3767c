"""Subscriptions with all that is below them, many in a call, also where Zuora cuts a list."""

from __future__ import annotations

from typing import Any

import httpx

from cpqbridge.zuora.subscriptions import (
    orders_of_subscription,
    subscription_versions,
    subscriptions_by_number,
    subscriptions_of,
)
from tests.transport.stage import Answer, reply
from tests.zuora.tenant import play


def test_fifty_keys_go_in_one_query_and_one_that_would_end_the_list_goes_alone() -> None:
    asked = []

    def handler(request: httpx.Request) -> Answer:
        asked.append(request.url.params.get_list("filter[]"))
        return reply({"data": []})

    names = [f"A-S{number}" for number in range(60)]
    play(handler, lambda client: subscriptions_by_number(client, [*names, "A-S0", "odd, [name]"]))
    assert sorted(len(one[0].split(",")) for one in asked) == [2, 10, 50]
    assert ["name.EQ:odd, [name]", "isLatestVersion.EQ:true"] in asked
    assert all(one[1] == "isLatestVersion.EQ:true" for one in asked)


def test_older_versions_are_left_out() -> None:
    rows = [{"id": "1", "name": "S", "isLatestVersion": False}, {"id": "2", "name": "S", "isLatestVersion": True}]
    found, _ = play([reply({"data": rows})], lambda client: subscriptions_of(client, ["z"]))
    assert [row["id"] for row in found] == ["2"]


def test_a_list_that_may_be_cut_is_read_by_itself() -> None:
    def handler(request: httpx.Request) -> Answer:
        condition = request.url.params.get_list("filter[]")[0]
        answers: dict[str, list[dict[str, Any]]] = {
            "accountId.IN:[z]": [
                {"id": "s1", "name": "S1", "ratePlans": [{"id": f"p{n}"} for n in range(99)]},
                {"id": "s2", "name": "S2", "ratePlans": [{"id": "q", "ratePlanCharges": [{"id": "c"}] * 99}]},
            ],
            "subscriptionId.EQ:s1": [{"id": f"p{n}"} for n in range(120)],
            "ratePlanId.EQ:q": [{"id": f"c{n}"} for n in range(130)],
        }
        return reply({"data": answers[condition]})

    found, _ = play(handler, lambda client: subscriptions_of(client, ["z"]))
    assert len(found[0]["ratePlans"]) == 120
    assert len(found[1]["ratePlans"][0]["ratePlanCharges"]) == 130


def test_all_versions_come_the_first_first() -> None:
    def handler(request: httpx.Request) -> Answer:
        assert request.url.params["charge-detail"] == "all-segments"
        tail = request.url.path.removeprefix("/v1/subscriptions/A-S1").removeprefix("/versions/")
        return reply({"success": True, "version": int(tail or 3)})

    found, _ = play(handler, lambda client: subscription_versions(client, "A-S1"))
    assert [row["version"] for row in found] == [1, 2, 3]


def test_a_subscription_that_is_not_there_has_no_versions() -> None:
    gone = reply({"success": False, "reasons": [{"code": 50000040, "message": "Cannot find entity"}]}, status=404)
    found, _ = play([gone], lambda client: subscription_versions(client, "A-S1"))
    assert found == []


def test_the_orders_of_a_subscription_are_read_page_by_page() -> None:
    pages = []

    def handler(request: httpx.Request) -> Answer:
        pages.append((request.url.path, request.url.params["page"]))
        full = request.url.params["page"] == "1"
        return reply({"orders": [{"orderNumber": "O"}] * (40 if full else 2)})

    found, _ = play(handler, lambda client: orders_of_subscription(client, "A-S1"))
    assert len(found) == 42
    assert pages == [("/v1/orders/subscription/A-S1", "1"), ("/v1/orders/subscription/A-S1", "2")]
