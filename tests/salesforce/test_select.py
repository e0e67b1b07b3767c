from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.errors import FixConfiguration
from cpqbridge.salesforce.describe import Describe
from cpqbridge.salesforce.literals import among, chunks, literal, quote
from cpqbridge.salesforce.select import Select, build, compose, resolve
from tests.salesforce.org import described

ORG = {
    name: Describe.of(described(name, fields, children))
    for name, fields, children in (
        (
            "Order",
            {
                "Id": "id",
                "OrderNumber": "string",
                "AccountId": ("Account", "Account"),
                "OwnerId": ("Owner", "Group", "User"),
                "SBQQ__Quote__c": ("SBQQ__Quote__r", "SBQQ__Quote__c"),
            },
            {"OrderItems": "OrderItem"},
        ),
        ("Account", {"Id": "id", "Name": "string", "ParentId": ("Parent", "Account")}, {}),
        ("OrderItem", {"Id": "id", "UnitPrice": "currency"}, {"SBQQ__OrderItems__r": "Schedule__c"}),
        ("Schedule__c", {"Id": "id"}, {}),
    )
}


def text(select: Select, where: str = "") -> str:
    return compose(select, where, ORG.get).soql


def test_what_the_org_lacks_is_left_out_and_reported() -> None:
    wish = Select(
        "Order",
        (
            "Id",
            "CurrencyIsoCode",
            "Account.Name",
            "Account.Nope__c",
            "SBQQ__Quote__r.Name",
            "Nope__r.Name",
            "ordernumber",
        ),
        children={
            "OrderItems": Select(
                "OrderItem",
                ("Id", "Zuora_Status__c"),
                children={"SBQQ__OrderItems__r": Select("Schedule__c", ("Id", "Cap__c"))},
                order_by="OrderItemNumber, UnitPrice DESC NULLS LAST",
            ),
            "SBQQ__Contracts__r": Select("Contract", ("Id",)),
        },
        order_by="EffectiveDate, OrderNumber DESC",
    )
    query = compose(wish, "Id = '1'", ORG.get)
    assert query.soql == (
        "SELECT Id, Account.Name, OrderNumber, "
        "(SELECT Id, (SELECT Id FROM SBQQ__OrderItems__r) FROM OrderItems ORDER BY UnitPrice DESC NULLS LAST) "
        "FROM Order WHERE Id = '1' ORDER BY OrderNumber DESC"
    )
    assert query.missing == (
        "CurrencyIsoCode",
        "Account.Nope__c",
        "SBQQ__Quote__r.Name",
        "Nope__r.Name",
        "OrderItems.Zuora_Status__c",
        "OrderItems.SBQQ__OrderItems__r.Cap__c",
        "SBQQ__Contracts__r",
    )


@pytest.mark.parametrize(
    ("select", "where", "soql"),
    [
        (Select("Order", ()), "", "SELECT Id FROM Order"),
        (Select("Order", ("Nope__c",)), "", "SELECT Id FROM Order"),
        (Select("Order", ("Id", "id", "ID")), "", "SELECT Id FROM Order"),
        (Select("Order", ("Owner.Name", "Owner.Nope")), "", "SELECT Owner.Name FROM Order"),
        (Select("Order", ("Account.Parent.Parent.Name",)), "", "SELECT Account.Parent.Parent.Name FROM Order"),
        (Select("Order", ("Account." + "Parent." * 5 + "Name",)), "", "SELECT Id FROM Order"),
        (
            Select("Order", ("Id",), where="Status = 'A'"),
            "Id = '1'",
            "SELECT Id FROM Order WHERE Id = '1' AND Status = 'A'",
        ),
        (
            Select("Order", ("Id",), where="A = 1 OR B = 2"),
            "C = 3",
            "SELECT Id FROM Order WHERE C = 3 AND (A = 1 OR B = 2)",
        ),
        (Select("Order", ("Id",), limit=5), "", "SELECT Id FROM Order LIMIT 5"),
        (Select("Order", ("Id",), order_by="Account.Name"), "", "SELECT Id FROM Order ORDER BY Account.Name"),
    ],
)
def test_each_form_of_a_wish(select: Select, where: str, soql: str) -> None:
    assert text(select, where) == soql


def test_an_object_that_is_not_there_is_a_configuration_error() -> None:
    with pytest.raises(FixConfiguration, match="SBQQ__Quote__c") as caught:
        text(Select("SBQQ__Quote__c", ("Id",)))
    assert caught.value.code == "CPQ-303"


class Org:
    """Gives describes and counts the calls."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def describe_many(self, names: Iterable[str]) -> dict[str, Any]:
        self.asked.append(sorted(names))
        return {name: ORG.get(name) for name in self.asked[-1]}


def test_describes_are_read_level_by_level() -> None:
    org = Org()
    wish = Select("Order", ("Account.Parent.Name", "SBQQ__Quote__r.Name"), {"OrderItems": Select("OrderItem", ("Id",))})
    query = asyncio.run(resolve(org, wish))
    assert query.soql == "SELECT Account.Parent.Name, (SELECT Id FROM OrderItems) FROM Order"
    assert org.asked == [["Order", "OrderItem"], ["Account", "SBQQ__Quote__c"]]
    assert query.missing == ("SBQQ__Quote__r.Name",)


def test_records_are_looked_up_by_key() -> None:
    wish = Select("Order", ("Id",))
    assert asyncio.run(build(Org(), wish, "Id", ["a"])) == "SELECT Id FROM Order WHERE Id = 'a'"
    assert asyncio.run(build(Org(), wish, "Id", ["a", "b"])) == "SELECT Id FROM Order WHERE Id IN ('a', 'b')"


@pytest.mark.parametrize(
    ("value", "soql"),
    [
        ("O'Neill \\ Sons\n", "'O\\'Neill \\\\ Sons\\n'"),
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 2, 1), "2026-02-01"),
        (datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T23:00:00Z"),
    ],
)
def test_literals(value: Any, soql: str) -> None:
    assert literal(value) == soql


def test_a_datetime_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))


@given(st.text())
def test_no_text_ends_its_quotes(value: str) -> None:
    inside = quote(value)[1:-1]
    bare = inside.replace("\\\\", "").replace("\\'", "")
    assert "'" not in bare
    assert not bare.endswith("\\")


def test_lists_are_cut_and_freed_of_doubles() -> None:
    assert chunks(["a", "b", "a", "c"], 2) == [["a", "b"], ["c"]]
    assert chunks([]) == []
    assert among("Id", ["a"]) == "Id IN ('a')"
