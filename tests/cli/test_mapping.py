"""`cpqbridge mapping`: check, try, record and test, with exit statuses, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

Configure = Callable[..., Path]

OWN = {
    "account": {
        "notes": {"expression": 'concat("Customer: ", Name)'},
        "Tier__c": {"value": "Gold"},
        "salesRep": {"off": True},
    }
}


@pytest.fixture
def configure(sandbox: LocalSandbox, tmp_path: Path) -> Configure:
    """Give a function that writes `cpqbridge.yaml` for the sandbox with a mapping."""
    known = sandbox.credentials
    head = {
        "allow_clear_secrets": True,
        "salesforce": {key: known["salesforce"][key] for key in ("login_url", "client_id", "client_secret")},
        "zuora": {key: known["zuora"][key] for key in ("base_url", "client_id", "client_secret")},
    }

    def write(mapping: dict[str, Any] | None = None, **sections: Any) -> Path:
        file = tmp_path / "cpqbridge.yaml"
        file.write_text(yaml.safe_dump({"mapping": mapping or {}, **head, **sections}, sort_keys=False), "utf-8")
        return file

    sandbox.tenant.configure({"customFields": {"account": ["Tier__c"]}})
    return write


def writes(sandbox: LocalSandbox) -> int:
    return sum(1 for kind in ("account", "product", "order") for _ in sandbox.tenant.store.rows(kind))


def test_a_mapping_that_fits(cli: Cli, configure: Configure) -> None:
    configure(OWN)
    ran = cli("mapping", "check")
    assert ran.status == 0
    assert "3 rules of your own" in ran.out
    assert "Not in the org, default used" in ran.out
    document = cli("mapping", "check", "--json").document
    assert (document["fits"], document["findings"], document["rules"]) == (True, [], 3)


def test_a_mapping_that_does_not_fit_is_told_with_file_and_line(cli: Cli, configure: Configure) -> None:
    configure({"account": {"Lost__c": "Name", "notes": "Nmae"}})
    ran = cli("mapping", "check")
    assert ran.status == 2
    assert "CPQ-305 cpqbridge.yaml:3: `mapping.account.Lost__c`" in ran.out
    assert "CPQ-303 cpqbridge.yaml:4: `mapping.account.notes.source`" in ran.out
    assert "Did you mean Name?" in ran.out
    assert "2 problems, 0 warnings" in ran.out
    document = cli("mapping", "check", "--json").document
    assert [one["code"] for one in document["findings"]] == ["CPQ-305", "CPQ-303"]
    keys = {"code", "grade", "line", "key", "pair", "target", "source", "message", "remedy"}
    assert all(set(one) == keys for one in document["findings"])


def test_a_rule_that_cannot_be_is_refused_before_anything_is_asked(cli: Cli, configure: Configure) -> None:
    configure({"account": {"crmId": "Name"}})
    ran = cli("mapping", "check", "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-301")


def test_trying_marks_what_the_own_mapping_does(cli: Cli, configure: Configure, sandbox: LocalSandbox) -> None:
    configure(OWN)
    before = writes(sandbox)
    ran = cli("mapping", "try", "order", "00000100", "--json")
    assert ran.status == 0
    document = ran.document
    assert (document["record"], document["outcome"], document["guide"]["outcome"]) == ("00000100", "planned", "planned")
    account = next(one for one in document["operations"] if one["operation"] == "create_account")
    marks = {one["target"]: one["mark"] for one in account["targets"]}
    assert {marks[name] for name in ("/notes", "/Tier__c", "/salesRep", "/name")} == {
        "changed",
        "added",
        "removed",
        "same",
    }
    notes = next(one for one in account["targets"] if one["target"] == "/notes")
    assert notes["value"].startswith("Customer: ")
    assert not notes["guide"].startswith("Customer: ")
    assert notes["source"] == "Account.Name"
    assert "own mapping" in notes["rule"]
    assert document["values"]["changed"] == document["values"]["added"] == document["values"]["removed"] == 1
    assert writes(sandbox) == before


def test_trying_for_people_shows_the_changes_and_on_demand_the_rest(cli: Cli, configure: Configure) -> None:
    configure(OWN)
    ran = cli("mapping", "try", "order", "00000100")
    assert ran.status == 0
    assert "create_account" in ran.out
    assert "Customer: " in ran.out
    assert "/existingAccountNumber" not in ran.out
    assert "1 changed, 1 added, 1 removed" in ran.out
    assert "/existingAccountNumber" in cli("mapping", "try", "order", "00000100", "--all").out


def test_an_order_that_the_own_mapping_holds_shows_what_the_guide_would_do(cli: Cli, configure: Configure) -> None:
    configure({"order": {"orderDate": {"expression": "date(OrderNumber)"}}})
    ran = cli("mapping", "try", "order", "00000100", "--json")
    assert ran.status == 3
    document = ran.document
    assert (document["outcome"], document["code"], document["guide"]["outcome"]) == ("held", "CPQ-402", "planned")
    assert {one["mark"] for one in document["operations"]} == {"removed"}
    people = cli("mapping", "try", "order", "00000100")
    assert "the guide alone: planned" in people.out
    assert "CPQ-402" in people.out


def test_accounts_and_products_are_tried_too(cli: Cli, configure: Configure, sandbox: LocalSandbox) -> None:
    configure({**OWN, "product": {"Description": {"value": "mine"}}})
    [order] = sandbox.org.store.find("Order", "OrderNumber", "00000100")
    account = cli("mapping", "try", "account", order["AccountId"], "--json").document
    assert (account["object"], account["values"]["changed"]) == ("Account", 1)
    product = cli("mapping", "try", "products", "PLAT-PRO", "--json").document
    described = {one["target"]: one["value"] for operation in product["operations"] for one in operation["targets"]}
    assert described["/Description"] == "mine"


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("command", [("try", "order", "999"), ("try", "account", "foo"), ("try", "products", "NONE")])
def test_what_is_not_there_is_told(cli: Cli, configure: Configure, command: tuple[str, ...]) -> None:
    configure(OWN)
    ran = cli("mapping", *command, "--json")
    assert (ran.status, ran.document["code"]) == (4, "CPQ-419")


def test_recorded_cases_pass_until_the_mapping_changes(
    cli: Cli, configure: Configure, sandbox: LocalSandbox, tmp_path: Path
) -> None:
    configure(OWN)
    recorded = cli("mapping", "record", "order", "00000100", "00000104", "--to", "cases", "--json")
    assert recorded.status == 0
    assert set(recorded.document["written"]) == {"00000100", "00000104"}
    sandbox.stop()
    passed = cli("mapping", "test", "cases", "--json")
    assert (passed.status, passed.document["passed"]) == (0, True)

    configure({"account": {**OWN["account"], "notes": {"value": "other"}}})
    failed = cli("mapping", "test", "cases", "--json", "--junit", "report.xml")
    assert (failed.status, failed.document["passed"]) == (4, False)
    first = failed.document["cases"][0]
    assert (first["record"], first["state"], first["code"]) == ("Order 00000100", "failed", "CPQ-310")
    [difference] = first["differences"]
    assert difference["place"].endswith(" /notes")
    assert (difference["expected"][:9], difference["found"]) == ("Customer:", "other")
    suite = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")

    people = cli("mapping", "test", "cases")
    assert people.status == 4
    assert "1 value differs" in people.out
    assert "CPQ-310" in people.out

    updated = cli("mapping", "test", "cases", "--update", "--json")
    assert (updated.status, {one["state"] for one in updated.document["cases"]}) == (0, {"updated"})
    assert cli("mapping", "test", "cases").status == 0


def test_testing_needs_no_secret_and_no_connection(
    cli: Cli, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(OWN)
    cli("mapping", "record", "order", "00000100", "--to", "cases")
    head = {
        "salesforce": {"login_url": "https://nowhere.invalid", "client_id": "app"},
        "zuora": {"base_url": "https://nowhere.invalid", "client_id": "client"},
    }
    (tmp_path / "cpqbridge.yaml").write_text(yaml.safe_dump({"mapping": OWN, **head}), "utf-8")
    monkeypatch.delenv("CPQBRIDGE_DATABASE_URL")
    assert cli("mapping", "test", "cases", "--json").document["passed"]


@pytest.mark.parametrize("option", ["--junit"])
def test_a_report_that_cannot_be_written_is_told(cli: Cli, configure: Configure, tmp_path: Path, option: str) -> None:
    configure(OWN)
    cli("mapping", "record", "order", "00000100", "--to", "cases")
    (tmp_path / "file").write_text("", "utf-8")
    ran = cli("mapping", "test", "cases", option, "file/report.xml", "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-307")


def test_a_mapping_that_reads_more_asks_for_a_new_recording(cli: Cli, configure: Configure) -> None:
    configure(OWN)
    cli("mapping", "record", "order", "00000100", "--to", "cases")
    configure({"account": {"taxInfo/VATId": "VAT__c"}})
    ran = cli("mapping", "test", "cases", "--json")
    assert ran.status == 4
    [case] = ran.document["cases"]
    assert "accounts: VAT__c" in case["message"]
    assert "cpqbridge mapping record order 00000100 --to cases" in case["message"]


def test_taking_out_the_own_mapping_needs_no_new_recording(cli: Cli, configure: Configure) -> None:
    configure(OWN)
    cli("mapping", "record", "order", "00000100", "--to", "cases")
    configure()
    [case] = cli("mapping", "test", "cases", "--json").document["cases"]
    assert sorted(one["place"].rpartition(" ")[2] for one in case["differences"]) == ["/Tier__c", "/notes", "/salesRep"]


def test_cases_are_the_same_each_time_and_hold_no_secret(
    cli: Cli, configure: Configure, sandbox: LocalSandbox, tmp_path: Path
) -> None:
    configure(OWN)
    for folder in ("one", "two"):
        cli("mapping", "record", "order", "00000104", "--to", folder)
    [one], [two] = (list((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    text = one.read_text("utf-8")
    assert text == two.read_text("utf-8")
    secrets = [sandbox.credentials["salesforce"]["client_secret"], sandbox.credentials["zuora"]["client_secret"]]
    assert not [secret for secret in (*secrets, sandbox.salesforce_url) if secret in text]
    assert json.loads(text)["record"] == "00000104"


def test_an_account_is_recorded_without_its_orders(cli: Cli, configure: Configure, sandbox: LocalSandbox) -> None:
    configure(OWN)
    [order] = sandbox.org.store.find("Order", "OrderNumber", "00000100")
    written = cli("mapping", "record", "account", order["AccountId"], "--to", "cases", "--json").document["written"]
    assert list(written) == [order["AccountId"]]
    assert cli("mapping", "test", "cases", "--json").document["passed"]


def test_an_unknown_order_is_told_and_the_others_are_recorded(cli: Cli, configure: Configure) -> None:
    configure(OWN)
    ran = cli("mapping", "record", "order", "999", "00000100", "--to", "cases", "--json")
    assert ran.status == 4
    assert (list(ran.document["written"]), ran.document["unknown"]) == (["00000100"], ["999"])


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_cases_is_wrong_use(cli: Cli, configure: Configure, folder: str) -> None:
    configure(OWN)
    ran = cli("mapping", "test", folder, "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-307")


def test_a_file_that_is_no_case_fails(cli: Cli, configure: Configure, tmp_path: Path) -> None:
    configure(OWN)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "x.json").write_text("{}", "utf-8")
    ran = cli("mapping", "test", "cases", "--json")
    assert (ran.status, ran.document["cases"][0]["file"]) == (4, "x.json")
    assert "is no case" in ran.document["cases"][0]["message"]


def test_a_folder_that_cannot_be_written_is_told(cli: Cli, configure: Configure, tmp_path: Path) -> None:
    configure(OWN)
    (tmp_path / "cases").write_text("a file", "utf-8")
    ran = cli("mapping", "record", "order", "00000100", "--to", "cases", "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-307")
