"""Commands that are given what cannot be: each says what to give instead."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("file", "said", "remedy"),
    [
        ("absent.yaml", "is not there", "Name a file that is there."),
        (".", "cannot be read: is a directory", "Name a file that can be read."),
        ("latin1.yaml", "is not text in UTF-8", "Save it as text in UTF-8, or name another file."),
    ],
)
def test_a_configuration_file_that_cannot_be_used(cli: Cli, file: str, said: str, remedy: str) -> None:
    Path("latin1.yaml").write_bytes(b"# caf\xe9\n")
    ran = cli("doctor", "--config", file, "--json")
    error = ran.document["error"]
    assert (ran.status, error["code"], error["remedy"]) == (2, "CPQ-301", remedy)
    assert said in error["message"]


@pytest.mark.parametrize(
    "more", [("--since", "2026-01-01"), ("--where", "Type = 'New'"), ("--accounts", "001000000000001AAA")]
)
def test_all_orders_and_only_some(cli: Cli, more: tuple[str, ...]) -> None:
    ran = cli("backfill", "--all", *more)
    assert ran.status == 2
    assert "--all means all orders" in ran.err + ran.out


@pytest.mark.parametrize("option", ["--salesforce-port", "--zuora-port", "--pubsub-port"])
def test_a_sandbox_on_a_taken_port_says_which(cli: Cli, option: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        free = {"--salesforce-port": 0, "--zuora-port": 0, "--pubsub-port": 0}
        ports = [str(part) for pair in (free | {option: port}).items() for part in pair]
        error = cli("sandbox", "serve", "--seed", "empty", "--json", *ports).document["error"]
    assert error["code"] == "CPQ-307"
    assert error["message"] == f"The sandbox cannot start on port {port}: Address already in use"
