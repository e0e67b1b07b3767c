"""`docs/settings.md` and `docs/cpqbridge.schema.json`: what `cpqbridge.yaml` may hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cpqbridge.settings.connections import OWN, ConnectionSettings, variable
from cpqbridge.settings.mapping import MappingRule, MappingSettings
from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS
from cpqbridge.settings.schema import json_schema
from cpqbridge.settings.secret import COMMAND_SECONDS, Secret
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.shape import model_of
from tools.pages.markdown import code, document, first_sentence, table

INTRODUCTION = """
cpqbridge reads `cpqbridge.yaml` in the working folder, or the file named with `--config`. Environment variables go
before the file. With no connection in either, the sandbox on this machine is used.

A wrong file is refused as a whole, with every problem and its line. Unknown keys are problems too.
[`cpqbridge.schema.json`](cpqbridge.schema.json) lets an editor complete and check the file.
"""

SECRETS = f"""
## Secrets

A secret names the place where it is kept. Several places may be given; they are tried in this order.

```yaml
client_secret:
  env: ZUORA_SECRET                 # an environment variable
  file: /run/secrets/zuora          # a file; relative paths start at the folder of the configuration file
  command: [pass, show, zuora]      # a program that prints it, within {COMMAND_SECONDS} seconds
```

A secret in clear is refused, unless `allow_clear_secrets: true` stands at the top.
"""

LIFE = """
## Options for the life of a contract

Choose `price_changes` and `added_products` before the first amendment: they decide which subscription later orders look
for. What each use case becomes in Zuora is in [lifecycle](lifecycle.md).
"""

MAPPING = """
## mapping

Your own mapping, beside or in place of the mapping guide's. [Mapping of your own](mapping-your-own.md) tells how to
write, check, try and test it; what the guide does is in [mapping](mapping.md). It has no environment variables.

Each pair of objects holds *target: rule*. The target is a field of Zuora, nested ones with slashes, such as `notes`,
`taxInfo/VATId` or `Segment__c`. The rule is a field of Salesforce, or has keys of its own, or is a list of either, of
which the first that applies and gives a value counts.
"""

FORMS = """
```yaml
mapping:
  account:
    notes: Customer_Notes__c                  # a field
    Segment__c: {value: Enterprise}           # a constant
    Tier__c:                                  # a rule
      expression: 'AnnualRevenue > 1000000 ? "A" : "B"'
      when: 'Type == "Customer"'
    Region__c:                                # several rules
      - {source: Region__c, values: {EMEA: Europe}}
      - {source: BillingCountry, default: Unknown}
    salesRep: {off: true}                     # the guide's own rule is left out
```

A rule has exactly one of `source`, `expression`, `value` and `off`.
"""

CONNECTIONS = """
## connections

Several orgs, tenants or entities, each under a name of small letters, digits, - and _. What a connection does not say
is taken from the top of the file; what it is there for is in [several connections](connections.md). Its environment
variables have its name in front of the section: `CPQBRIDGE_EU_ZUORA_CLIENT_SECRET`.
"""

SPELLED = """
## The vendor's names

Options may also be written as Zuora's own connector names them. Blanks, underscores and capitals never matter.
Connection values among the options are moved to their place.
"""


def schema() -> str:
    """Return the JSON schema as a file's text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Return the whole page."""
    return document(
        "Settings", INTRODUCTION, *_sections(), *_mapping(), *_connections(), LIFE, SECRETS, SPELLED, _spellings()
    )


def _sections() -> Iterator[str]:
    yield "## At the top"
    top = {name: field for name, field in Settings.model_fields.items() if model_of(field) is None}
    parts = json_schema()
    yield table(("Key", "Type", "Default", "Meaning"), (_row(name, field, parts) for name, field in top.items()))
    for section, outer in Settings.model_fields.items():
        model = model_of(outer)
        if model is None or model in (MappingSettings, ConnectionSettings):
            continue
        yield f"## {section}"
        yield first_sentence(model)
        part = parts["$defs"][model.__name__]
        rows = (_row_with_variable(section, name, field, part) for name, field in model.model_fields.items())
        yield table(("Key", "Type", "Default", "Meaning", "Environment variable"), rows)
        for name, field in model.model_fields.items():
            inner = _inner(field)
            if inner is not None:
                yield f"### {section}.{name}"
                yield first_sentence(inner)
                part = parts["$defs"][inner.__name__]
                rows_within = (_row(key, one, part) for key, one in inner.model_fields.items())
                yield table(("Key", "Type", "Default", "Meaning"), rows_within)


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section whose keys a setting has, also one for each key of the user's own; None for a plain value."""
    own = [kind for kind in get_args(field.annotation) if isinstance(kind, type)]
    found = model_of(field) or next((kind for kind in own if issubclass(kind, BaseModel)), None)
    return None if found is Secret else found


def _mapping() -> Iterator[str]:
    """Give the section whose keys are the user's own: its pairs, and what a rule may hold."""
    yield MAPPING
    pairs = MappingSettings.model_fields.items()
    yield table(("Pair", "From and to"), ((code(name), field.description or "") for name, field in pairs))
    yield FORMS
    part = json_schema()["$defs"][MappingRule.__name__]
    rows = (_row(name, field, part) for name, field in MappingRule.model_fields.items())
    yield table(("Key of a rule", "Type", "Default", "Meaning"), rows)


def _connections() -> Iterator[str]:
    """Give the keys of a connection: the sections that it may have, and its condition."""
    yield CONNECTIONS
    own = ConnectionSettings.model_fields.items()
    rows = (
        (code(name), f"section, as [{name}](#{name})" if name in OWN else "text", field.description or "")
        for name, field in own
    )
    yield table(("Key", "Type", "Meaning"), rows)


def _row(name: str, field: FieldInfo, part: Mapping[str, Any]) -> tuple[str, ...]:
    return code(name), _type(field, part["properties"][name]), _default(field), field.description or ""


def _row_with_variable(section: str, name: str, field: FieldInfo, part: Mapping[str, Any]) -> tuple[str, ...]:
    own_keys = {"additionalProperties", "patternProperties"} & set(part["properties"][name])
    table_of_values = own_keys or _inner(field) is not None
    return *_row(name, field, part), "" if table_of_values else code(variable(section, name))


def _type(field: FieldInfo, schema: Mapping[str, Any]) -> str:
    if model_of(field) is Secret:
        return "secret"
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    kinds = [kind for kind in choices if kind.get("type") != "null"]
    return " or ".join(dict.fromkeys(_kind(kind) for kind in kinds))


_KINDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "table of texts",
}


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(code(str(value)) for value in schema["enum"])
    if "const" in schema:
        return code(_written(schema["const"]))
    if "$ref" in schema:
        return "table, see below"
    if "anyOf" in schema:
        return _KINDS["number"]
    if "patternProperties" in schema:
        [value] = schema["patternProperties"].values()
        return f"table by currency: {_kind(value)}"
    if schema.get("type") == "array":
        return "list of texts"
    if isinstance(schema["type"], list):
        return ", ".join(_KINDS[kind] for kind in schema["type"])
    return "path" if schema.get("format") == "path" else _KINDS[schema["type"]]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Secret):
        return f"variable {code(value.env or '')}"
    if value is None or value in ({}, (), ""):
        return "none"
    return code(_written(value))


def _written(value: Any) -> str:
    """Return a value as it stands in the file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spellings() -> str:
    rows = [(code(other), code(f"options.{name}")) for name, others in SPELLINGS.items() for other in others]
    rows += [(code(other), code(".".join(place))) for other, place in CONNECTION_SPELLINGS.items()]
    return table(("The vendor writes", "Here"), rows)
