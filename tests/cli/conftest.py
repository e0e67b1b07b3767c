"""Runs the command line in this process against a sandbox, and gives exit status, output and document."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cpqbridge.cli.main import run
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandboxes import Lend


class Ran(NamedTuple):
    """What a command gave."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out, parse_float=Decimal)


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path, database_url: str) -> Cli:
    """Give a function that runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CPQBRIDGE_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cpqbridge", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            run()
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Ran(int(left.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, lend: Lend) -> LocalSandbox:
    """The demo's systems on ports that the command line finds in its environment."""
    running = lend("demo")
    for name, url in (("SALESFORCE", running.salesforce_url), ("ZUORA", running.zuora_url)):
        monkeypatch.setenv(f"CPQBRIDGE_SANDBOX_{name}_PORT", url.rpartition(":")[2])
    return running
