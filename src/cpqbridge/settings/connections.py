"""Several connections in one file: each has what it says itself, and what it does not say is taken from the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field

from cpqbridge.settings.alerts import AlertSettings
from cpqbridge.settings.auto_sync import AutoSyncSettings
from cpqbridge.settings.condition import Condition
from cpqbridge.settings.document import Path
from cpqbridge.settings.limits import LimitSettings
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Form, Section
from cpqbridge.settings.values import ValueTables
from cpqbridge.settings.write_back import WriteBackSettings
from cpqbridge.settings.zuora import ZuoraSettings

DEFAULT_NAME = "default"
"""What the connection of a file without `connections` is called."""

ConnectionName = Annotated[
    str, Form(r"[a-z][a-z0-9_-]{0,39}", "a name of small letters, digits, - and _, such as eu or acme-us")
]
"""What a connection is called in commands, logs and metrics."""


class ConnectionBase(Section):
    """What may differ from connection to connection."""

    salesforce: SalesforceSettings
    """The connection to Salesforce."""
    zuora: ZuoraSettings
    """The connection to Zuora."""
    options: Options = Field(default_factory=Options)
    """How orders are carried over."""
    values: ValueTables = Field(default_factory=ValueTables)
    """Tables that translate values."""
    mapping: MappingSettings = Field(default_factory=MappingSettings)
    """Your own mapping, beside or in place of the mapping guide's."""
    auto_sync: AutoSyncSettings = Field(default_factory=AutoSyncSettings)
    """What the service carries over by itself."""
    limits: LimitSettings = Field(default_factory=LimitSettings)
    """How much of both systems' limits may be used."""
    write_back: WriteBackSettings = Field(default_factory=WriteBackSettings)
    """What is written back onto Salesforce."""
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    """Who is told of trouble."""


class ConnectionSettings(ConnectionBase):
    """One of several connections; what it does not say is taken from the top of the file."""

    when: Condition | None = None
    """Which orders go there: a SOQL condition on Order. The first connection of an org whose condition holds takes the
    order, else the one without a condition."""


OWN = tuple(ConnectionBase.model_fields)
"""The sections that a connection may have of its own."""

_SIGN_IN = {
    name: tuple(key for key, field in model.model_fields.items() if field.annotation is Secret)
    for name, model in (("salesforce", SalesforceSettings), ("zuora", ZuoraSettings))
}


def complete(data: dict[str, Any]) -> None:
    """Give each connection of a file's data what the top says and it does not, in place.

    The top's own sections become those of the first connection. Tables are taken together key by key, lists and
    secrets are replaced. Secrets of the top are for the top's client only: a connection with a `client_id` of its own
    has its secrets in variables of its own, unless it says otherwise.
    """
    named = data["connections"]
    top = {name: data[name] for name in OWN if name in data}
    for name, own in named.items():
        if not isinstance(own, dict):
            continue
        for section, secrets in _SIGN_IN.items():
            if isinstance(own.get(section), dict) and "client_id" in own[section]:
                for secret in secrets:
                    own[section].setdefault(secret, {"env": variable(section, secret, name)})
        named[name] = together(top, own)
    first = next(iter(named.values()))
    if isinstance(first, dict):
        data |= {name: first[name] for name in OWN if name in first}


def together(base: Mapping[str, Any], own: Mapping[str, Any], path: Path = ()) -> dict[str, Any]:
    """Return what `own` says, and for all else what `base` does."""
    return {**base, **{key: _one(base.get(key), value, (*path, key)) for key, value in own.items()}}


def _one(base: Any, own: Any, path: Path) -> Any:
    rule = path[0] == "mapping" and len(path) > 2
    secret = path[0] in _SIGN_IN and path[-1] in _SIGN_IN[str(path[0])]
    if rule or secret or not isinstance(base, dict) or not isinstance(own, dict):
        return own
    return together(base, own, path)


def variable(section: str, name: str, connection: str = "") -> str:
    """Return the environment variable of a setting, such as CPQBRIDGE_EU_ZUORA_CLIENT_ID of a connection `eu`."""
    return "_".join(part for part in ("cpqbridge", connection, section, name) if part).replace("-", "_").upper()


def contradictions(connections: Mapping[str, ConnectionSettings]) -> Iterator[tuple[Path, str]]:
    """Give what speaks against having these connections beside each other: a path, and what is wrong there."""
    for (first, one), (second, other) in combinations(connections.items(), 2):
        path: Path = ("connections", second)
        if first.replace("-", "_") == second.replace("-", "_"):
            yield path, f"has the same environment variables as `connections.{first}`: choose another name"
        if one.salesforce.login_url.lower() != other.salesforce.login_url.lower():
            continue
        if _same_books(one.zuora, other.zuora):
            yield path, f"joins the same org, tenant and entity as `connections.{first}`: all would be carried twice"
        elif one.when is None and other.when is None:
            yield (
                path,
                f"has the same org as `connections.{first}` and neither has `when`: say which orders go to one of them",
            )


def _same_books(one: ZuoraSettings, other: ZuoraSettings) -> bool:
    """Whether two connections keep the same customers: one without organizations has all of them."""
    if (one.base_url.lower(), one.entity_id) != (other.base_url.lower(), other.entity_id):
        return False
    return not one.org_ids or not other.org_ids or bool(set(one.org_ids) & set(other.org_ids))
