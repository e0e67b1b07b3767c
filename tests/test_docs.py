"""The documentation agrees with the code: generated pages, links, error codes and the README's example."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from tools import docs
from tools.pages import cli, mapping
from tools.pages.errors import GROUPS, RESERVED

from cpqbridge.cli import mapping_tests
from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.cli.main import app
from cpqbridge.errors import ERRORS
from cpqbridge.history.rows import RecordDetail, RecordRow, RunDetail
from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import always
from cpqbridge.mapping.tiers import tier_bounds
from cpqbridge.planning.plan import Operation
from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings import Settings, load
from cpqbridge.settings.mapping import MappingRule, MappingSettings
from cpqbridge.sync.checkup import Finding
from cpqbridge.sync.connect import open_planner
from cpqbridge.sync.own_mapping.cases import Difference
from cpqbridge.sync.own_mapping.check import MappingFinding, MappingReport
from cpqbridge.sync.result import Reason, SyncResult

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "cpqbridge"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?://|mailto:)([^)\s]+)\)|(?:src|srcset|href)=\"(?!https?://)([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def test_generated_pages_are_fresh() -> None:
    assert [path.name for path, _ in docs.stale()] == []


def test_check_names_each_stale_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "PAGES", {"one.md": lambda: "new\n", "two.md": lambda: "same\n"})
    monkeypatch.setattr(docs.stale, "__defaults__", (tmp_path,))
    (tmp_path / "two.md").write_text("same\n")

    assert docs.main(["--check"]) == 1
    assert capsys.readouterr().err == "stale: docs/one.md (run `make docs`)\n"
    assert docs.main([]) == 0
    assert (tmp_path / "one.md").read_text() == "new\n"
    assert docs.main(["--check"]) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in links(page) if not leads_somewhere(page, link)]
    assert broken == []


def links(page: Path) -> Iterator[str]:
    for inline, attribute in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        yield inline or attribute


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {path.name for path in folder.glob("[0-9]*.md")}
    numbers = sorted(int(name[:4]) for name in records)
    assert numbers == list(range(1, len(numbers) + 1))
    assert records <= set(links(folder / "README.md"))


def codes_used() -> set[str]:
    files = (path for path in SOURCE.rglob("*.py") if path != SOURCE / "errors.py")
    return {code for path in files for code in re.findall(r"CPQ-\d{3}", path.read_text(encoding="utf-8"))}


def test_every_code_in_use_is_in_the_catalogue() -> None:
    assert codes_used() - set(ERRORS) == set()


def test_every_row_of_the_catalogue_is_in_use_or_reserved() -> None:
    assert set(ERRORS) - codes_used() == set(RESERVED)


def test_every_code_belongs_to_a_group_of_the_error_tree() -> None:
    assert {code[4] for code in ERRORS} <= set(GROUPS)


def test_every_mapping_rule_of_every_table_is_in_the_page() -> None:
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    for module in mapping.modules():
        for table in mapping.tables(module):
            assert f"## {table.name}\n" in page
            for rule in table.rules:
                assert f"| {rule.label} | `{rule.target}` |" in page


def test_every_named_condition_says_what_it_asks() -> None:
    rules = (rule for module in mapping.modules() for table in mapping.tables(module) for rule in table.rules)
    silent = [rule.label for rule in rules if rule.when is not always and not rule.when.__doc__]
    assert silent == []


def test_every_command_that_typer_knows_is_in_the_page() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^## (cpqbridge .+)$", page, re.MULTILINE))
    assert documented == set(known_commands(typer.main.get_command(app), "cpqbridge"))
    assert documented == {name for name, _ in cli.commands(app, "cpqbridge")}


def known_commands(command: object, path: str) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is None:
        yield path
    else:
        if getattr(command, "invoke_without_command", False):
            yield path
        for name, inner in below.items():
            yield from known_commands(inner, f"{path} {name}")


def test_the_readme_shows_a_configuration_that_loads(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for block in blocks:
        file = tmp_path / "cpqbridge.yaml"
        file.write_text(block, encoding="utf-8")
        assert isinstance(load(file, {}), Settings)


def test_the_settings_page_shows_a_mapping_that_compiles(tmp_path: Path) -> None:
    page = page_text("settings.md")
    block = next(block for block in blocks(page, "yaml") if block.startswith("mapping:"))
    systems = "salesforce: {login_url: 'https://example.my.salesforce.com', client_id: a}\n"
    systems += "zuora: {base_url: 'https://rest.apisandbox.zuora.com', client_id: b}\n"
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(systems + block, encoding="utf-8")
    settings = load(file, {})
    own = [rule for rule in tables_for(settings.mapping, settings.values).account.rules if rule.label == "Segment__c"]
    assert len(own) == 1


def test_every_pair_and_every_key_of_a_rule_is_in_the_settings_page() -> None:
    page = page_text("settings.md")
    named = set(re.findall(r"^\| `(\w+)` \|", page[page.index("## mapping") :], re.MULTILINE))
    assert set(MappingSettings.model_fields) | set(MappingRule.model_fields) <= named
    assert "CPQBRIDGE_MAPPING" not in page


BOUNDS = re.compile(
    r"^\| `(true|false)`[^|]* \| (\d) \| ([\d.]+) to ([\d.]+) \| ([\d.]+) to ([\d.]+) \|$", re.MULTILINE
)


def test_the_usage_page_shows_the_bounds_as_they_are() -> None:
    rows = BOUNDS.findall(page_text("usage.md"))
    assert len(rows) == 4
    for raised, decimals, *shown in rows:
        ranges = [(Decimal(0), Decimal(185)), (Decimal(185), Decimal(999))]
        made = tier_bounds(ranges, int(decimals), raise_lower=raised == "true")
        assert [str(bound) for tier in made for bound in (tier.start, tier.end)] == shown


def test_the_usage_page_shows_the_plans_of_the_demo_as_they_are() -> None:
    shown = [json.loads(block, parse_float=Decimal) for block in blocks(page_text("usage.md"), "json")]
    with LocalSandbox("demo") as sandbox:
        dollars, euros = asyncio.run(subscribed(sandbox, "00000117", "00000118"))
    assert shown == [dollars, euros[0]["chargeOverrides"][0]["pricing"]["usageTiered"]["tiers"]]


async def subscribed(sandbox: LocalSandbox, *numbers: str) -> list[Any]:
    """Return the rate plans of the first subscription of each order's plan."""
    ports = (int(url.rpartition(":")[2]) for url in (sandbox.salesforce_url, sandbox.zuora_url))
    async with open_planner(sandbox_settings(*ports)) as planner:
        results = await planner.orders(numbers)
    bodies = (result.as_dict()["operations"][-1]["request"]["body"] for result in results)
    return [
        body["subscriptions"][0]["orderActions"][0]["createSubscription"]["subscribeToRatePlans"] for body in bodies
    ]


def page_text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_readme_shows_orders_of_the_demo_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ (0000\d{4})  (\w+) .*?([\d,.]+) ([A-Z]{3})(.*)$", readme, re.MULTILINE)
    assert len(rows) > 3
    for number, outcome, amount, currency, line in rows:
        order = DEMO_ORDERS[number]
        assert (outcome, amount, currency) == (order.outcome, f"{order.amount:,.2f}", order.currency)
        assert line.endswith(order.story)


def test_pages_name_no_path_of_a_machine() -> None:
    naming = [page.name for page in PAGES if re.search(r"/(work|root|home|Users)/", page.read_text(encoding="utf-8"))]
    assert naming == []


PUBLISHED = (
    *(SyncResult, Reason, Operation, Finding, RecordRow, RecordDetail, RunDetail),
    *(MappingReport, MappingFinding, mapping_tests.Tested, Difference),
)


@pytest.mark.parametrize("kind", PUBLISHED, ids=lambda kind: kind.__name__)
def test_the_published_shapes_have_the_keys_of_the_code(kind: type) -> None:
    shapes = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[A-Za-z_]+", shapes))
    assert {field.name for field in fields(kind)} - UNPUBLISHED - named == set()


UNPUBLISHED = {"name", "known", "reason", "proofs"}
"""`name` is printed as `operation`, `reason` as `message`, `proofs` as `amounts`; what is known stays inside."""
