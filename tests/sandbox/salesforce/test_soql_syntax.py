"""The parser against a SOQL parser that others wrote."""

# ruff: noqa: S608  SOQL, which nothing runs.

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cpqbridge.sandbox.salesforce.soql import SoqlError, parse
from tests.sandbox.salesforce import soql_probes as probes

ROOT = Path(__file__).parents[3]
NODE = shutil.which("node") or "node"


def accepts(text: str) -> bool:
    try:
        parse(text)
    except SoqlError as error:
        return error.error_code != "MALFORMED_QUERY"
    return True


@pytest.fixture(scope="module")
def oracle() -> dict[str, bool]:
    subprocess.run(["sh", str(ROOT / "tools/node_oracles.sh")], check=True, timeout=300)
    statements = [*probes.ACCEPTED, *probes.REJECTED, *probes.LENIENT_ORACLE, *probes.STRICT_ORACLE]
    script = Path(__file__).with_name("soql_oracle.mjs")
    done = subprocess.run(
        [NODE, str(script), str(ROOT / ".cache/node")],
        input=json.dumps(statements), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return dict(zip(statements, json.loads(done.stdout), strict=True))


def test_oracle_and_parser_agree(oracle):
    assert len(probes.ACCEPTED) + len(probes.REJECTED) > 150
    expected = dict.fromkeys(probes.ACCEPTED, True) | dict.fromkeys(probes.REJECTED, False)
    differing = {
        t: (oracle[t], accepts(t), wanted) for t, wanted in expected.items() if not oracle[t] == accepts(t) == wanted
    }
    assert not differing


def test_known_differences_are_still_differences(oracle):
    assert [(oracle[t], accepts(t)) for t in probes.LENIENT_ORACLE] == [(True, False)] * len(probes.LENIENT_ORACLE)
    assert [(oracle[t], accepts(t)) for t in probes.STRICT_ORACLE] == [(False, True)] * len(probes.STRICT_ORACLE)


@pytest.mark.parametrize("text", probes.ACCEPTED)
def test_accepted(text):
    assert accepts(text)


@pytest.mark.parametrize("text", [*probes.REJECTED, *probes.LENIENT_ORACLE])
def test_rejected(text):
    assert not accepts(text)


def test_statement_and_string_limits():
    long_list = "', '".join(["x" * 100] * 1000)
    assert not accepts(f"SELECT Id FROM Account WHERE Name IN ('{long_list}')")
    assert accepts(f"SELECT Id FROM Account WHERE Name = '{'x' * 4000}'")
    assert not accepts(f"SELECT Id FROM Account WHERE Name = '{'x' * 4001}'")


def test_error_shows_excerpt_caret_row_and_column():
    with pytest.raises(SoqlError) as refusal:
        parse("SELECT Id\nFROM Account\nWHERE Name == 'a'")
    assert (
        refusal.value.message == "\nWHERE Name == 'a'\n            ^\nERROR at Row:3:Column:13\nunexpected token: '='"
    )


def test_long_statement_shows_only_the_neighbourhood():
    with pytest.raises(SoqlError) as refusal:
        parse(f"SELECT {', '.join(f'Field{n}' for n in range(100))} FORM Account LIMIT 1")
    _, excerpt, caret, place, _ = refusal.value.message.split("\n")
    assert len(excerpt) <= 100
    assert excerpt[caret.index("^") :].startswith("Account LIMIT 1")
    assert place.startswith("ERROR at Row:1:Column:")
