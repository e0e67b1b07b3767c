"""Values that no command can work with: each is refused by its name, before anything is asked of a system."""

from __future__ import annotations

import os

import pytest

from cpqbridge.errors import ERRORS
from tests.cli.conftest import Cli

HUGE = "9" * 23
NO_TEXT = os.fsdecode(b"0\xff1")
"""What Python makes of an argument that is not UTF-8."""


def refused(cli: Cli, *arguments: str) -> str:
    """Run a command that is refused as wrong use, and return all that is said of it."""
    ran = cli(*arguments, "--json")
    error = ran.document["error"]
    assert (ran.status, error["code"]) == (2, "CPQ-307"), ran
    return f"{error['field'] or ''} {error['message']} {error['remedy']}"


@pytest.mark.parametrize("command", [("list",), ("retry",)])
@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("CPQ-999", "CPQ-90"),
        ("406", "`CPQ-406`"),
        ("cpq406", "`CPQ-406`"),
        ("CPQ-40", "Did you mean `CPQ-"),
        ("", "docs/errors.md"),
        ("nonsense", "docs/errors.md"),
    ],
)
def test_a_code_that_there_is_not(cli: Cli, command: tuple[str, ...], code: str, hint: str) -> None:
    said = refused(cli, "jobs", *command, "--code", code)
    assert "--code" in said
    assert hint in said


@pytest.mark.parametrize("account", ["nope", "001", "801000000000001", "001gK0000000001AAX", ""])
@pytest.mark.parametrize("command", [("jobs", "list", "--account"), ("backfill", "--accounts")])
def test_an_account_id_that_is_none(cli: Cli, command: tuple[str, ...], account: str) -> None:
    said = refused(cli, *command, account)
    assert command[-1] in said
    assert f"{account!r} is no id of a Salesforce account" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("jobs", "list", "--limit"),
        ("history", "list", "--limit"),
        ("history", "runs", "--limit"),
        ("backfill", "list", "--limit"),
        ("backfill", "--all", "--limit"),
        ("alerts", "list", "--hours"),
        ("drift", "--lines"),
        ("reconcile", "--since", "2026-01-01", "--lines"),
        ("sandbox", "serve", "--salesforce-port"),
        ("sandbox", "serve", "--zuora-port"),
        ("sandbox", "serve", "--pubsub-port"),
        ("sandbox", "serve", "--latency-ms"),
        ("sandbox", "credentials", "--pubsub-port"),
        ("serve", "--port"),
        ("worker", "--port"),
        ("prorate", "zuora", "--price", "1", "--billing-period", "Month", "--start", "2026-01-01", "--specific-months"),
        ("prorate", "zuora", "--price", "1", "--billing-period", "Specific_Weeks", "--start", "2026-01-01",
         "--specific-billing-period"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("number", [HUGE, "2147483648", "-1"])
def test_a_number_beyond_all_bounds(cli: Cli, arguments: tuple[str, ...], number: str) -> None:
    said = refused(cli, *arguments, number)
    assert arguments[-1] in said
    assert "Input should be" in said, "less than, or greater than"


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("cpq", "--list-price", "1", "--effective-term", "1e400"), "--effective-term"),
        (("cpq", "--list-price", "1e40000000", "--effective-term", "12"), "--list-price"),
        (("cpq", "--list-price", "1", "--effective-term", "12", "--quantity", "-1e40000000"), "--quantity"),
        (("cpq", "--list-price", "1", "--effective-term", "12", "--term", "1e-40000000"), "--term"),
        (("cpq", "--list-price", "1", "--effective-term", "12", "--rounding-increment", "1e400"),
         "--rounding-increment"),
        (("zuora", "--billing-period", "Month", "--start", "2026-01-01", "--price", "1e400"), "--price"),
    ],
)  # fmt: skip
def test_an_amount_beyond_all_bounds(cli: Cli, arguments: tuple[str, ...], option: str) -> None:
    more = ("--bill-cycle-day", "1", "--end", "2026-12-31") if arguments[0] == "zuora" else ()
    said = refused(cli, "prorate", *arguments, *more)
    assert said.startswith(f"{option} ")
    assert "digits" in said


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("history", "show"), "CPQ-419"),
        *((("backfill", verb), "CPQ-313") for verb in ("show", "pause", "cancel", "resume")),
    ],
)
def test_an_id_beyond_all_bounds_is_simply_not_there(cli: Cli, arguments: tuple[str, ...], code: str) -> None:
    ran, small = (cli(*arguments, number, "--json") for number in (HUGE, "77777777"))
    error, usual = ran.document["error"], small.document["error"]
    assert (ran.status, error["code"], code) == (small.status, usual["code"], error["code"])
    assert error["message"] == usual["message"].replace("77777777", HUGE)
    below = cli(*arguments, "--json", "--", f"-{HUGE}")
    assert below.document["error"]["code"] == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("jobs", "show", NO_TEXT),
        ("history", "list", "--record", NO_TEXT),
        ("sync", "order", NO_TEXT),
        ("backfill", f"--csv={NO_TEXT}", "--all"),
        (NO_TEXT,),
    ],
)
def test_an_argument_that_is_no_text(cli: Cli, arguments: tuple[str, ...]) -> None:
    said = refused(cli, *arguments)
    assert r"0\xff1" in said
    assert "UTF-8" in said
    people = cli(*arguments)
    assert (people.status, r"0\xff1" in people.err, "CPQ-307" in people.err) == (2, True, True)


def test_the_option_of_an_argument_that_is_no_text(cli: Cli) -> None:
    assert refused(cli, "history", "list", "--record", NO_TEXT).startswith("--record ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backfill", "--all", "--dry-run", "--pause"), "--dry-run writes nothing, so there is nothing to --pause"),
        (("backfill", "--all", "list"), "--all"),
        (("backfill", "--connection", "eu", "list"), "--connection"),
        (("backfill", "--config", "x.yaml", "show", "1"), "--config"),
        (("reconcile", "--since", "2026-01-01", "order", "00000100"), "--since"),
        (("reconcile", "--lines", "3", "order", "00000100"), "--lines"),
        (("serve", "--no-web", "--port", "8100"), "--no-web"),
    ],
)
def test_options_that_do_not_go_together(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(cli, *arguments)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("code", ["CPQ-406", "cpq-406", " Cpq-406 "])
def test_a_code_in_any_case(cli: Cli, code: str) -> None:
    assert "CPQ-406" in ERRORS
    ran = cli("jobs", "list", "--code", code)
    assert (ran.status, "Nothing of the kind is due." in ran.out) == (0, True)
