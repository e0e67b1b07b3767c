"""A wrong mapping in each of many ways: what every command says before it asks Salesforce or Zuora anything."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.main import run

CONNECTIONS = """\
salesforce: {login_url: "https://example.my.salesforce.com", client_id: a}
zuora: {base_url: "https://rest.zuora.com", client_id: b}
mapping:
"""
SOURCE = "must be a field of Salesforce, such as Parent.Name"
TARGET = "must be a field of Zuora, such as notes, taxInfo/VATId or Segment__c"
TABLES = "payment_terms, billing_frequencies, countries, states, units"

WRONG: dict[str, tuple[str, list[str]]] = {
    "misspelt pair": (
        "acount: {notes: A__c}",
        ["4: `mapping.acount` is no known key; did you mean `account`?"],
    ),
    "unknown pair": (
        "invoice: {notes: A__c}",
        [
            (
                "4: `mapping.invoice` is no known key; known here: account, contact, opportunity, order, order_item, "
                "order_item_consumption_schedule, product, product_rate_plan, product_rate_plan_charge, subscription, "
                "subscription_rate_plan_charge"
            )
        ],
    ),
    "pair in two spellings": (
        "order_item: {itemState: A__c}\norderItem: {itemState: A__c}",
        ["5: `mapping.orderItem` is the same as `mapping.order_item`, which is there too"],
    ),
    "text for a pair": (
        "account: A__c",
        ["4: `mapping.account` must hold keys of its own, indented below it"],
    ),
    "a list of pairs": ("- account", ["3: `mapping` must hold keys of its own, indented below it"]),
    "no source": (
        "account:\n  notes:",
        ["5: `mapping.account.notes` is empty: name a field of Salesforce, or write `{off: true}`"],
    ),
    "number for a source": (
        "account:\n  notes: 5",
        ["5: `mapping.account.notes` must be a field of Salesforce, or a rule with keys of its own"],
    ),
    "source with a blank": (
        "account:\n  notes: Customer Notes",
        [f"5: `mapping.account.notes` {SOURCE}"],
    ),
    "source with a blank among several": (
        "account:\n  notes: {source: [A__c, B c]}",
        [f"5: `mapping.account.notes.source[1]` {SOURCE}"],
    ),
    "target with a blank": ("account:\n  Credit Limit: A__c", [f"5: `mapping.account.Credit Limit` {TARGET}"]),
    "empty target": ('account:\n  "": A__c', [f"5: `mapping.account.` {TARGET}"]),
    "target with a slash before it": ("account:\n  /notes: A__c", [f"5: `mapping.account./notes` {TARGET}"]),
    "target with a dot": ("account:\n  taxInfo.VATId: A__c", [f"5: `mapping.account.taxInfo.VATId` {TARGET}"]),
    "target as a tree": (
        "account:\n  taxInfo:\n    VATId: A__c",
        [
            (
                "6: `mapping.account.taxInfo.VATId` is no known key; "
                "a field inside `taxInfo` is a target of its own, `taxInfo/VATId`"
            )
        ],
    ),
    "target twice": (
        "account:\n  notes: A__c\n  notes: B__c",
        ["6: `mapping.account.notes` stands here a second time (first in line 5)"],
    ),
    "target in two spellings": (
        "account:\n  notes: A__c\n  Notes: B__c",
        ["6: `mapping.account.Notes` is the same as `mapping.account.notes`, which is there too"],
    ),
    "misspelt key of a rule": (
        "account:\n  notes:\n    sorce: A__c",
        ["6: `mapping.account.notes.sorce` is no known key; did you mean `source`?"],
    ),
    "misspelt key in the second of several": (
        "account:\n  notes:\n    - A__c\n    - source: B__c\n      recordTypes: x",
        ["8: `mapping.account.notes[1].recordTypes` is no known key; did you mean `record_type`?"],
    ),
    "source and constant": (
        "account:\n  notes: {source: A__c, value: x}",
        ["5: `mapping.account.notes` has `source` and `value`: keep one of them"],
    ),
    "source and expression": (
        "account:\n  notes:\n    - A__c\n    - {source: A__c, expression: A__c}",
        ["7: `mapping.account.notes[1]` has `source` and `expression`: keep one of them"],
    ),
    "nothing to give": (
        "account:\n  notes: {default: x}",
        ["5: `mapping.account.notes` says no value: give one of `source`, `expression`, `value` and `off`"],
    ),
    "off with a source": (
        "account:\n  notes: {off: true, source: A__c}",
        ["5: `mapping.account.notes` has `source` and `off`: keep one of them"],
    ),
    "off with a condition": (
        "account:\n  notes: {off: true, when: Active__c}",
        ["5: `mapping.account.notes` has `off` and `when`: `off` stands alone"],
    ),
    "off: false": (
        "account:\n  notes: {off: false}",
        ["5: `mapping.account.notes` says no value: give one of `source`, `expression`, `value` and `off`"],
    ),
    "off among several": (
        "account:\n  notes:\n    - A__c\n    - {off: true}",
        ["5: `mapping.account.notes` has `off` among several rules: `off` stands alone"],
    ),
    "off as text": (
        'account:\n  notes: {off: "yes"}',
        ["5: `mapping.account.notes.off` must be true or false"],
    ),
    "no rules": ("account:\n  notes: []", ["5: `mapping.account.notes` must not be empty"]),
    "a rule that never counts": (
        "account:\n  notes:\n    - {value: x}\n    - A__c",
        ["5: `mapping.account.notes` has rules that never count: number 1 always gives a value"],
    ),
    "default of a constant": (
        "account:\n  notes: {value: x, default: y}",
        ["5: `mapping.account.notes` has a constant `value`, to which `default` can add nothing: leave it out"],
    ),
    "constant that is a list": (
        "account:\n  notes: {value: [a, b]}",
        ["5: `mapping.account.notes.value` must be one text or number, or true or false"],
    ),
    "empty constant": ("account:\n  notes: {value: }", ["5: `mapping.account.notes.value` is empty"]),
    "misspelt table": (
        "account:\n  paymentTerm: {source: A__c, values: payment_term}",
        [f"5: `mapping.account.paymentTerm.values` must be one of {TABLES}; did you mean payment_terms?"],
    ),
    "empty table": (
        "account:\n  notes: {source: A__c, values: {}}",
        ["5: `mapping.account.notes.values` must not be empty"],
    ),
    "table with a truth value": (
        "account:\n  notes:\n    source: A__c\n    values:\n      Norge: NO",
        ['8: `mapping.account.notes.values.Norge` must be text: write "NO" in quotes'],
    ),
    "unknown time": (
        "account:\n  notes: {source: A__c, on: update}",
        ["5: `mapping.account.notes.on` must be one of both, create"],
    ),
    "no record type": (
        "account:\n  notes:\n    source: A__c\n    record_type: []",
        ["7: `mapping.account.notes.record_type` must not be empty"],
    ),
    "empty expression": (
        'account:\n  notes: {expression: ""}',
        ["5: `mapping.account.notes.expression` must be an expression"],
    ),
    "condition that YAML takes for a truth value": (
        "account:\n  notes: {source: A__c, when: true}",
        ['5: `mapping.account.notes.when` must be text: write "true" in quotes'],
    ),
    "merge key": (
        "account: &a\n  notes: A__c\ncontact:\n  <<: *a",
        ["7: `mapping.contact.<<` merge keys are not read: write the keys out, or refer to the whole section by its…"],
    ),
    "unknown target": (
        "account:\n  note: A__c",
        ["5: `mapping.account.note` Zuora's Account has no field `note`; did you mean `notes`?"],
    ),
    "protected target": (
        "account:\n  Notes__c: A__c\n  crmId: B__c",
        ["6: `mapping.account.crmId` cannot be mapped: it is the key by which cpqbridge finds the record again"],
    ),
    "target of another pair": (
        "order_item:\n  price: A__c",
        ["5: `mapping.order_item.price` Zuora's Order Line Item has no field `price`; …"],
    ),
    "expression that ends too early": (
        "account:\n  notes:\n    expression: 'Name +'",
        ["6: `mapping.account.notes.expression` ends too early"],
    ),
    "expression with a second value": (
        "account:\n  notes:\n    - A__c\n    - expression: 'Name Type'",
        ["7: `mapping.account.notes[1].expression` is wrong at character 6, near 'Type'"],
    ),
    "expression that is not deterministic": (
        "account:\n  notes: {expression: $today}",
        ["5: `mapping.account.notes.expression` $today is not there: a mapping gives the same value …"],
    ),
    "expression with an unknown function": (
        "account:\n  notes: {expression: 'uper(Name)'}",
        ["5: `mapping.account.notes.expression` there is no function uper(…): did you mean upper(…)?"],
    ),
    "expression of another type": (
        "account:\n  billCycleDay: {expression: 'Name == null'}",
        ["5: `mapping.account.billCycleDay.expression` gives true or false, which does not suit `billCycleDay`"],
    ),
    "condition that is none": (
        "account:\n  notes: {source: A__c, when: '1 + 1'}",
        ["5: `mapping.account.notes.when` must be a condition: it gives a number, not true or false"],
    ),
    "constant that the target cannot take": (
        "subscription_rate_plan_charge:\n  billingPeriod: {value: Fortnight}",
        ["5: `mapping.subscription_rate_plan_charge.billingPeriod.value` does not suit `billingPeriod`: …"],
    ),
    "constant that is no number": (
        "subscription_rate_plan_charge:\n  price: {value: dear}",
        ["5: `mapping.subscription_rate_plan_charge.price.value` does not suit `price`: 'dear' is no number"],
    ),
    "table into values that Zuora does not know": (
        "order_item:\n  itemState:\n    source: A__c\n    values: {Done: Finished}",
        ["7: `mapping.order_item.itemState.values` does not suit `itemState`: Zuora knows no itemState 'Finished': …"],
    ),
    "off for what Zuora needs": (
        "account:\n  name: {off: true}",
        ["5: `mapping.account.name` cannot be switched off: Zuora needs it"],
    ),
    "off for what the guide has not": (
        "account:\n  batch: {off: true}",
        ["5: `mapping.account.batch` has nothing to switch off: the mapping guide has no rule for it"],
    ),
    "field mapped from two objects": (
        "order:\n  X__c: A__c\nopportunity:\n  X__c: B__c",
        ["7: `mapping.opportunity.X__c` is mapped by `order` too: keep one of them"],
    ),
}


def _cut(line: str, expected: str) -> str:
    """Leave out what an expected line that ends with … leaves out: long lists of what would be right."""
    start = expected.removesuffix("…")
    return expected if start != expected and line.startswith(start) else line


def said_by(command: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    monkeypatch.setattr(sys, "argv", ["cpqbridge", *command, "--json"])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 2
    error: dict[str, str] = json.loads(capfd.readouterr().out)["error"]
    return error


@pytest.mark.parametrize(("mapping", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_mapping(
    mapping: str,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(CONNECTIONS + textwrap.indent(mapping, "  ") + "\n")
    error = said_by(["plan", "order", "00000100", "--config", str(file)], monkeypatch, capfd)
    assert error["code"] == "CPQ-301"
    lines = [line.removeprefix(f"{file}:") for line in error["message"].splitlines()]
    assert [_cut(line, whole) for line, whole in zip(lines, said, strict=True)] == said
    assert error["remedy"]


def test_all_problems_of_a_mapping_come_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        CONNECTIONS
        + "  account:\n    note: A__c\n    name: {off: true}\n    notes: {expression: 'Name +', when: '1'}\n"
    )
    for command in (["sync", "account", "001"], ["plan", "order", "00000100"], ["doctor"]):
        error = said_by([*command, "--config", str(file)], monkeypatch, capfd)
        places = [line.removeprefix(f"{file}:").split(" ")[0] for line in error["message"].splitlines()]
        assert places == ["5:", "6:", "7:", "7:"]
        assert error["remedy"] == "Mend the keys at the places given."


def test_a_right_mapping_goes_through(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        CONNECTIONS + "  account: {notes: Customer_Notes__c, batch: {value: Batch2}, salesRep: {off: true}}\n"
    )
    assert settings_for(file).mapping.account["notes"][0].source == ("Customer_Notes__c",)
