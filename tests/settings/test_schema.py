"""The JSON schema agrees with what `load` takes."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS, Options
from cpqbridge.settings.schema import json_schema

GOOD = """
salesforce: {login_url: "https://a.my.salesforce.com", client_id: a, private_key: {file: key.pem}}
zuora: {base_url: "https://rest.zuora.com", client_id: b, client_secret: {env: X, command: [pass, zuora]}}
database: {data_dir: data}
options: {auto_renew: true, useListPriceBase: false, SFDC Host: a.lightning.force.com}
values: {countries: {Norge: Norway}}
"""


def test_the_schema_is_one_and_takes_a_good_file() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(GOOD), schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"salesforc": {}},
        {"options": {"auto_renew": "yes"}},
        {"options": {"auto_renw": True}},
        {"zuora": {"client_secret": {"env": "X", "other": 1}}},
        {"values": {"countries": {"Norge": False}}},
        {"salesforce": {"flow": "jwt"}},
        {"mapping": {"account": {"notes": "Parent..Name"}}},
        {"mapping": {"account": {"notes": [{"source": "Name"}, "two words"]}}},
    ],
)
def test_the_schema_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema())


def test_every_spelling_is_known_and_every_key_explained() -> None:
    parts = json_schema()["$defs"]
    known = parts["Options"]["properties"]
    assert set(SPELLINGS) <= set(Options.model_fields)
    assert {name for names in SPELLINGS.values() for name in names} | set(CONNECTION_SPELLINGS) <= set(known)
    for part in parts.values():
        assert all(field.get("description") for field in part.get("properties", {}).values())
