"""Right settings files: what they mean."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from pydantic import ValidationError

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings import (
    DatabaseSettings,
    SalesforceSettings,
    Secret,
    Settings,
    WrongSettings,
    ZuoraSettings,
    for_connections,
    load,
)

MINIMAL = """
salesforce:
  login_url: https://example.my.salesforce.com/
  client_id: 3MVG9
zuora:
  base_url: https://rest.apisandbox.zuora.com
  client_id: 0c9f3a52-61bb-4b1e-9a2b-0123456789ab
"""


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str) -> Path:
        file = tmp_path / "cpqbridge.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    return written


def loaded(file: Path, environment: dict[str, str] | None = None) -> Settings:
    return load(file, environment or {})


def test_a_minimal_file_and_the_defaults(write) -> None:
    settings = loaded(write(MINIMAL))
    assert settings.salesforce.login_url == "https://example.my.salesforce.com"
    assert (settings.salesforce.flow, settings.salesforce.api_version) == ("client_credentials", "62.0")
    assert settings.database == DatabaseSettings()
    assert settings.database.address() is None
    assert settings.options.model_dump() == {
        "sync_opportunity_fields": False,
        "sfdc_use_list_price_base": True,
        "use_subscription_start_date": True,
        "amend_subscriptions": True,
        "customer_alert_email": None,
        "increment_tier_upper_bound": False,
        "subscription_term_in_days": False,
        "trigger_dates_on_orders": False,
        "allow_per_period_price": True,
        "price_changes": "cancel_and_new",
        "added_products": "new_subscription",
        "moved_subscriptions": "amend",
        "one_time_refunds": "hold",
        "changed_orders": "hold",
        "deleted_orders": "hold",
        "deleted_invoiced_orders": "hold",
        "auto_renew": False,
        "default_currency": "USD",
        "account_key_field": "crmId",
        "account_description_source": "Description",
        "purchase_order_source": "Id",
        "tier_cap_field": None,
        "amount_proof": "hold",
        "amount_tolerance": {},
        "rounding_tolerance": {},
        "rounding_residual": "accept",
        "pricing_mode": "automatic",
        "currency_rounding": {},
        "billing_rules": None,
    }


def test_settings_cannot_be_changed(write) -> None:
    settings = loaded(write(MINIMAL))
    with pytest.raises(ValidationError, match="frozen"):
        settings.options.auto_renew = True


@pytest.mark.parametrize(
    ("spelling", "value", "name", "expected"),
    [
        ("Sync opportunity fields", "true", "sync_opportunity_fields", True),
        ("sfdc_order_query_opportunity", "true", "sync_opportunity_fields", True),
        ("sfdc_use_list_price_base", "false", "sfdc_use_list_price_base", False),
        ("useListPriceBase", "false", "sfdc_use_list_price_base", False),
        ("use_subscription_start_date", "yes", "use_subscription_start_date", True),
        ("amend_subscriptions", "off", "amend_subscriptions", False),
        ("customer_alert_email", "ops@example.com", "customer_alert_email", "ops@example.com"),
        ("Increment tier upper bound for decimal point", "on", "increment_tier_upper_bound", True),
        ("Trigger_dates_on_order", "true", "trigger_dates_on_orders", True),
        ("trigger_dates_on_orders", "true", "trigger_dates_on_orders", True),
        ("TRIGGER DATES ON ORDERS", "true", "trigger_dates_on_orders", True),
    ],
)
def test_options_in_the_vendors_spellings(write, spelling: str, value: str, name: str, expected: object) -> None:
    assert getattr(loaded(write(f"{MINIMAL}options:\n  {spelling}: {value}\n")).options, name) == expected


@pytest.mark.parametrize("spelling", ["Subscription_term_in_days", "subscription_term_in_days"])
def test_term_in_days_goes_with_list_price_base_off(write, spelling: str) -> None:
    options = loaded(write(f"{MINIMAL}options:\n  {spelling}: true\n  useListPriceBase: false\n")).options
    assert options.subscription_term_in_days
    assert not options.sfdc_use_list_price_base


def test_the_vendors_connection_options_find_their_place(write) -> None:
    settings = loaded(
        write(
            """
            salesforce: {client_id: a}
            zuora: {client_id: b}
            options:
              SFDC Host: acme.develop.lightning.force.com
              zuora REST endpoint: rest.apisandbox.zuora.com
              Zuora tenant ID: "12345"
              zuora_customer_name: Acme
            """
        )
    )
    assert settings.salesforce.login_url == "https://acme.develop.my.salesforce.com"
    assert settings.zuora.base_url == "https://rest.apisandbox.zuora.com"
    assert (settings.zuora.tenant_id, settings.zuora.customer_name) == ("12345", "Acme")


def test_version_without_quotes_lists_and_tables(write) -> None:
    settings = loaded(
        write(
            """
            version: 1
            salesforce: {login_url: "https://a.my.salesforce.com", client_id: a, api_version: 64.0,
                         flow: jwt_bearer, username: sync@example.com}
            zuora: {base_url: "https://rest.zuora.com", client_id: b, org_ids: [one, two]}
            values:
              payment_terms: {"30": Net 30}
              countries: {Norge: Norway}
            """
        )
    )
    assert settings.salesforce.api_version == "64.0"
    assert settings.zuora.org_ids == ("one", "two")
    assert settings.values.payment_terms == {"30": "Net 30"}
    assert settings.values.states == {}


def test_relative_paths_start_at_the_file(write, tmp_path: Path) -> None:
    settings = loaded(write(f"{MINIMAL}  client_secret: {{file: secrets/zuora}}\ndatabase: {{data_dir: data}}\n"))
    assert settings.zuora.client_secret.file == tmp_path / "secrets" / "zuora"
    assert settings.database.data_dir == tmp_path / "data"


def test_the_environment_goes_before_the_file(write) -> None:
    environment = {
        "CPQBRIDGE_ZUORA_BASE_URL": "https://rest.eu.zuora.com",
        "CPQBRIDGE_ZUORA_ORG_IDS": "one, two",
        "CPQBRIDGE_OPTIONS_AUTO_RENEW": "on",
        "CPQBRIDGE_SALESFORCE_API_VERSION": "60.0",
        "CPQBRIDGE_DATABASE_URL": "postgresql://u:p@h/d",
        "CPQBRIDGE_ZUORA_CLIENT_SECRET": "from-environment",
        "CPQBRIDGE_SANDBOX_ZUORA_PORT": "1",
    }
    settings = loaded(write(f"{MINIMAL}  client_secret: {{file: /nowhere}}\n"), environment)
    assert settings.zuora.base_url == "https://rest.eu.zuora.com"
    assert settings.zuora.org_ids == ("one", "two")
    assert settings.options.auto_renew
    assert settings.salesforce.api_version == "60.0"
    assert settings.database.url == Secret(env="CPQBRIDGE_DATABASE_URL")
    assert settings.zuora.client_secret.reveal("x", environment) == "from-environment"


def test_no_file_and_none_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {"CPQBRIDGE_DATABASE_URL": "postgresql:///x"}) is None
    environment = {
        "CPQBRIDGE_SALESFORCE_LOGIN_URL": "https://a.my.salesforce.com",
        "CPQBRIDGE_SALESFORCE_CLIENT_ID": "a",
        "CPQBRIDGE_ZUORA_BASE_URL": "https://rest.zuora.com",
        "CPQBRIDGE_ZUORA_CLIENT_ID": "b",
    }
    settings = load(None, environment)
    assert settings is not None
    assert settings.zuora.client_id == "b"
    (tmp_path / "cpqbridge.yaml").write_text(MINIMAL)
    settings = load(None, {})
    assert settings is not None
    assert settings.salesforce.client_id == "3MVG9"


def test_settings_for_known_connections() -> None:
    salesforce = SalesforceSettings(login_url="http://127.0.0.1:8101", client_id="a", client_secret=Secret.of("s"))
    zuora = ZuoraSettings(base_url="http://127.0.0.1:8102", client_id="b", client_secret=Secret.of("z"))
    environment = {"CPQBRIDGE_OPTIONS_AUTO_RENEW": "true"}
    settings = for_connections({"salesforce": salesforce, "zuora": zuora}, environment)
    assert settings.salesforce == salesforce
    assert settings.options.auto_renew
    assert settings.zuora.client_secret.reveal() == "z"
    with pytest.raises(WrongSettings, match="CPQBRIDGE_OPTIONS_AUTORENEW"):
        for_connections({"salesforce": salesforce, "zuora": zuora}, {"CPQBRIDGE_OPTIONS_AUTORENEW": "1"})


def test_nothing_shows_a_secret(write) -> None:
    settings = loaded(write(f"allow_clear_secrets: true\n{MINIMAL}  client_secret: geheim-99\n"))
    assert settings.zuora.client_secret.reveal() == "geheim-99"
    assert "geheim" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


class TestSecret:
    def test_places_are_tried_in_order(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("  from-file\n")
        secret = Secret(env="NAME", file=file, command=("echo", "from-command"))
        assert secret.reveal("x", {"NAME": "from-env"}) == "from-env"
        assert secret.reveal("x", {}) == "from-file"
        file.unlink()
        assert secret.reveal("x", {"PATH": "/usr/bin:/bin"}) == "from-command"

    def test_a_missing_secret_says_every_place_tried(self, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("\n")
        secret = Secret(env="NAME", file=tmp_path / "empty", command=("false",))
        with pytest.raises(FixConfiguration) as caught:
            secret.reveal("zuora.client_secret", {"PATH": "/usr/bin:/bin"})
        assert caught.value.code == "CPQ-302"
        assert caught.value.field == "zuora.client_secret"
        assert caught.value.message == (
            "`zuora.client_secret` was found in none of: environment variable NAME (not set), "
            f"file {tmp_path}/empty (empty), command false (ended with status 1)"
        )

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ({"file": Path("/nowhere/at/all")}, "no such file or directory"),
            ({"file": Path("/")}, "is a directory"),
            ({"command": ("/nowhere/program",)}, "no such file or directory"),
            ({"env": "EMPTY"}, "empty"),
        ],
    )
    def test_what_is_wrong_with_a_place(self, place: dict[str, object], said: str) -> None:
        with pytest.raises(FixConfiguration, match=said):
            Secret(**place).reveal("x", {"EMPTY": " "})

    def test_what_a_failing_command_prints_is_not_shown(self) -> None:
        with pytest.raises(FixConfiguration) as caught:
            Secret(command=("sh", "-c", "echo geheim-99; exit 3")).reveal("x", {"PATH": "/usr/bin:/bin"})
        assert "geheim" not in str(caught.value)
