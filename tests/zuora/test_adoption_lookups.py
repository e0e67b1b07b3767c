"""Subscriptions with all that is below them, many in a call, also where Zuora cuts a list."""

from __future__ import annotations

from typing import Any

import httpx

from cpqbridge.zuora.adoption_lookups import subscriptions_by_number, subscriptions_of
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
