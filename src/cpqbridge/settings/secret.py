"""Secrets: where they are kept, and reading them at the moment of use."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings.section import Place, Section
from cpqbridge.telemetry.secret_values import remember

COMMAND_SECONDS = 30
"""How long a secret command may take."""


class Secret(Section):
    """Where a secret is kept. Several places may be given; they are tried in the order written here."""

    env: str | None = Field(default=None, min_length=1)
    """The environment variable that holds it."""
    file: Place | None = None
    """The file that holds it; blanks and line ends around it do not count."""
    command: tuple[str, ...] | None = Field(default=None, min_length=1, strict=False)
    """The program, with its arguments, that prints it."""
    clear: SecretStr | None = Field(default=None, exclude=True, repr=False)
    """The secret itself: only in programs, or with `allow_clear_secrets`."""

    @classmethod
    def of(cls, value: str) -> Secret:
        """Return a secret that is known already, such as the sandbox's."""
        return cls(clear=SecretStr(value))

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a secret in clear, unless the file allows it."""
        if isinstance(value, Mapping) and isinstance(value.get("clear"), str):
            value = value["clear"]
        if not isinstance(value, str):
            return value
        if not (info.context or {}).get("allow_clear_secrets"):
            raise PydanticCustomError(
                "clear_secret",
                "is a secret in clear: write {env: NAME}, {file: PATH} or {command: [PROGRAM, …]}, "
                "or set `allow_clear_secrets: true` at the top",
            )
        return {"clear": SecretStr(value)}

    @model_validator(mode="after")
    def _some_place(self) -> Secret:
        if not (self.env or self.file or self.command or self.clear):
            raise PydanticCustomError("no_place", "names no place: write {env: NAME}, {file: PATH} or {command: […]}")
        return self

    def reveal(self, name: str = "secret", environment: Mapping[str, str] | None = None) -> str:
        """Read the secret.

        Args:
            name: The setting that it belongs to, for the error, such as `zuora.client_secret`.
            environment: The environment variables; this process's by default.

        Raises:
            FixConfiguration: CPQ-302, with every place that was tried and what was wrong there.
        """
        if self.clear is not None:
            value = self.clear.get_secret_value()
            remember(value)
            return value
        tried: list[str] = []
        for place, read in self._places(os.environ if environment is None else environment):
            try:
                found = read().strip()
            except _Missing as missing:
                tried.append(f"{place} ({missing})")
                continue
            if found:
                remember(found)  # no line of the log will hold it
                return found
            tried.append(f"{place} (empty)")
        raise FixConfiguration("CPQ-302", f"`{name}` was found in none of: {', '.join(tried)}", field=name)

    def _places(self, environment: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], str]]]:
        """Give each place with the function that reads it."""
        if self.env:
            yield f"environment variable {self.env}", partial(_variable, self.env, environment)
        if self.file:
            yield f"file {self.file}", partial(_file, self.file)
        if self.command:
            yield f"command {self.command[0]}", partial(_output, self.command, environment)


class _Missing(Exception):
    """Why a place holds no secret; never what it printed, which might be one."""


def _variable(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise _Missing("not set")
    return environment[name]


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _Missing((error.strerror or "cannot be read").lower()) from error
    except UnicodeDecodeError as error:
        raise _Missing("not text") from error


def _output(command: Sequence[str], environment: Mapping[str, str]) -> str:
    try:
        ended = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            command, env=dict(environment), stdout=subprocess.PIPE, text=True, check=False, timeout=COMMAND_SECONDS
        )
    except OSError as error:
        raise _Missing((error.strerror or "cannot be run").lower()) from error
    except subprocess.TimeoutExpired as error:
        raise _Missing(f"no answer in {COMMAND_SECONDS} seconds") from error
    if ended.returncode != 0:
        raise _Missing(f"ended with status {ended.returncode}")
    return ended.stdout
