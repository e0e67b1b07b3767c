"""`docs/cli.md`: every command and its options, read off the functions that typer calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

from tools.pages.markdown import code, document, table

INTRODUCTION = """
`--json` prints one JSON document on standard output and nothing else. `--config` names the configuration file; by
default it is `cpqbridge.yaml` in the working folder. Where there is none, commands use the sandbox on this machine, at
the ports in `CPQBRIDGE_SANDBOX_SALESFORCE_PORT` and `CPQBRIDGE_SANDBOX_ZUORA_PORT`, else 8101 and 8102.

| Exit status | Means |
| --- | --- |
| 0 | done: every record is `synced` or `unchanged` |
| 2 | wrong use, wrong configuration of cpqbridge, or sign-in refused: nothing can be done for any record |
| 3 | at least one record is `held` or `waiting` |
| 4 | at least one record `failed`, also for what the org or the tenant lacks (`CPQ-303`, `CPQ-304`, `CPQ-305`) |

`doctor` ends with 2 for whatever is to be configured, in either system too, and with 4 when one only fails for now.

The shapes of the JSON documents are in [changes.md](changes.md#json).
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One option or argument of a command.

    Attributes:
        names: As it is written: `--json`, or the argument's place holder.
        kind: What it takes.
        default: Shown default, or an empty text.
        help: Its explanation.
        argument: Whether it is an argument.
    """

    names: str
    kind: str
    default: str
    help: str
    argument: bool


def page() -> str:
    """Return the whole page."""
    from cpqbridge.cli.main import app  # at the moment of use: it loads the whole product

    blocks = [block for name, call in commands(app, "cpqbridge") for block in _command(name, call)]
    callback = app.registered_callback
    shared = list(parameters(callback.callback)) if callback and callback.callback else []
    return document("Command line", INTRODUCTION, "## cpqbridge", *_options(shared), *blocks)


def commands(app: typer.Typer, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every command below an application with its whole name, as `cpqbridge sync order`."""
    for command in app.registered_commands:
        if command.callback and not command.hidden:
            yield f"{path} {command.name or command.callback.__name__.replace('_', '-')}", command.callback
    for group in app.registered_groups:
        if group.typer_instance and group.name and not group.hidden:
            own = group.typer_instance.registered_callback
            if (
                own
                and own.callback
                and True
                in (
                    own.invoke_without_command,
                    group.typer_instance.info.invoke_without_command,
                )
            ):
                yield f"{path} {group.name}", own.callback
            yield from commands(group.typer_instance, f"{path} {group.name}")


def parameters(call: Callable[..., Any]) -> Iterator[Parameter]:
    """Yield the options and arguments of a command's function."""
    hints = get_type_hints(call, include_extras=True)
    for name, given in inspect.signature(call).parameters.items():
        kind, info = _annotation(hints[name])
        if info is None:
            continue
        argument = isinstance(info, ArgumentInfo)
        names = (info.metavar or name.upper()) if argument else _option_names(name, kind, info)
        text, _, told = (info.help or "").partition("[default: ")
        default = told.rstrip("]") or _default(given.default)
        yield Parameter(names, _kind(kind), default, text.strip(), argument)


def _command(name: str, call: Callable[..., Any]) -> Iterator[str]:
    found = list(parameters(call))
    arguments = "".join(f" {parameter.names}" for parameter in found if parameter.argument)
    yield f"## {name}"
    yield inspect.cleandoc(call.__doc__ or "")
    yield f"    {name}{' [OPTIONS]' if any(not p.argument for p in found) else ''}{arguments}"
    yield from _options(found)


def _options(found: list[Parameter]) -> Iterator[str]:
    rows = [(code(one.names), one.kind, one.default, one.help) for one in found]
    if rows:
        yield table(("Option or argument", "Takes", "Default", "Meaning"), rows)


def _annotation(hint: Any) -> tuple[Any, OptionInfo | ArgumentInfo | None]:
    if get_origin(hint) is not Annotated:
        return hint, None
    kind, *extras = get_args(hint)
    return kind, next((extra for extra in extras if isinstance(extra, OptionInfo | ArgumentInfo)), None)


def _option_names(name: str, kind: Any, info: OptionInfo | ArgumentInfo) -> str:
    # in an annotation the first name of `typer.Option("--json")` lands in the place of the default
    first = [info.default] if isinstance(info.default, str) else []
    names = [*first, *(info.param_decls or ())]
    dashed = name.replace("_", "-")
    return ", ".join(names) or (f"--{dashed}/--no-{dashed}" if kind is bool else f"--{dashed}")


_KINDS = {
    "bool": "",
    "int": "whole number",
    "str": "text",
    "Path": "path",
    "Decimal": "number",
    "date": "date",
    "datetime": "date",
}


def _kind(kind: Any) -> str:
    if get_origin(kind) in (Union, UnionType):
        return _kind(next(part for part in get_args(kind) if part is not type(None)))
    if get_origin(kind) is list:
        return f"{_kind(get_args(kind)[0])}, one or more"
    if issubclass(kind, Enum):
        return ", ".join(code(str(member.value)) for member in kind)
    name: str = kind.__name__
    return _KINDS.get(name, name.lower())


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty or value is None or value is False:
        return ""
    return code(str(value.value if isinstance(value, Enum) else value))
