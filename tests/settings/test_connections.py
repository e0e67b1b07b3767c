"""Several connections in one file: what each one takes from the top, and what is refused."""

from __future__ import annotations

import textwrap
from pathlib import Path

import jsonschema
import pytest
import yaml

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings import Secret, Settings, WrongSettings, load
from cpqbridge.settings.schema import json_schema

TWO = """\
salesforce: {login_url: "https://acme.my.salesforce.com", client_id: a, client_secret: {env: ORG}}
zuora: {base_url: "https://rest.zuora.com", client_id: b, client_secret: {env: TENANT}}
options: {auto_renew: true, default_currency: USD}
values: {countries: {Norge: Norway, Sverige: Sweden}}
mapping:
  account:
    notes: {source: Description, default: none}
    salesRep: {off: true}
connections:
  eu:
    when: Account.BillingCountry IN ('Germany', 'France')
    zuora: {entity_id: "11"}
    options: {default_currency: EUR}
    values: {countries: {Norge: Norwegen}}
    mapping: {account: {notes: {value: Europe}}}
  us:
    zuora: {base_url: "https://rest.na.zuora.com", client_id: c}
"""

EU = "connections.eu."
INDENT = "without indentation"
NAME = "a name of small letters, digits, - and _, such as eu or acme-us"
CONDITION = "a condition as it stands behind WHERE, such as Account.BillingCountry = 'Germany'"


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str) -> Path:
        file = tmp_path / "cpqbridge.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    return written


def wrong(file: Path, environment: dict[str, str] | None = None) -> list[str]:
    """What is said of a wrong file: line, key and message."""
    with pytest.raises(WrongSettings) as caught:
        load(file, environment or {})
    return [problem.text("f") for problem in caught.value.problems]


class TestOne:
    """A file without connections is what it always was."""

    def test_it_is_called_default(self, write) -> None:
        settings = load(write(TWO.partition("connections:")[0]), {})
        assert settings.connection_names() == ("default",)
        assert settings.name == "default"
        assert settings.connection("default") is settings
        assert settings.single() is settings

    def test_another_name_is_unknown(self, write) -> None:
        settings = load(write(TWO.partition("connections:")[0]), {})
        with pytest.raises(FixConfiguration, match="there is no connection `eu`; there are: default") as caught:
            settings.connection("eu")
        assert caught.value.code == "CPQ-311"

    @pytest.mark.parametrize("written", ["connections:", "connections: 3", "connections: [eu]"])
    def test_connections_of_another_form(self, write, written: str) -> None:
        said = wrong(write(TWO.partition("connections:")[0] + written))
        assert said == ["f:9: `connections` must hold keys of its own, indented below it"]

    def test_no_connection_at_all_is_as_without(self, write) -> None:
        assert load(write(TWO.partition("connections:")[0] + "connections: {}"), {}).connection_names() == ("default",)


class TestTakenTogether:
    @pytest.fixture
    def settings(self, write) -> Settings:
        return load(write(TWO), {})

    def test_names_in_the_order_of_the_file(self, settings: Settings) -> None:
        assert settings.connection_names() == ("eu", "us")
        assert [settings.connection(name).name for name in settings.connection_names()] == ["eu", "us"]
        assert settings.connection("eu").connection("us").name == "us"

    def test_a_section_has_its_own_keys_and_the_tops(self, settings: Settings) -> None:
        eu, us = settings.connection("eu"), settings.connection("us")
        assert (eu.zuora.base_url, eu.zuora.client_id, eu.zuora.entity_id) == ("https://rest.zuora.com", "b", "11")
        assert (us.zuora.base_url, us.zuora.client_id, us.zuora.entity_id) == ("https://rest.na.zuora.com", "c", None)
        assert eu.salesforce == us.salesforce
        assert (eu.options.default_currency, eu.options.auto_renew) == ("EUR", True)
        assert (us.options.default_currency, us.options.auto_renew) == ("USD", True)
        assert eu.values.countries == {"Norge": "Norwegen", "Sverige": "Sweden"}

    def test_a_rule_is_replaced_as_a_whole(self, settings: Settings) -> None:
        eu, us = (settings.connection(name).mapping.account for name in ("eu", "us"))
        assert eu["notes"][0].value == "Europe"
        assert eu["notes"][0].default is None
        assert eu["salesRep"][0].off
        assert us["notes"][0].source == ("Description",)

    def test_secrets_go_with_their_client(self, settings: Settings) -> None:
        assert settings.connection("eu").zuora.client_secret == Secret(env="TENANT")
        assert settings.connection("us").zuora.client_secret == Secret(env="CPQBRIDGE_US_ZUORA_CLIENT_SECRET")
        assert settings.connection("us").salesforce.client_secret == Secret(env="ORG")

    def test_a_list_and_a_secret_are_replaced(self, write) -> None:
        text = TWO.replace("client_id: b,", "client_id: b, org_ids: [one, two],")
        text = text.replace('{entity_id: "11"}', '{entity_id: "11", org_ids: [three], client_secret: {file: key}}')
        eu = load(write(text), {}).connection("eu").zuora
        assert eu.org_ids == ("three",)
        assert (eu.client_secret.env, eu.client_secret.file and eu.client_secret.file.name) == (None, "key")

    def test_what_all_share_stays(self, write) -> None:
        settings = load(write(f"database: {{data_dir: here}}\nworker: {{concurrency: 7}}\n{TWO}"), {})
        assert settings.connection("us").worker.concurrency == 7
        assert settings.connection("us").database == settings.database

    def test_for_several_one_must_be_chosen(self, settings: Settings) -> None:
        assert settings.name == ""
        with pytest.raises(FixConfiguration, match="several connections, and none was named: eu, us") as caught:
            settings.single()
        assert caught.value.code == "CPQ-311"
        assert settings.connection("us").single().zuora.client_id == "c"

    def test_one_named_connection_needs_no_choice(self, write) -> None:
        settings = load(write(TWO[: TWO.index("  us:")]), {})
        assert settings.name == "eu"
        assert settings.single().zuora.entity_id == "11"

    def test_the_top_needs_nothing_that_each_connection_has(self, write) -> None:
        settings = load(
            write(
                """
                connections:
                  a: {salesforce: {login_url: "https://a.my.salesforce.com", client_id: a},
                      zuora: {base_url: "https://rest.zuora.com", client_id: b}}
                  b: {salesforce: {login_url: "https://b.my.salesforce.com", client_id: a},
                      zuora: {base_url: "https://rest.zuora.com", client_id: b}}
                """
            ),
            {},
            otherwise=lambda: pytest.fail("the file has connections"),
        )
        assert settings.connection("b").salesforce.login_url == "https://b.my.salesforce.com"
        assert settings.connection("b").salesforce.client_secret.env == "CPQBRIDGE_B_SALESFORCE_CLIENT_SECRET"

    def test_the_vendors_spellings(self, write) -> None:
        text = TWO.replace("{default_currency: EUR}", "{useListPriceBase: off, Zuora tenant ID: '9'}")
        text = text.replace("mapping: {account: {notes", "mapping: {Account: {notes")
        settings = load(write(text), {})
        eu, us = settings.connection("eu"), settings.connection("us")
        assert not eu.options.sfdc_use_list_price_base
        assert us.options.sfdc_use_list_price_base
        assert (eu.zuora.tenant_id, us.zuora.tenant_id) == ("9", None)
        assert eu.mapping.account["notes"][0].value == "Europe"


class TestEnvironment:
    def test_a_connection_has_variables_of_its_own(self, write) -> None:
        environment = {
            "CPQBRIDGE_EU_ZUORA_ENTITY_ID": "12",
            "CPQBRIDGE_EU_ZUORA_CLIENT_SECRET": "s",
            "CPQBRIDGE_US_OPTIONS_AUTO_RENEW": "off",
            "CPQBRIDGE_OPTIONS_DEFAULT_CURRENCY": "CHF",
        }
        settings = load(write(TWO), environment)
        eu, us = settings.connection("eu"), settings.connection("us")
        assert eu.zuora.entity_id == "12"
        assert eu.zuora.client_secret.reveal("x", environment) == "s"
        assert (eu.options.auto_renew, us.options.auto_renew) == (True, False)
        assert (eu.options.default_currency, us.options.default_currency) == ("EUR", "CHF")

    def test_a_name_with_a_hyphen(self, write) -> None:
        settings = load(write(TWO.replace("  us:", "  us-west:")), {"CPQBRIDGE_US_WEST_ZUORA_ENTITY_ID": "5"})
        assert settings.connection("us-west").zuora.entity_id == "5"

    def test_an_unknown_variable_of_a_connection(self, write) -> None:
        [said] = wrong(write(TWO), {"CPQBRIDGE_EU_ZUORA_ENTITY": "1"})
        assert said == (
            "`CPQBRIDGE_EU_ZUORA_ENTITY` (environment variable) is no known setting; "
            "did you mean `CPQBRIDGE_EU_ZUORA_ENTITY_ID`?"
        )

    def test_what_all_share_has_no_variable_of_a_connection(self, write) -> None:
        load(write(TWO), {"CPQBRIDGE_EU_DATABASE_URL": "none of ours"})


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                "{entity_id: ",
                "{entity: ",
                "12: `connections.eu.zuora.entity` is no known key; did you mean `entity_id`?",
            ),
            ("auto_renew: true", "auto_renew: maybe", "3: `options.auto_renew` must be true or false"),
            ("urrency: EUR", "urrency: eu", f"13: `{EU}options.default_currency` must be three capitals, such as EUR"),
            ("    options:", "    optons:", "13: `connections.eu.optons` is no known key; did you mean `options`?"),
            (
                "    options:",
                "    database:",
                f"13: `{EU}database` is no known key; `database` belongs at the top, {INDENT}",
            ),
            ("  us:", "  US:", f"16: `connections.US` must be {NAME}"),
            ("  eu:", "  us_:\n  eu:", "10: `connections.us_` must hold keys of its own, indented below it"),
            ("value: E", "vlue: E", f"15: `{EU}mapping.account.notes.vlue` is no known key; did you mean `value`?"),
            ("'France')", "'France'", "11: `connections.eu.when` has a bracket that is not closed"),
            ("when: Acc", "when: WHERE Acc", f"11: `connections.eu.when` must be {CONDITION}"),
            ("client_id: b, ", "", "12: `connections.eu.zuora.client_id` is missing"),
        ],
    )
    def test_with_its_line(self, write, old: str, new: str, said: str) -> None:
        assert f"f:{said}" in wrong(write(TWO.replace(old, new, 1)))

    def test_what_the_top_has_wrong_is_said_once(self, write) -> None:
        assert wrong(write(TWO.replace("auto_renew: true", "auto_renw: true"))) == [
            "f:3: `options.auto_renw` is no known key; did you mean `auto_renew`?"
        ]

    def test_a_part_that_nobody_gives(self, write) -> None:
        text = TWO[TWO.index("options:") :]
        said = wrong(write(f'salesforce: {{login_url: "https://a.my.salesforce.com", client_id: a}}\n{text}'))
        assert said == [
            "f:11: `connections.eu.zuora.base_url` is missing",
            "f:11: `connections.eu.zuora.client_id` is missing",
        ]

    def test_the_same_org_tenant_and_entity_twice(self, write) -> None:
        text = TWO.replace('{base_url: "https://rest.na.zuora.com", client_id: c}', '{entity_id: "11", client_id: c}')
        [said] = wrong(write(text))
        assert said == (
            "f:16: `connections.us` joins the same org, tenant and entity as `connections.eu`: "
            "all would be carried twice"
        )

    def test_organizations_of_one_tenant_may_not_overlap(self, write) -> None:
        text = TWO.replace('{entity_id: "11"}', "{org_ids: [a, b]}")
        apart = '{base_url: "https://rest.na.zuora.com", client_id: c}'
        assert load(write(text.replace(apart, "{org_ids: [c]}")), {}).connection("us").zuora.org_ids == ("c",)
        assert "all would be carried twice" in wrong(write(text.replace(apart, "{org_ids: [b, c]}")))[0]
        assert "all would be carried twice" in wrong(write(text.replace(apart, "{client_id: c}")))[0]

    def test_two_of_one_org_without_a_condition(self, write) -> None:
        text = TWO.replace("    when: Account.BillingCountry IN ('Germany', 'France')\n", "")
        [said] = wrong(write(text))
        assert said == (
            "f:15: `connections.us` has the same org as `connections.eu` and neither has `when`: "
            "say which orders go to one of them"
        )

    def test_alerts_for_a_connection_that_there_is_not(self, write) -> None:
        alerts = "alerts: {channels: {ops: {kind: slack, url: {env: A}, connections: [us, uk]}}}\n"
        top = wrong(write(TWO.replace("connections:", f"{alerts}connections:")))
        assert top == [
            "f:9: `alerts.channels.ops.connections[1]` names no connection: there is no `uk`; there are: eu, us"
        ]
        [own] = wrong(write(TWO + f"    {alerts}"))
        assert own.startswith("f:18: `connections.us.alerts.channels.ops.connections[1]` names no connection")
        load(write(TWO + "    " + alerts.replace(", uk", ", eu")), {})

    def test_names_with_the_same_variables(self, write) -> None:
        text = TWO.replace("  eu:", "  u-s:").replace("  us:", "  u_s:")
        assert "has the same environment variables as `connections.u-s`" in wrong(write(text))[0]

    def test_a_check_of_one_connection_names_its_line(self, write) -> None:
        eu = load(write(TWO), {}).connection("eu")
        error = eu.wrong(
            [(("mapping", "account", "notes", 0, "value"), "x"), (("mapping", "account", "salesRep"), "y")]
        )
        assert [(one.line, one.key) for one in error.problems] == [
            (8, "mapping.account.salesRep"),
            (15, "connections.eu.mapping.account.notes.value"),
        ]
        assert eu.line(("options", "auto_renew")) == 3
        assert eu.line(("options", "default_currency")) == 13


class TestSchema:
    def test_it_takes_a_good_file(self) -> None:
        jsonschema.validate(yaml.safe_load(TWO.replace("off:", '"off":')), json_schema())

    @pytest.mark.parametrize(
        "connections",
        [{"EU": {}}, {"eu": {"database": {}}}, {"eu": {"when": 3}}, {"eu": {"options": {"auto_renw": True}}}, []],
    )
    def test_it_refuses(self, connections: object) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"connections": connections}, json_schema())


@pytest.mark.parametrize("condition", ["Name = 'it\\'s (one'", "(A = 1 OR B = ')') AND C != null", " Type = 'New' "])
def test_conditions_that_stand_in_brackets(write, condition: str) -> None:
    text = TWO.replace(
        "Account.BillingCountry IN ('Germany', 'France')", yaml.safe_dump(condition).strip().splitlines()[0]
    )
    assert load(write(text), {}).connections["eu"].when == condition.strip()
