from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.zuora import lookups
from tests.transport.stage import Answer, reply
from tests.zuora.tenant import play, refused, sent


def rows(*found: dict[str, Any]) -> httpx.Response:
    return reply({"size": len(found), "records": list(found), "done": True})


def test_accounts_are_looked_up_a_hundred_in_a_query() -> None:
    ids = [f"a{number}" for number in range(150)]

    def handler(request: httpx.Request) -> Answer:
        return rows({"Id": str(sent(request)["queryString"].count(" = "))})

    found, stage = play(
        handler, lambda client: lookups.accounts_by_crm_id(client, [*ids, "a0"], columns=("Id", "CrmId", "Id"))
    )
    assert [row["Id"] for row in found] == ["100", "50"]
    query = sent(stage.requests[1])["queryString"]
    assert query.startswith("select Id, CrmId from Account where CrmId = 'a0' or CrmId = 'a1' or ")


def test_the_account_key_is_configurable() -> None:
    _, stage = play([rows()], lambda client: lookups.accounts_by_crm_id(client, ["a"], key_field="Salesforce__c"))
    assert sent(stage.requests[1])["queryString"].endswith("from Account where Salesforce__c = 'a'")


def test_contacts_with_a_key_count_only_on_the_accounts_asked_for() -> None:
    found, _ = play(
        [rows({"Id": "1", "AccountId": "z1"}, {"Id": "2", "AccountId": "z2"}, {"Id": "3", "AccountId": "z3"})],
        lambda client: lookups.contacts_by_key(client, ["c"], ["z1", "z3"], columns=("Id",)),
    )
    assert [row["Id"] for row in found] == ["1", "3"]


@pytest.mark.parametrize(
    ("look_up", "query"),
    [
        (lookups.contacts_of, "from Contact where AccountId = 'x'"),
        (lookups.charges_of_plans, "from ProductRatePlanCharge where ProductRatePlanId = 'x'"),
        (lookups.products_by_sku, "from Product where SKU = 'x'"),
        (lookups.plans_of_products, "from ProductRatePlan where ProductId = 'x'"),
    ],
)
def test_each_zoql_look_up(look_up: Any, query: str) -> None:
    found, stage = play([rows({"Id": "1"})], lambda client: look_up(client, ["x"]))
    assert found == [{"Id": "1"}]
    assert sent(stage.requests[1])["queryString"].endswith(query)
    found, stage = play([], lambda client: look_up(client, []))
    assert found == []
    assert stage.requests == []


def test_rate_plans_are_looked_up_by_external_id_and_absent_ones_left_out() -> None:
    def handler(request: httpx.Request) -> Answer:
        answers = {
            "one": reply({"success": True, "productRatePlans": [{"id": "p1"}, {"id": "p2"}]}),
            "none": reply({"success": True, "productRatePlans": []}),
            "absent": refused(50000040, status=404),
        }
        return answers[request.url.path.rsplit("/", 1)[1]]

    found, _ = play(handler, lambda client: lookups.rate_plans_by_external_id(client, ["one", "none", "absent", "one"]))
    assert found == {"one": [{"id": "p1"}, {"id": "p2"}]}


def test_many_orders_are_looked_up_in_a_query() -> None:
    numbers = [f"{number:08}" for number in range(210)]

    def handler(request: httpx.Request) -> Answer:
        wanted = request.url.params["filter[]"].removeprefix("orderNumber.IN:[").removesuffix("]").split(",")
        return reply({"data": [{"orderNumber": number} for number in wanted], "nextPage": None})

    found, stage = play(handler, lambda client: lookups.orders_by_number(client, numbers))
    assert [row["orderNumber"] for row in found] == numbers
    assert len(stage.requests) == 3


def test_an_order_comes_without_its_envelope() -> None:
    order, stage = play(
        [reply({"success": True, "order": {"orderNumber": "O 1"}})], lambda client: lookups.get_order(client, "O 1")
    )
    assert order == {"orderNumber": "O 1"}
    assert stage.requests[1].url.raw_path == b"/v1/orders/O%201"


@given(st.text())
def test_no_text_ends_its_quotes(value: str) -> None:
    inside = lookups.zoql_text(value)[1:-1].replace("\\\\", "").replace("\\'", "")
    assert "'" not in inside
    assert not inside.endswith("\\")


# Subscriptions


class Tenant:
    """Subscriptions, by account; remembers what was asked."""

    def __init__(self, **accounts: list[str]) -> None:
        self.accounts = accounts
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> Answer:
        assert request.url.params["charge-detail"] == "all-segments"
        *_, kind, key = request.url.path.split("/")
        self.asked.append(key)
        if kind != "accounts":
            there = any(key in numbers for numbers in self.accounts.values())
            return reply({"success": True, "subscriptionNumber": key}) if there else refused(50000040, status=404)
        page, size = (int(request.url.params[name]) for name in ("page", "pageSize"))
        numbers, start = self.accounts[key], (page - 1) * size
        rows = [{"subscriptionNumber": number} for number in numbers[start : start + size]]
        more = {"nextPage": "https://next"} if len(numbers) > start + size else {}
        return reply({"success": True, "subscriptions": rows, **more})

    def read(self, owners: dict[str, str | None]) -> list[str]:
        found, _ = play(self.answer, lambda client: lookups.get_subscriptions(client, owners))
        assert all(row["subscriptionNumber"] == number for number, row in found.items())
        return sorted(found)


def numbered(*numbers: int) -> list[str]:
    return [f"S-{number:03}" for number in numbers]


def test_many_subscriptions_of_an_account_come_forty_in_a_call() -> None:
    tenant = Tenant(z=numbered(*range(100)))
    wanted = numbered(*range(10, 90))
    assert tenant.read(dict.fromkeys(wanted, "z")) == wanted
    assert tenant.asked == ["z"] * 3


def test_few_subscriptions_and_those_of_unknown_accounts_come_one_by_one() -> None:
    tenant = Tenant(y=numbered(1, 2, 3), z=numbered(4, 5, 6, 7))
    owners = {**dict.fromkeys(numbered(1, 2, 3), "y"), **dict.fromkeys(numbered(4, 5, 6, 7))}
    assert tenant.read(owners) == numbered(*range(1, 8))
    assert sorted(tenant.asked) == numbered(*range(1, 8))


def test_a_list_is_left_when_it_brings_nothing() -> None:
    """Of a large account the list might take more calls than it saves."""
    wanted = numbered(*range(900, 912))
    tenant = Tenant(z=numbered(*range(1000)))
    assert tenant.read(dict.fromkeys(wanted, "z")) == wanted
    assert sorted(tenant.asked) == [*wanted, "z"]


def test_what_the_list_does_not_have_is_asked_for_by_number() -> None:
    tenant = Tenant(z=numbered(1, 2, 3), other=numbered(4))
    assert tenant.read(dict.fromkeys(numbered(1, 2, 3, 4, 5), "z")) == numbered(1, 2, 3, 4)
    assert sorted(tenant.asked) == [*numbered(4, 5), "z"]
