"""The JSON schema of `cpqbridge.yaml`, which editors complete and check against."""

from __future__ import annotations

from typing import Any

from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS
from cpqbridge.settings.settings import Settings

_PLACES = {
    "env": {"type": "string", "description": "The environment variable that holds it."},
    "file": {"type": "string", "description": "The file that holds it."},
    "command": {"type": "array", "items": {"type": "string"}, "description": "The program that prints it."},
}
_SECRET = {
    "description": "Where a secret is kept; several places are tried in this order.",
    "oneOf": [
        {"type": "object", "properties": _PLACES, "minProperties": 1, "additionalProperties": False},
        {"type": "string", "description": "In clear: only with `allow_clear_secrets: true`."},
    ],
}


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), with the vendor's spellings of the options beside cpqbridge's."""
    schema = Settings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "cpqbridge.yaml"
    parts = schema["$defs"]
    parts["Secret"] = _SECRET
    options = parts["Options"]["properties"]
    for name, spellings in SPELLINGS.items():
        options.update((spelling, options[name] | {"title": spelling}) for spelling in spellings)
    for spelling, (section, name) in CONNECTION_SPELLINGS.items():
        options[spelling] = {"type": "string", "description": f"The same as `{section}.{name}`."}
    _share_pairs(parts)
    schema["properties"]["connections"]["additionalProperties"] = False
    # a connection may come from the environment or from the options, so that the file need not have all of it
    schema.pop("required", None)
    for section in ("SalesforceSettings", "ZuoraSettings", "ConnectionSettings"):
        parts[section].pop("required", None)
    return schema


def _share_pairs(parts: dict[str, Any]) -> None:
    """Say once what a pair of the mapping holds, and that a target of another form is wrong."""
    pairs = parts["MappingSettings"]["properties"]
    for pair in pairs.values():
        targets = pair.pop("patternProperties")
        parts["MappingPair"] = {"type": "object", "patternProperties": targets, "additionalProperties": False}
        pair["$ref"] = "#/$defs/MappingPair"
