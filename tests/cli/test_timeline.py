"""`cpqbridge timeline` over both systems: from any number of a contract's life to what Zuora holds."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.seed import DEMO_LIFE
from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

NEW, MORE, PRICE, RENEWED, ENDED = DEMO_LIFE


def subscriptions(sandbox: LocalSandbox, order: str) -> list[str]:
    """Numbers of the CPQ subscriptions that an order made."""
    store = sandbox.org.store
    [row] = store.find("Order", "OrderNumber", order)
    items = store.find("OrderItem", "OrderId", row["Id"])
    return [store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"])["Name"] for item in items]


def contract(sandbox: LocalSandbox, order: str) -> str:
    [row] = sandbox.org.store.find("Order", "OrderNumber", order)
    return str(sandbox.org.store.find("Contract", "SBQQ__Order__c", row["Id"])[0]["ContractNumber"])


def stretches(document: Any, number: str) -> list[tuple[str, Any, Any, str, list[str]]]:
    [life] = [one for one in document["subscriptions"] if one["subscription"] == number]
    names = ("start", "quantity", "soldPrice", "order", "what")
    return [tuple(one[name] for name in names) for one in life["charges"][0]["stretches"]]


@pytest.fixture
def lived(cli: Cli, sandbox: LocalSandbox) -> LocalSandbox:
    """The demo's systems, the contract's life carried over."""
    assert cli("sync", "order", *DEMO_LIFE).status == 0
    return sandbox


def test_the_first_order_leads_to_all_that_became_of_it(cli: Cli, lived: LocalSandbox) -> None:
    seats, mobile, support = subscriptions(lived, NEW)
    shown = cli("timeline", NEW, "--json")
    assert (shown.status, shown.err) == (0, "")
    assert shown.document["numbers"] == [
        {"number": NEW, "kind": "order", "subscriptions": [seats, mobile, support], "missing": []}
    ]
    assert stretches(shown.document, seats) == [
        ("2026-01-01", 25, 1200, NEW, ["new"]),
        ("2026-04-01", 40, 1200, MORE, ["quantity"]),
        ("2027-01-01", 45, 1260, RENEWED, ["renewed", "quantity", "price"]),
    ]
    assert stretches(shown.document, mobile) == [("2026-01-01", 50, 120, NEW, ["new"])]
    assert stretches(shown.document, support) == [
        ("2026-01-01", None, 6000, NEW, ["new"]),
        ("2027-01-01", None, 6300, RENEWED, ["renewed", "price"]),
    ]
    endings = {one["subscription"]: one["charges"][0]["ending"] for one in shown.document["subscriptions"]}
    assert endings[mobile] == {"day": "2026-07-01", "what": "cancelled", "order": PRICE}
    assert endings[support] == {"day": "2027-07-01", "what": "cancelled", "order": ENDED}


def test_the_order_of_the_renewal_and_its_contract_lead_to_the_first_sales(cli: Cli, lived: LocalSandbox) -> None:
    seats, _, support = subscriptions(lived, NEW)
    _, mobile = subscriptions(lived, PRICE)
    by_order = cli("timeline", RENEWED, "--json").document["numbers"][0]
    by_contract = cli("timeline", contract(lived, RENEWED), "--as", "contract", "--json").document["numbers"][0]
    assert sorted(by_order["subscriptions"]) == sorted(by_contract["subscriptions"]) == sorted([seats, mobile, support])
    assert (by_order["kind"], by_contract["kind"]) == ("order", "contract")


def test_the_subscription_of_an_amendment_or_a_renewal_leads_to_the_first_sale(cli: Cli, lived: LocalSandbox) -> None:
    seats = subscriptions(lived, NEW)[0]
    [amended], renewed = subscriptions(lived, MORE), subscriptions(lived, RENEWED)
    for number in (seats, amended, renewed[0]):
        found = cli("timeline", number, "--json").document["numbers"][0]
        assert (found["kind"], found["subscriptions"]) == ("subscription", [seats])


def test_several_numbers_are_drawn_together_each_subscription_once(cli: Cli, lived: LocalSandbox) -> None:
    shown = cli("timeline", NEW, MORE, PRICE)
    assert shown.status == 0
    old, new = subscriptions(lived, NEW)[1], subscriptions(lived, PRICE)[1]
    for text in (f"{PRICE}  cancelled, then {new}", f"{PRICE}  replaces {old}, price −20%", "renewed, quantity +5"):
        assert shown.out.count(text) == 1
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "\x1b" not in shown.out


def test_a_number_of_two_things_says_which_is_shown(cli: Cli, lived: LocalSandbox) -> None:
    number = contract(lived, NEW)
    shown = cli("timeline", number, "--as", "contract")
    assert (shown.status, shown.err) == (0, "")
    twin = lived.org.store.find("Contract", "ContractNumber", number)[0]
    lived.org.store.update("Contract", twin["Id"], {"ContractNumber": NEW}, system=True)
    assert f"{NEW} is taken for the order; `--as contract`" in cli("timeline", NEW).err


def test_numbers_of_two_things_are_told_of_once(cli: Cli, lived: LocalSandbox) -> None:
    for order in (NEW, RENEWED):
        rename(lived, "Contract", "ContractNumber", contract(lived, order), order)
    said = " ".join(cli("timeline", NEW, MORE, RENEWED).err.split())
    assert said == f"{NEW}, {RENEWED} are taken for orders; `--as contract` shows the contracts of these numbers."


def test_what_zuora_does_not_have_is_named(cli: Cli, sandbox: LocalSandbox) -> None:
    shown = cli("timeline", NEW, "--json")
    assert (shown.status, shown.document["subscriptions"]) == (3, [])
    assert shown.document["numbers"][0]["missing"] == subscriptions(sandbox, NEW)
    assert "Zuora does not have subscription" in cli("timeline", NEW).err


@pytest.mark.usefixtures("sandbox")
def test_an_unknown_number_is_an_error_and_an_order_without_subscriptions_is_none(cli: Cli) -> None:
    for kind in ((), ("--as", "order"), ("--as", "contract"), ("--as", "subscription")):
        shown = cli("timeline", "99999999", *kind, "--json")
        assert (shown.status, shown.document["error"]["code"]) == (4, "CPQ-419")
    hardware = cli("timeline", "00000105")
    assert (hardware.status, hardware.out) == (0, "")
    assert "has no subscriptions" in hardware.err


def test_what_only_zuora_knows_is_found_there(cli: Cli, lived: LocalSandbox) -> None:
    names, store = subscriptions(lived, NEW), lived.org.store
    for name in names:
        rename(lived, "SBQQ__Subscription__c", "Name", name, f"{name}-OLD")
    rename(lived, "Order", "OrderNumber", NEW, "90000001")
    assert store.find("Order", "OrderNumber", NEW) == []
    by_order, by_name = (cli("timeline", number, "--json").document["numbers"][0] for number in (NEW, names[0]))
    assert (by_order["kind"], by_order["subscriptions"]) == ("order", names)
    assert (by_name["kind"], by_name["subscriptions"]) == ("subscription", names[:1])


def test_a_subscription_with_another_number_in_zuora_is_found_by_its_rate_plan(cli: Cli, lived: LocalSandbox) -> None:
    seats = subscriptions(lived, NEW)[0]
    rename(lived, "SBQQ__Subscription__c", "Name", seats, "SUB-RENAMED")
    found = cli("timeline", "SUB-RENAMED", "--json").document["numbers"][0]
    assert (found["subscriptions"], found["missing"]) == ([seats], [])


def rename(sandbox: LocalSandbox, sobject: str, field: str, old: str, new: str) -> None:
    [row] = sandbox.org.store.find(sobject, field, old)
    sandbox.org.store.update(sobject, row["Id"], {field: new}, system=True)
