"""All settings together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, PrivateAttr

from cpqbridge.settings.alerts import AlertSettings
from cpqbridge.settings.auto_sync import AutoSyncSettings
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.document import Document, Path, dotted
from cpqbridge.settings.limits import LimitSettings
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.section import Section
from cpqbridge.settings.telemetry import TelemetrySettings
from cpqbridge.settings.values import ValueTables
from cpqbridge.settings.worker import WorkerSettings
from cpqbridge.settings.write_back import WriteBackSettings
from cpqbridge.settings.zuora import ZuoraSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings were read: settings that say the same are equal, wherever they stand."""

    file: str = field(default="settings", compare=False)
    document: Document = field(default_factory=Document, compare=False, repr=False)


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
    mail: MailSettings = Field(default_factory=MailSettings)
    """The mail server for alerts."""
    mapping: MappingSettings = Field(default_factory=MappingSettings)
    """Your own mapping, beside or in place of the mapping guide's."""
    auto_sync: AutoSyncSettings = Field(default_factory=AutoSyncSettings)
    """What the service carries over by itself."""
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    """How the service works through what is due."""
    limits: LimitSettings = Field(default_factory=LimitSettings)
    """How much of both systems' limits may be used."""
    write_back: WriteBackSettings = Field(default_factory=WriteBackSettings)
    """What is written back onto Salesforce."""
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    """Who is told of trouble."""
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)
    """Logs, metrics and traces."""
    allow_clear_secrets: bool = False
    """Allow secrets to stand in this file in clear; for try-outs only."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    def read_from(self, origin: Origin) -> None:
        """Remember the file, so that later checks can name its lines."""
        self._origin = origin

    def line(self, path: Path) -> int | None:
        """Return the line, from 1, of the value at a path such as `("mapping", "account", "notes", 0, "when")`.

        None for settings that were not read from a file. The place in a list of one need not be written in the file.
        """
        document = self._origin.document
        return document.line(document.written(path))

    def wrong(self, found: Iterable[tuple[Path, str]]) -> WrongSettings:
        """Return the error for what checks above the settings have found: paths, each with what is wrong there."""
        written = [(self._origin.document.written(path) or path, message) for path, message in found]
        problems = [Problem(self.line(path), dotted(path), message) for path, message in written]
        return WrongSettings(self._origin.file, problems)
