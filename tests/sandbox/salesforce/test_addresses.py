"""State and country picklists."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.sandbox.salesforce.conftest import API, Client
from tests.world import Line, World

PARTS = ("BillingState", "BillingStateCode", "BillingCountry", "BillingCountryCode")


@pytest.fixture
def coded(client: Client) -> Client:
    client.post("/_sandbox/settings", json={"stateCountryCodes": True})
    return client


def parts(client: Client, account: str) -> tuple[Any, ...]:
    row = client.get(f"{API}/sobjects/Account/{account}").json()
    return tuple(row[name] for name in PARTS)


CALIFORNIA = ("California", "CA", "United States", "US")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"BillingState": "california", "BillingCountry": "united states"}, CALIFORNIA),
        ({"BillingStateCode": "CA", "BillingCountryCode": "US"}, CALIFORNIA),
        ({"BillingState": "Bayern", "BillingCountryCode": "DE"}, ("Bayern", "BY", "Germany", "DE")),
        ({"BillingCountry": "Norway"}, (None, None, "Norway", "NO")),
        ({}, (None, None, None, None)),
    ],
)
def test_codes_and_names_give_each_other(coded: Client, written: dict[str, Any], read: tuple[Any, ...]) -> None:
    assert parts(coded, coded.create("Account", Name="a", **written)) == read


REFUSED = [
    ({"BillingCountry": "USA"}, "BillingCountry"),
    ({"BillingCountryCode": "XX"}, "BillingCountryCode"),
    ({"BillingCountryCode": "US", "BillingStateCode": "ZZ"}, "BillingStateCode"),
    ({"BillingCountryCode": "US", "BillingState": "Calif."}, "BillingState"),
    ({"BillingCountryCode": "NO", "BillingState": "Oslo"}, "BillingState"),
    ({"BillingState": "California"}, "BillingState"),
]


@pytest.mark.parametrize(("written", "field"), REFUSED)
def test_what_is_on_no_list_is_refused(coded: Client, written: dict[str, Any], field: str) -> None:
    answer = coded.post(f"{API}/sobjects/Account", json={"Name": "a"} | written)
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"], error["fields"]) == (400, "FIELD_INTEGRITY_EXCEPTION", [field])


def test_a_changed_address_keeps_both_halves_in_step(coded: Client) -> None:
    account = coded.create("Account", Name="a", BillingState="California", BillingCountry="United States")
    path = f"{API}/sobjects/Account/{account}"
    assert coded.patch(path, json={"BillingStateCode": "TX"}).status_code == 204
    assert parts(coded, account) == ("Texas", "TX", "United States", "US")
    assert coded.patch(path, json={"BillingCountryCode": "CA"}).status_code == 400
    assert coded.patch(path, json={"BillingCountryCode": "CA", "BillingState": "Ontario"}).status_code == 204
    assert parts(coded, account) == ("Ontario", "ON", "Canada", "CA")
    assert coded.patch(path, json={"BillingState": None, "BillingCountry": ""}).status_code == 204
    assert parts(coded, account) == (None, None, None, None)


def test_without_the_picklists_anything_goes(client: Client) -> None:
    account = client.create("Account", Name="a", BillingState="Calif.", BillingCountry="USA")
    assert client.get(f"{API}/sobjects/Account/{account}").json()["BillingCountry"] == "USA"


def test_what_was_there_before_gets_its_codes(client: Client, org: Org) -> None:
    lay_foundation(org)
    world = World(org)
    account, odd = world.account(), world.account("Odd", BillingCountry="Elsewhere")
    client.post("/_sandbox/settings", json={"stateCountryCodes": True})
    assert parts(client, account) == CALIFORNIA
    assert parts(client, odd) == ("California", None, "Elsewhere", None)
    later = world.account("Later")
    assert parts(client, later) == CALIFORNIA
    number = world.order(later, [Line(world.product())], BillingCountry="Germany", BillingState="Bayern")
    [order] = client.soql("SELECT OrderNumber, BillingStateCode, BillingCountryCode FROM Order")
    assert (order["OrderNumber"], order["BillingStateCode"], order["BillingCountryCode"]) == (number, "BY", "DE")
