"""Each kind of bad input: code, record, field and remedy, the right exit status, and nothing half-written."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("number", "outcome", "code", "field", "status"),
    [
        ("00000110", "held", "CPQ-403", "Account.BillingAddress", 3),
        ("00000116", "held", "CPQ-404", "Account.BillingState", 3),
        ("00000111", "held", "CPQ-406", "Product2.ProductCode", 3),
        ("00000109", "waiting", "CPQ-502", "Order.SBQQ__Contracted__c", 3),
        ("99999999", "failed", "CPQ-419", None, 4),
    ],
    ids=["no billing address", "missing state", "no product code", "not contracted", "unknown order number"],
)
def test_a_record_that_cannot_go(
    cli: Cli, sandbox: LocalSandbox, number: str, outcome: str, code: str, field: str | None, status: int
) -> None:
    before = {kind: len(list(sandbox.tenant.store.rows(kind))) for kind in ("account", "product", "order", "contact")}
    ran = cli("sync", "order", number, "--json")
    result = ran.document
    assert (ran.status, result["record"], result["outcome"]) == (status, number, outcome)
    assert (result["code"], result["field"]) == (code, field)
    assert result["message"]
    assert result["remedy"]
    after = {kind: len(list(sandbox.tenant.store.rows(kind))) for kind in before}
    assert after == before
    people = cli("sync", "order", number)
    assert people.status == status
    assert code in people.out
    assert "→" in people.out


def test_wrong_credentials(cli: Cli, sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPQBRIDGE_TEST_SECRET", "not-the-secret")
    write_config(sandbox, salesforce="CPQBRIDGE_TEST_SECRET")
    ran = cli("sync", "order", "00000100", "--json")
    assert ran.status == 2
    assert ran.document["code"] == "CPQ-201"
    assert ran.document["remedy"]
    assert "not-the-secret" not in ran.out + ran.err
    doctor = cli("doctor", "--json")
    assert doctor.status == 2
    [finding] = [one for one in doctor.document["findings"] if one["check"] == "Salesforce sign-in"]
    assert (finding["grade"], finding["code"]) == ("problem", "CPQ-201")


def test_the_org_is_unreachable(cli: Cli, sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPQBRIDGE_SANDBOX_SALESFORCE_PORT", str(free_port()))
    ran = cli("sync", "order", "00000100", "--json")
    assert (ran.status, ran.document["outcome"], ran.document["code"]) == (4, "failed", "CPQ-101")
    assert not list(sandbox.tenant.store.rows("order"))


def test_a_tenant_feature_is_off(cli: Cli, sandbox: LocalSandbox) -> None:
    sandbox.tenant.configure({"orderLineItems": False})
    ran = cli("sync", "order", "00000104", "--json")
    assert (ran.status, ran.document["outcome"], ran.document["code"]) == (4, "failed", "CPQ-304")
    assert ran.document["record"] == "00000104"
    assert ran.document["remedy"]
    assert not list(sandbox.tenant.store.rows("order"))
    sandbox.tenant.configure({"orderLineItems": True})
    again = cli("sync", "order", "00000104", "--json")
    assert (again.status, again.document["outcome"]) == (0, "synced")


def test_wrong_use(cli: Cli) -> None:
    assert cli("sync", "order").status == 2
    assert cli("nonsense").status == 2
    as_json = cli("sync", "order", "--nonsense", "1", "--json")
    assert as_json.status == 2
    assert as_json.document["error"]["code"] == "CPQ-307"


def test_a_wrong_configuration_names_key_and_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "cpqbridge.yaml").write_text("salesforce:\n  login_uri: https://x.my.salesforce.com\n")
    ran = cli("sync", "order", "1", "--json")
    assert ran.status == 2
    assert ran.document["error"]["code"] == "CPQ-301"
    assert "login_uri" in ran.out
    missing = cli("sync", "order", "1", "--config", "nowhere.yaml", "--json")
    assert (missing.status, missing.document["error"]["code"]) == (2, "CPQ-301")


def test_a_missing_secret(cli: Cli, sandbox: LocalSandbox) -> None:
    write_config(sandbox, salesforce="CPQBRIDGE_TEST_NO_SUCH_SECRET")
    ran = cli("sync", "order", "00000100", "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-302")
    assert "CPQBRIDGE_TEST_NO_SUCH_SECRET" in ran.out


@pytest.mark.usefixtures("sandbox")
def test_the_database_cannot_be_used(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPQBRIDGE_DATABASE_URL", f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")
    ran = cli("sync", "order", "00000100", "--json")
    assert (ran.status, ran.document["error"]["code"]) == (2, "CPQ-306")
    assert "secret@" not in ran.out


def test_the_sandbox_says_that_its_port_is_taken(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = cli("sandbox", "serve", "--salesforce-port", port, "--zuora-port", str(free_port()))
    assert ran.status == 2
    assert port in ran.err


def write_config(sandbox: LocalSandbox, *, salesforce: str) -> None:
    """Write a configuration file whose Salesforce secret stands in this environment variable."""
    org, tenant = sandbox.credentials["salesforce"], sandbox.credentials["zuora"]
    Path("cpqbridge.yaml").write_text(
        f"""allow_clear_secrets: true
salesforce:
  login_url: {sandbox.salesforce_url}
  client_id: {org["client_id"]}
  client_secret: {{env: {salesforce}}}
zuora:
  base_url: {sandbox.zuora_url}
  client_id: {tenant["client_id"]}
  client_secret: {tenant["client_secret"]}
"""
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
