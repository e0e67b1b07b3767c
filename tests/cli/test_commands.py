"""Every command: its output, its JSON shape and its exit status."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

OPERATION = {"operation", "key", "request", "lineage"}


def test_help_lists_the_commands(cli: Cli) -> None:
    ran = cli("--help")
    assert ran.status == 0
    for command in ("sandbox", "plan", "sync", "history", "doctor", "demo"):
        assert command in ran.out


def test_sandbox_credentials_are_fixed(cli: Cli) -> None:
    first, second = cli("sandbox", "credentials", "--json"), cli("sandbox", "credentials", "--json")
    assert first.document == second.document
    org = first.document["salesforce"]
    assert set(org) >= {"login_url", "client_id", "client_secret", "username", "jwt_private_key", "access_token"}
    assert set(first.document["zuora"]) >= {"base_url", "client_id", "client_secret"}
    assert org["login_url"] == "http://127.0.0.1:8101"


@pytest.mark.usefixtures("sandbox")
def test_doctor_finds_a_healthy_sandbox(cli: Cli) -> None:
    ran = cli("doctor", "--json")
    assert ran.status == 0
    assert ran.document["healthy"] is True
    assert len(ran.document["findings"]) > 10


def test_doctor_names_the_missing_custom_field(cli: Cli, sandbox: LocalSandbox) -> None:
    sandbox.tenant.configure({"customFields": {"contact": ["crmId__c"]}})
    ran = cli("doctor", "--json")
    assert ran.status == 2
    [problem] = [finding for finding in ran.document["findings"] if finding["grade"] == "problem"]
    assert (problem["code"], problem["field"]) == ("CPQ-305", "CrmOrderId__c")
    assert "Create the custom field" in problem["remedy"]


@pytest.mark.parametrize("feature", ["orderLineItems", "flexibleBillingAttributes"])
def test_doctor_names_the_tenant_feature_that_is_off(cli: Cli, sandbox: LocalSandbox, feature: str) -> None:
    sandbox.tenant.configure({feature: False})
    ran = cli("doctor", "--json")
    assert ran.status == 2
    [problem] = [finding for finding in ran.document["findings"] if finding["grade"] == "problem"]
    assert problem["code"] == "CPQ-304"
    assert problem["remedy"]


def test_doctor_names_what_the_user_may_not_read(cli: Cli, sandbox: LocalSandbox) -> None:
    hidden = {"hiddenFields": ["OrderItem.SBQQ__Subscription__c"]}
    httpx.post(f"{sandbox.salesforce_url}/_sandbox/settings", json=hidden).raise_for_status()
    ran = cli("doctor", "--json")
    assert ran.status == 2
    [problem] = [finding for finding in ran.document["findings"] if finding["grade"] == "problem"]
    assert (problem["code"], problem["field"]) == ("CPQ-303", "OrderItem.SBQQ__Subscription__c")


def test_a_plan_shows_every_value_with_its_lineage_and_writes_nothing(cli: Cli, sandbox: LocalSandbox) -> None:
    ran = cli("plan", "order", "00000104", "--json")
    assert ran.status == 0
    plan = ran.document
    assert (plan["record"], plan["outcome"]) == ("00000104", "planned")
    assert [operation["operation"] for operation in plan["operations"]][-1] == "create_order"
    for operation in plan["operations"]:
        assert set(operation) == OPERATION
        assert set(operation["request"]) == {"method", "path", "body"}
        assert all(set(line) == {"target", "source", "rule", "value"} for line in operation["lineage"])
    assert not list(sandbox.tenant.store.rows("order"))


@pytest.mark.usefixtures("sandbox")
def test_a_plan_for_people_shows_fields_and_rules(cli: Cli) -> None:
    ran = cli("plan", "order", "00000100")
    assert ran.status == 0
    assert "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c" in ran.out
    assert "Subscription Rate Plan Charge / List Price" in ran.out


@pytest.mark.usefixtures("sandbox")
def test_sync_then_sync_again(cli: Cli) -> None:
    first = cli("sync", "order", "00000104", "--json")
    assert (first.status, first.document["outcome"]) == (0, "synced")
    zuora = first.document["zuora"]
    assert zuora["orderNumber"] == "00000104"
    assert len(zuora["subscriptions"]) == 2
    assert len(zuora["orderLineItems"]) == 3
    second = cli("sync", "order", "00000104", "--json")
    assert (second.status, second.document["outcome"], second.document["operations"]) == (0, "unchanged", [])
    assert second.document["zuora"]["subscriptions"] == zuora["subscriptions"]


@pytest.mark.usefixtures("sandbox")
def test_several_orders_give_a_list_and_the_worst_status(cli: Cli) -> None:
    ran = cli("sync", "order", "00000100", "00000109", "--json")
    assert [(one["record"], one["outcome"]) for one in ran.document] == [
        ("00000100", "synced"),
        ("00000109", "waiting"),
    ]
    assert ran.status == 3


def test_an_account_comes_with_its_orders(cli: Cli, sandbox: LocalSandbox) -> None:
    [row] = sandbox.org.store.find("Order", "OrderNumber", "00000100")
    ran = cli("sync", "account", row["AccountId"], "--json")
    assert ran.document["record"] == row["AccountId"]
    assert ran.document["outcome"] == "synced"
    assert "00000100" in [order["record"] for order in ran.document["orders"]]
    plan = cli("plan", "account", row["AccountId"], "--json")
    assert plan.document["outcome"] == "unchanged"
    assert {order["outcome"] for order in plan.document["orders"]} <= {"unchanged", "waiting", "held"}


@pytest.mark.usefixtures("sandbox")
def test_history_lists_and_shows_every_call(cli: Cli) -> None:
    cli("sync", "order", "00000100", "--json")
    [row] = cli("history", "list", "--record", "00000100", "--json").document
    assert (row["number"], row["outcome"]) == ("00000100", "synced")
    detail = cli("history", "show", str(row["id"]), "--json").document
    assert [operation["state"] for operation in detail["operations"]] == ["done"] * len(detail["operations"])
    assert detail["operations"][-1]["path"] == "/v1/orders"
    people = cli("history", "show", str(row["id"]))
    assert "create_order" in people.out
    assert cli("history", "show", "999999").status == 4


def test_an_earlier_failure_is_closed_by_a_later_success(cli: Cli, sandbox: LocalSandbox) -> None:
    sandbox.tenant.configure({"flexibleBillingAttributes": False})
    refused = cli("sync", "order", "00000100", "--json")
    assert (refused.status, refused.document["code"]) == (4, "CPQ-304")
    assert len(cli("history", "list", "--open", "--json").document) == 1
    sandbox.tenant.configure({"flexibleBillingAttributes": True})
    assert cli("sync", "order", "00000100").status == 0
    assert cli("history", "list", "--open", "--json").document == []


def test_the_demo_begins_anew_on_data_of_another_version(cli: Cli, tmp_path: Path) -> None:
    with LocalSandbox("empty", data=tmp_path / ".demo" / "sandbox"):
        pass
    ran = cli("demo", "--json")
    assert (ran.status, [row["record"] for row in ran.document["orders"]]) == (0, list(DEMO_ORDERS))
    assert "begins anew" in ran.err


def test_the_demo_ends_well_twice(cli: Cli) -> None:
    first = cli("demo", "--json")
    assert first.status == 0
    assert [row["record"] for row in first.document["orders"]] == list(DEMO_ORDERS)
    for row in first.document["orders"]:
        if row["outcome"] == "synced":
            assert row["cpqAmount"] == row["zuoraAmount"], row["record"]
    assert first.document["writes"] > 0
    second = cli("demo", "--json")
    assert (second.status, second.document["writes"], second.err) == (0, 0, "")


@pytest.mark.usefixtures("sandbox")
def test_a_file_without_connections_is_tried_on_the_sandbox(cli: Cli, tmp_path: Path) -> None:
    own = tmp_path / "mapping.yaml"
    own.write_text("mapping:\n  account: {notes: Site}\n")
    ran = cli("plan", "order", "00000100", "--json", "--config", str(own))
    assert ran.status == 0
    assert "the sandbox on this machine is used" in ran.err
    half = tmp_path / "half.yaml"
    half.write_text("zuora: {base_url: 'https://rest.zuora.com', client_id: a}\n")
    refused = cli("plan", "order", "00000100", "--config", str(half))
    assert refused.status == 2
    assert "`salesforce` is missing" in refused.err
