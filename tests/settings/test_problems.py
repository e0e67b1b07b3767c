"""Wrong settings files: what is said, word for word."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings import WrongSettings, load

GOOD = """\
salesforce:
  login_url: https://example.my.salesforce.com
  client_id: a
zuora:
  base_url: https://rest.zuora.com
  client_id: b
"""

CLEAR = (
    "is a secret in clear: write {env: NAME}, {file: PATH} or {command: [PROGRAM, …]}, "
    "or set `allow_clear_secrets: true` at the top"
)
EXCLUSIVE = (
    "has `subscription_term_in_days: true`, which excludes whole-term prices: set `sfdc_use_list_price_base: false` too"
)
OPTIONS = f"{GOOD}options:\n"

WRONG: dict[str, tuple[str, list[str]]] = {
    "misspelt section": (
        GOOD.replace("zuora:", "zoura:"),
        ["1: `zuora` is missing", "4: `zoura` is no known key; did you mean `zuora`?"],
    ),
    "section without its underscore": (
        f"{GOOD}autosync: {{}}\n",
        ["7: `autosync` is no known key; did you mean `auto_sync`?"],
    ),
    "a section's spelling too deep": (
        f"{GOOD}  AutoSync: {{}}\n",
        ["7: `zuora.AutoSync` is no known key; `auto_sync` belongs at the top, without indentation"],
    ),
    "own key with the name of a section": (
        f"{GOOD}alerts: {{channels: {{ops: {{kind: slack, url: {{env: A}}, Connections: []}}}}}}\n",
        ["7: `alerts.channels.ops.Connections` is no known key; did you mean `connections`?"],
    ),
    "out of bounds": (
        f"{GOOD}limits:\n  salesforce:\n    share: 0\n    live_reserve: 1\n    keep_free: -1\n    daily_share: 2\n",
        [
            "9: `limits.salesforce.share` must be more than 0",
            "10: `limits.salesforce.live_reserve` must be less than 1",
            "11: `limits.salesforce.keep_free` must be 0 or more",
            "12: `limits.salesforce.daily_share` must be 1 or less",
        ],
    ),
    "no number": (
        f"{GOOD}limits:\n  down_after: 1.5\n  zuora: {{share: much}}\n",
        ["8: `limits.down_after` must be a whole number", "9: `limits.zuora.share` must be a number"],
    ),
    "alerts of an unknown connection": (
        f"{GOOD}alerts: {{channels: {{ops: {{kind: slack, url: {{env: A}}, connections: [default, foo]}}}}}}\n",
        [
            "7: `alerts.channels.ops.connections[1]` names no connection: there is no `foo`; there are: default",
        ],
    ),
    "misspelt key": (f"{GOOD}  bse_url: x\n", ["7: `zuora.bse_url` is no known key; did you mean `base_url`?"]),
    "key of another section": (
        f"{GOOD}  username: x\n",
        ["7: `zuora.username` is no known key; it belongs in `salesforce` or `mail`"],
    ),
    "section too deep": (
        f"{GOOD}  options: {{}}\n",
        ["7: `zuora.options` is no known key; `options` belongs at the top, without indentation"],
    ),
    "unknown key": (
        f"{GOOD}database:\n  xyz: 1\n",
        ["8: `database.xyz` is no known key; known here: data_dir, keep_days, url"],
    ),
    "misspelt option": (
        f"{OPTIONS}  amend_subscription: true\n",
        ["8: `options.amend_subscription` is no known key; did you mean `amend_subscriptions`?"],
    ),
    "misspelt vendor option": (
        f"{OPTIONS}  sfdc order query oportunity: true\n",
        ["8: `options.sfdc order query oportunity` is no known key; did you mean `sfdc_order_query_opportunity`?"],
    ),
    "missing key": (GOOD.replace("  client_id: a\n", ""), ["1: `salesforce.client_id` is missing"]),
    "no connections": ("options: {}\n", ["1: `salesforce` is missing", "1: `zuora` is missing"]),
    "text for a switch": (f"{OPTIONS}  auto_renew: maybe\n", ["8: `options.auto_renew` must be true or false"]),
    "number for text": (
        GOOD.replace("client_id: a", "client_id: 0012"),
        ['3: `salesforce.client_id` must be text: write "0012" in quotes'],
    ),
    "the Norway problem": (
        f"{GOOD}values:\n  countries: {{Norge: NO}}\n",
        ['8: `values.countries.Norge` must be text: write "NO" in quotes'],
    ),
    "a key that is no text": (
        f"{GOOD}values:\n  payment_terms:\n    30: Net 30\n",
        ['9: `values.payment_terms.30` YAML takes this key for another type: write "30":'],
    ),
    "empty value": (GOOD.replace("client_id: b", "client_id:"), ["6: `zuora.client_id` must be text"]),
    "empty text": (GOOD.replace("client_id: b", 'client_id: ""'), ["6: `zuora.client_id` must not be empty"]),
    "text for a section": (
        GOOD.replace("salesforce:\n  login_url: https://example.my.salesforce.com\n  client_id: a", "salesforce: x"),
        ["1: `salesforce` must hold keys of its own, indented below it"],
    ),
    "wrong choice": (
        GOOD.replace("client_id: a", "client_id: a\n  flow: jwt"),
        ["4: `salesforce.flow` must be one of client_credentials, jwt_bearer, refresh_token"],
    ),
    "choice misspelt": (
        GOOD.replace("client_id: a", "client_id: a\n  flow: jwt_barer"),
        ["4: `salesforce.flow` must be one of client_credentials, jwt_bearer, refresh_token; did you mean jwt_bearer?"],
    ),
    "address without https": (
        GOOD.replace("https://rest", "http://rest"),
        ["5: `zuora.base_url` must begin with https: secrets are sent there"],
    ),
    "address with a path": (
        GOOD.replace("rest.zuora.com", "rest.zuora.com/v1"),
        ["5: `zuora.base_url` must be an address such as https://rest.zuora.com, without a path"],
    ),
    "secret in clear": (f"{GOOD}  client_secret: geheim-99\n", [f"7: `zuora.client_secret` {CLEAR}"]),
    "secret in clear in disguise": (
        f"{GOOD}  client_secret: {{clear: geheim-99}}\n",
        [f"7: `zuora.client_secret` {CLEAR}"],
    ),
    "database password in clear": (
        f"{GOOD}database:\n  url: postgresql://u:geheim-99@h/d\n",
        [f"8: `database.url` {CLEAR}"],
    ),
    "secret without a place": (
        f"{GOOD}  client_secret: {{}}\n",
        ["7: `zuora.client_secret` names no place: write {env: NAME}, {file: PATH} or {command: […]}"],
    ),
    "secret with a misspelt place": (
        f"{GOOD}  client_secret: {{enf: X}}\n",
        ["7: `zuora.client_secret.enf` is no known key; did you mean `env`?"],
    ),
    "secret command as text": (
        f"{GOOD}  client_secret: {{command: pass zuora}}\n",
        ["7: `zuora.client_secret.command` must be a list, such as [a, b]"],
    ),
    "key twice": (
        f"{GOOD}  client_id: c\n",
        ["7: `zuora.client_id` stands here a second time (first in line 6)"],
    ),
    "option in two spellings": (
        f"{OPTIONS}  useListPriceBase: true\n  sfdc_use_list_price_base: false\n",
        ["8: `options.useListPriceBase` is the same as `options.sfdc_use_list_price_base`, which is there too"],
    ),
    "options that exclude each other": (
        f"{OPTIONS}  subscription_term_in_days: true\n",
        [f"7: `options` {EXCLUSIVE}"],
    ),
    "currency": (
        f"{OPTIONS}  default_currency: euro\n",
        ["8: `options.default_currency` must be three capitals, such as EUR"],
    ),
    "e-mail": (
        f"{OPTIONS}  customer_alert_email: nobody\n",
        ["8: `options.customer_alert_email` must be an e-mail address, or several with commas between them"],
    ),
    "version of the API": (
        GOOD.replace("client_id: a", "client_id: a\n  api_version: 62"),
        ["4: `salesforce.api_version` must be a version such as 62.0"],
    ),
    "sign-in without its user": (
        GOOD.replace("client_id: a", "client_id: a\n  flow: jwt_bearer"),
        ["1: `salesforce` needs `username` with the flow jwt_bearer"],
    ),
    "version of the file": (f"version: 2\n{GOOD}", ["1: `version` must be one of 1"]),
    "not YAML": ("salesforce: [\n", ["2: is not YAML: expected the node content, but found '<stream end>'"]),
    "tabs": ("salesforce:\n\tlogin_url: x\n", ["2: is not YAML: found character '\\t' that cannot start any token"]),
    "a list": ("- salesforce\n", ["1: the file must be keys with values, such as `salesforce:`"]),
    "empty": ("# nothing\n", ["`salesforce` is missing", "`zuora` is missing"]),
    "a tag": (
        f"{OPTIONS}  auto_renew: !!python/object:os.system true\n",
        [
            "8: `options.auto_renew` has the tag tag:yaml.org,2002:python/object:os.system: leave it out",
            "8: `options.auto_renew` must be true or false",
        ],
    ),
}


def problems_of(file: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(WrongSettings) as caught:
        load(file, environment or {})
    error = caught.value
    assert isinstance(error, FixConfiguration)
    assert error.code == "CPQ-301"
    assert "geheim" not in f"{error} {error.as_dict()}"
    assert len(error.problems) == len(error.message.splitlines())
    return [line.removeprefix(f"{file}:") for line in error.message.splitlines()]


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file(tmp_path: Path, text: str, expected: list[str]) -> None:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(text)
    said = problems_of(file)
    assert said == expected


def test_all_problems_come_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(
        textwrap.dedent(
            """\
            salesforce:
              login_url: nowhere
              flow: jwt_baerer
            zuora:
              base_url: https://rest.zuora.com
              client_id: b
              client_id: c
            options:
              auto_renew: 7
            """
        )
    )
    environment = {
        "CPQBRIDGE_OPTIONS_AMEND_SUBSCRIPTION": "1",
        "CPQBRIDGE_OPTIONS_TRIGGER_DATES_ON_ORDERS": "perhaps",
    }
    places = [line.partition(" ")[0] for line in problems_of(file, environment)]
    assert places == [
        "`CPQBRIDGE_OPTIONS_AMEND_SUBSCRIPTION`",
        "`CPQBRIDGE_OPTIONS_TRIGGER_DATES_ON_ORDERS`",
        "1:",
        "2:",
        "3:",
        "7:",
        "9:",
    ]


def test_a_variable_that_the_file_names_is_no_misspelt_setting(tmp_path: Path) -> None:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(f"{GOOD}  client_secret: {{env: CPQBRIDGE_ZUORA_PW}}\n")
    assert load(file, {"CPQBRIDGE_ZUORA_PW": "x"}) is not None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "is not there"),
        (lambda file: file.mkdir(), "cannot be read: is a directory"),
        (lambda file: file.write_bytes(b"\xff\xfe\x00"), "is not text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, make, said: str) -> None:
    file = tmp_path / "asked-for.yaml"
    make(file)
    assert problems_of(file) == [f"`{file}` {said}"]


def test_an_alias_that_contains_itself_ends(tmp_path: Path) -> None:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(f"{GOOD}values: &v\n  countries: *v\n")
    assert "7: `values.countries` refers to itself" in problems_of(file)[0].replace("8:", "7:")
