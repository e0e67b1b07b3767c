"""What all parts of the settings have in common, and the small types they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic_core import CoreSchema, core_schema

_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[\w.-]+)(:\d{1,5})?/?", re.IGNORECASE)
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


class Section(BaseModel):
    """A part of the settings: strict types, no unknown keys, unchangeable, never shows values in errors."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


@dataclass(frozen=True, slots=True)
class Form:
    """The form that a text must have: a pattern, and how people say it."""

    pattern: str
    meaning: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"pattern": f"^{self.pattern}$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"must be {self.meaning}")
        return value


def _address(value: str) -> str:
    found = _ADDRESS.fullmatch(value)
    if not found:
        raise ValueError("must be an address such as https://rest.zuora.com, without a path")
    if found["scheme"].lower() == "http" and found["host"].lower() not in _LOOPBACK:
        raise ValueError("must begin with https: secrets are sent there")
    return value.rstrip("/")


def in_folder(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path from the folder of the configuration file, `~` from the user's home."""
    folder = (info.context or {}).get("folder")
    expanded = path.expanduser()
    return folder / expanded if folder else expanded


Address: TypeAlias = Annotated[str, AfterValidator(_address)]
"""The address of a system: https, or http on this machine; without a slash at the end."""

Place: TypeAlias = Annotated[Path, Field(strict=False), AfterValidator(in_folder)]
"""A path; relative ones are taken from the folder of the configuration file."""
