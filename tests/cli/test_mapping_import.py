"""`cpqbridge mapping import`: printed, as JSON, from standard input, and into a configuration file."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
import yaml

from cpqbridge.cli.mapping_import import import_lists
from cpqbridge.cli.output import print_error, status_of
from cpqbridge.errors import CpqBridgeError

LISTS = "accountCustomFields: Customer_Notes__c,VAT__c\nzuoraAccountCustomFields: notes,taxInfo/VATId\n"
CONFIG = """\
# our connections
salesforce: {login_url: "https://a.my.salesforce.com", client_id: a}
zuora: {base_url: "https://rest.zuora.com", client_id: b}

mapping:
  account:
    Region__c: Region__c   # by hand

options:
  auto_renew: true  # legal wants it
"""


class Ran(NamedTuple):
    """What the command gave."""

    status: int
    out: str
    err: str


class Import:
    """Runs the command alone, in an empty folder, as the command line does."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys, self.folder = capsys, folder

    def __call__(self, *arguments: str) -> Ran:
        app = typer.Typer()
        app.command("import")(import_lists)
        status = 0
        try:
            app(list(arguments), standalone_mode=False)
        except CpqBridgeError as error:
            print_error(error, as_json="--json" in arguments)
            status = status_of(error)
        return Ran(status, *self._capsys.readouterr())

    def write(self, text: str, name: str = "lists.yaml") -> str:
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Import:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    return Import(capsys, tmp_path)


def test_the_section_is_printed_and_the_next_step_said(run: Import) -> None:
    ran = run(run.write(LISTS))
    assert ran.status == 0
    assert ran.out == "mapping:\n  account:\n    notes: Customer_Notes__c\n    taxInfo/VATId: VAT__c\n"
    assert "cpqbridge mapping check" in ran.err


def test_from_standard_input_as_json(run: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + LISTS.encode())))
    ran = run("-", "--json")
    assert json.loads(ran.out) == {
        "settings": {"mapping": {"account": {"notes": "Customer_Notes__c", "taxInfo/VATId": "VAT__c"}}},
        "into": None,
        "added": [],
        "there": [],
    }
    assert not ran.err


def test_the_special_targets_and_the_options_come_over(run: Import) -> None:
    lists = (
        "subscriptionCustomFields=PO_Number__c\nzuoraSubscriptionCustomFields=InvoiceGroupNumber\n"
        "orderItemCustomFields=Zuora_Status__c\nzuoraOrderItemCustomFields=ItemState\n"
        "subscriptionRatePlanChargeCustomFields=Price__c,SBQQ__BillingFrequency__c\n"
        "zuoraSubscriptionRatePlanChargeCustomFields=Price,billingperiod\n"
        "opportunityCustomFields=Stage__c\nzuoraOpportunityCustomFields=Stage__c\n"
        "Increment tier upper bound for decimal point=true\n"
    )
    ran = run(run.write(lists))
    assert yaml.safe_load(ran.out) == {
        "options": {"increment_tier_upper_bound": True},
        "mapping": {
            "order_item": {"itemState": "Zuora_Status__c"},
            "subscription": {"invoiceGroupNumber": "PO_Number__c"},
            "subscription_rate_plan_charge": {"price": "Price__c", "billingPeriod": "SBQQ__BillingFrequency__c"},
            "opportunity": {"Stage__c": "Stage__c"},
        },
    }
    assert "sync_opportunity_fields: true" in ran.err


def test_into_a_file_that_keeps_its_comments(run: Import) -> None:
    config = run.folder / run.write(CONFIG, "cpqbridge.yaml")
    config.chmod(0o600)
    lists = run.write(f"{LISTS}useListPriceBase: false\n")
    ran = run(lists, "--into", "cpqbridge.yaml")
    assert (ran.status, ran.out) == (0, "")
    assert "3 added, 0 there already" in ran.err
    by_hand = "    Region__c: Region__c   # by hand\n"
    assert config.read_text() == (
        CONFIG.replace(by_hand, f"{by_hand}    notes: Customer_Notes__c\n    taxInfo/VATId: VAT__c\n")
        + "  sfdc_use_list_price_base: false\n"
    )
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    again = run(lists, "--into", "cpqbridge.yaml", "--json")
    assert json.loads(again.out)["added"] == []
    assert json.loads(again.out)["there"] == [
        "options.sfdc_use_list_price_base",
        "mapping.account.notes",
        "mapping.account.taxInfo/VATId",
    ]
    assert {file.name for file in run.folder.iterdir()} == {"cpqbridge.yaml", "lists.yaml"}


def test_a_link_stays_a_link(run: Import) -> None:
    real = run.folder / run.write(CONFIG, "real.yaml")
    link = run.folder / "cpqbridge.yaml"
    link.symlink_to(real)
    assert run(run.write(LISTS), "--into", "cpqbridge.yaml").status == 0
    assert link.is_symlink()
    assert "Customer_Notes__c" in real.read_text()


@pytest.mark.parametrize(
    ("lists", "config", "said"),
    [
        (
            LISTS,
            CONFIG.replace("Region__c: Region__c", "notes: Other__c"),
            'cpqbridge.yaml:7: `mapping.account.notes` is there already, and is not "Customer_Notes__c"',
        ),
        (
            LISTS.replace("VAT__c", "VAT__c,X__c"),
            CONFIG,
            (
                "lists.yaml:1: `accountCustomFields` has 3 entries, but `zuoraAccountCustomFields` has 2: "
                "no partner for `X__c`"
            ),
        ),
        (
            LISTS.replace("notes", "note"),
            CONFIG,
            (
                "lists.yaml:2: `zuoraAccountCustomFields` at place 1: Zuora's Account has no field `note`; "
                "did you mean `notes`?"
            ),
        ),
        (
            LISTS.replace("notes", "crmId"),
            CONFIG,
            (
                "lists.yaml:2: `zuoraAccountCustomFields` at place 1: `crmId` cannot be mapped: "
                "it is the key by which cpqbridge finds the record again"
            ),
        ),
        (LISTS, "mapping: [\n", "cpqbridge.yaml:2: is not YAML: "),
        (LISTS, None, "`cpqbridge.yaml` cannot be read: no such file or directory"),
        (None, CONFIG, "`lists.yaml` cannot be read: no such file or directory"),
        (LISTS, "mapping: {account: {notes: A__c}}\n", "cpqbridge.yaml:1: `mapping.account.notes` is there already"),
    ],
    ids=["other source", "lengths", "unknown", "protected", "no YAML", "no file", "no lists", "in braces"],
)
def test_with_a_problem_nothing_is_written(run: Import, lists: str | None, config: str | None, said: str) -> None:
    for name, text in (("lists.yaml", lists), ("cpqbridge.yaml", config)):
        if text is not None:
            run.write(text, name)
    ran = run("lists.yaml", "--into", "cpqbridge.yaml", "--json")
    assert ran.status == 2
    error = json.loads(ran.out)["error"]
    assert error["code"] == "CPQ-301"
    assert error["message"].startswith(said)
    after = run.folder / "cpqbridge.yaml"
    assert (after.read_text() if after.exists() else None) == config


def test_a_file_in_a_folder_that_cannot_be_written_stays_whole(run: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    run.write(CONFIG, "cpqbridge.yaml")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cpqbridge.cli.mapping_import.shutil.copymode", full)
    ran = run(run.write(LISTS), "--into", "cpqbridge.yaml", "--json")
    assert (ran.status, json.loads(ran.out)["error"]["message"]) == (
        2,
        "`cpqbridge.yaml` cannot be written: no space left on device",
    )
    assert (run.folder / "cpqbridge.yaml").read_text() == CONFIG
    assert {file.name for file in run.folder.iterdir()} == {"cpqbridge.yaml", "lists.yaml"}
