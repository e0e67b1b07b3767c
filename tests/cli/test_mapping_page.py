"""The examples of the page about one's own mapping do what the page says."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpqbridge.mapping.check import problems
from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.expressions import compile_expression
from cpqbridge.mapping.operations import FUNCTIONS, shown
from cpqbridge.mapping.pairs import PAIRS
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.settings.document import read
from cpqbridge.settings.load import load
from cpqbridge.settings.mapping import MappingRule, MappingSettings
from tests.cli.conftest import Cli

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mapping-your-own.md").read_text("utf-8")
CONNECTIONS = """
salesforce: {login_url: "https://example.my.salesforce.com", client_id: app}
zuora: {base_url: "https://rest.apisandbox.zuora.com", client_id: client}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


SETTINGS = [block for block in blocks("yaml") if "jobs:" not in block]
ROWS = re.findall(r"^\| `([^`]+)` \| `(\{[^`]*\})` \| (?:`([^`]*)`|nothing) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("block", SETTINGS)
def test_every_mapping_loads_and_compiles(block: str, tmp_path: Path) -> None:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(CONNECTIONS + block, "utf-8")
    settings = load(file, {})
    assert problems(settings) == []
    assert tables_for(settings.mapping, settings.values) is not GUIDE


def test_the_page_has_its_examples() -> None:
    assert len(SETTINGS) == 4
    assert len(ROWS) > 10


@pytest.mark.parametrize(("expression", "record", "expected"), ROWS)
def test_every_expression_gives_what_the_page_says(expression: str, record: str, expected: str) -> None:
    fields: dict[str, Any] = read(record).data
    exact = {name: Decimal(value) if isinstance(value, int) else value for name, value in fields.items()}
    value = compile_expression(expression).evaluate(exact)
    assert ("" if value is None else shown(value)) == expected


def test_every_pair_key_and_function_is_named() -> None:
    pairs = re.findall(r"^\| `(\w+)` \| \w+ \|", PAGE, re.MULTILINE)
    assert sorted(pairs) == sorted(PAIRS) == sorted(MappingSettings.model_fields)
    for key in MappingRule.model_fields:
        assert f"| `{key}` |" in PAGE
    for name in (*FUNCTIONS, "coalesce"):
        assert f"`{name}(" in PAGE


def test_every_command_that_is_named_exists(cli: Cli) -> None:
    for command in sorted(set(re.findall(r"cpqbridge mapping (\w+)", PAGE))):
        assert cli("mapping", command, "--help").status == 0


def test_the_lists_of_the_vendor_import(cli: Cli, tmp_path: Path) -> None:
    lists = next(block for block in blocks("text") if "CustomFields" in block)
    (tmp_path / "lists.yaml").write_text(lists, "utf-8")
    ran = cli("mapping", "import", "lists.yaml", "--json")
    assert ran.document["settings"] == {
        "mapping": {"account": {"notes": "Customer_Notes__c", "taxInfo/VATId": "VAT__c"}}
    }


def test_the_workflow_is_yaml_without_secrets() -> None:
    [workflow] = [block for block in blocks("yaml") if "jobs:" in block]
    steps = yaml.safe_load(workflow)["jobs"]["test"]["steps"]
    assert "cpqbridge mapping test cases --junit report.xml" in [step.get("run") for step in steps]
    assert "secrets." not in workflow
