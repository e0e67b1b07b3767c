"""What ends together: amendments with their contract, add-ons and renewals with the account's contracts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.salesforce.conftest import API, Client
from tests.sandbox.salesforce.cpq_life import items, lines, subscriptions
from tests.world import Line, World

HALF = {"SBQQ__EndDate__c": "2026-06-30"}
NOVEMBER = {"SBQQ__EndDate__c": "2026-11-30"}


def contract_row(world: World, number: str) -> dict[str, Any]:
    [row] = world.org.store.find("Contract", "ContractNumber", number)
    return row


def mixed(world: World, behavior: str | None = None, **account: Any) -> str:
    """A single contract whose parts end in November and in December."""
    wanted = [Line(world.product(), 3), Line(world.product("Short"), 3, more=NOVEMBER)]
    number = world.order(
        world.account(**account), wanted, start="2026-01-01", end="2026-12-31",
        SBQQ__ContractingMethod__c="Single Contract",
    )  # fmt: skip
    contract = world.contract(number)
    values = {"SBQQ__AmendmentRenewalBehavior__c": behavior}
    world.org.store.update("Contract", contract_row(world, contract)["Id"], values, system=True)
    return contract


@pytest.mark.parametrize(
    ("behavior", "end"),
    [(None, "2026-12-31"), ("Latest End Date", "2026-12-31"), ("Earliest End Date", "2026-11-30")],
)
def test_what_an_amendment_adds_ends_as_the_contract_says(sales: World, behavior: str | None, end: str) -> None:
    contract = mixed(sales, behavior)
    number = sales.amend(
        contract, "2026-03-01", {"product": "SEAT", "quantity": 5}, add=[{"product": sales.product("Add")}]
    )
    assert [item["EndDate"] for item in items(sales, number)] == ["2026-12-31", end]


def test_what_ended_before_the_amendment_does_not_count(sales: World) -> None:
    contract = mixed(sales, "Earliest End Date")
    number = sales.amend(contract, "2026-12-01", add=[{"product": sales.product("Add")}])
    assert [item["EndDate"] for item in items(sales, number)] == ["2026-12-31"]
    assert [line["SBQQ__Quantity__c"] for line in lines(sales, number)] == [3, 1]


@pytest.mark.parametrize(
    ("behavior", "starts"),
    [(None, ["2027-01-01", "2027-01-01"]), ("Earliest End Date", ["2027-01-01", "2026-12-01"])],
)
def test_a_renewal_starts_as_the_contract_says_and_never_before_the_old_end(
    sales: World, behavior: str | None, starts: list[str]
) -> None:
    number = sales.renew(mixed(sales, behavior))
    assert [item["ServiceDate"] for item in items(sales, number)] == starts


def test_an_add_on_may_end_before_or_after_the_contract_where_co_terming_is_off(sales: World) -> None:
    contract = mixed(sales)
    free = {"SBQQ__DisableAmendmentCoTerm__c": True}
    sales.org.store.update("Contract", contract_row(sales, contract)["Id"], free, system=True)
    early, late = ({"product": sales.product(name), "endDate": end} for name, end in
                   (("Early", "2026-09-30"), ("Late", "2027-06-30")))  # fmt: skip
    number = sales.amend(contract, "2026-03-01", add=[early, late])
    assert [row["SBQQ__EndDate__c"] for row in subscriptions(sales, number)] == ["2026-09-30", "2027-06-30"]
    assert contract_row(sales, contract)["EndDate"] == "2026-12-31"
    days = ("2026-09-30", "2026-10-01", "2027-06-30", "2027-07-01")
    assert [len(sales.active(contract, day)) for day in days] == [4, 3, 1, 0]
    [item] = items(sales, sales.amend(contract, "2027-03-01", {"product": "LATE", "quantity": 2}))
    assert (item["ServiceDate"], item["EndDate"]) == ("2027-03-01", "2027-06-30")


@pytest.mark.parametrize(
    ("account", "end"),
    [
        ({}, "2027-02-28"),
        ({"SBQQ__ContractCoTermination__c": "Never"}, "2027-02-28"),
        ({"SBQQ__ContractCoTermination__c": "Prompt"}, "2027-02-28"),
        ({"SBQQ__ContractCoTermination__c": "Always", "SBQQ__CoTerminationEvent__c": "Renewal"}, "2027-02-28"),
        ({"SBQQ__ContractCoTermination__c": "Always"}, "2026-12-31"),
        ({"SBQQ__ContractCoTermination__c": "Always", "SBQQ__CoTerminationEvent__c": "Add-on"}, "2026-12-31"),
    ],
)
def test_a_new_quote_ends_with_the_accounts_contracts(
    sales: World, client: Client, account: dict[str, Any], end: str
) -> None:
    contract = mixed(sales, **account)
    owner = contract_row(sales, contract)["AccountId"]
    number = sales.order(owner, [Line(sales.product("New"))], start="2026-03-01", end="2027-02-28")
    assert items(sales, number)[0]["EndDate"] == end
    dates = {"SBQQ__StartDate__c": "2026-03-01", "SBQQ__EndDate__c": "2027-02-28"}
    quote = client.create("SBQQ__Quote__c", SBQQ__Account__c=owner, **dates)
    assert client.get(f"{API}/sobjects/SBQQ__Quote__c/{quote}").json()["SBQQ__EndDate__c"] == end


def test_contracts_renew_together_where_the_account_says_so(sales: World) -> None:
    together = {"SBQQ__ContractCoTermination__c": "Always", "SBQQ__CoTerminationEvent__c": "Renewal"}
    account = sales.account(**together)
    seat, other = sales.product(), sales.product("Other")
    first, second = (
        sales.contract(sales.order(account, [Line(one, 2)], start="2026-01-01", end=end))
        for one, end in ((seat, "2026-12-31"), (other, "2027-01-31"))
    )
    number = sales.renew(first)
    assert [(i["Product2Id"], i["ServiceDate"], i["EndDate"]) for i in items(sales, number)] == [
        (seat, "2027-02-01", "2028-01-31"), (other, "2027-02-01", "2028-01-31"),
    ]  # fmt: skip
    rows = [contract_row(sales, one) for one in (first, second)]
    assert {row["SBQQ__RenewalQuoted__c"] for row in rows} == {True}
    assert len({row["SBQQ__RenewalOpportunity__c"] for row in rows}) == 1
    assert [held.quantity for held in sales.active(sales.contract(number), "2027-03-01").values()] == [2, 2]
