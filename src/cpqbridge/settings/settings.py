"""All settings together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.section import Section
from cpqbridge.settings.values import ValueTables
from cpqbridge.settings.zuora import ZuoraSettings


class Settings(Section):
    """What `cpqbridge.yaml` holds."""

    version: Literal[1] = 1
    """The version of the file format."""
    salesforce: SalesforceSettings
    """The connection to Salesforce."""
    zuora: ZuoraSettings
    """The connection to Zuora."""
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    """Where the history is kept."""
    options: Options = Field(default_factory=Options)
    """How orders are carried over."""
    values: ValueTables = Field(default_factory=ValueTables)
    """Tables that translate values."""
    allow_clear_secrets: bool = False
    """Allow secrets to stand in this file in clear; for try-outs only."""
